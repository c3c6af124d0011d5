"""Lints of boards, one a function, with the names of Grafana's dashboard-linter.

A lint takes a board and yields a sentence per problem. https://github.com/grafana/dashboard-linter/tree/main/docs
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping

import promql_parser
from promql_parser import Call, MatrixSelector

from tests.support import promql
from tests.support.boards import Board, Panel, queries

Lint = Callable[[Board], Iterator[str]]

DATASOURCE = {"type": "prometheus", "uid": "${datasource}"}
DATA_PANELS = {"stat", "timeseries", "table", "barchart", "heatmap", "state-timeline"}
"""The types of panel that show data."""

_UNIT = re.compile(r"none|s|bytes|decbytes|percentunit|currency:\S{1,3}|suffix:[\w ]+")
"""The units that the boards use: Grafana's ids, and its forms for other units."""


def template_datasource_rule(board: Board) -> Iterator[str]:
    """Require one variable for the data source."""
    datasources = [each for each in board["templating"]["list"] if each["type"] == "datasource"]
    if [(each["name"], each["label"], each["query"]) for each in datasources] != [
        ("datasource", "Data source", "prometheus")
    ]:
        yield f"{len(datasources)} variables for the data source, or one of another name"


def template_on_time_change_reload_rule(board: Board) -> Iterator[str]:
    """Require that variables from the data source reload when the time range changes."""
    for each in board["templating"]["list"]:
        if each["type"] == "query" and each["refresh"] != 2:
            yield f"${each['name']} is not asked again"


def panel_datasource_rule(board: Board) -> Iterator[str]:
    """Require that panels and queries use the variable's data source."""
    for panel in _data_panels(board):
        if any(each.get("datasource") != DATASOURCE for each in (panel, *panel.get("targets", ()))):
            yield f"{panel['title']} has a data source of its own"


def panel_title_description_rule(board: Board) -> Iterator[str]:
    """Require a title and a description."""
    for panel in board["panels"]:
        if not panel.get("title") or (panel["type"] != "row" and not panel.get("description")):
            yield f"{panel.get('title') or panel['id']} has no title or no description"


def panel_units_rule(board: Board) -> Iterator[str]:
    """Require a unit that Grafana has in every panel and override."""
    for panel in _data_panels(board):
        config = panel["fieldConfig"]
        units = [config["defaults"].get("unit", "")]
        units += [each["value"] for rule in config["overrides"] for each in rule["properties"] if each["id"] == "unit"]
        yield from (f"{panel['title']} has the unit {unit!r}" for unit in units if not _UNIT.fullmatch(unit))


def panel_no_targets_rule(board: Board) -> Iterator[str]:
    """Require a query in every panel."""
    yield from (f"{panel['title']} asks nothing" for panel in _data_panels(board) if not panel.get("targets"))


def target_promql_rule(board: Board) -> Iterator[str]:
    """Require that every query parses as PromQL."""
    for query in queries(board):
        try:
            promql.parse(query.expression)
        except ValueError as error:
            yield f"{query}: {error}"


def target_counter_agg_rule(board: Board) -> Iterator[str]:
    """Require a rate or an increase around every counter."""
    for query in queries(board):
        expression = promql.parse(query.expression)
        rising = {
            str(part.is_)
            for call in promql.parts(expression)
            if isinstance(call.is_, Call) and call.is_.func.name in ("rate", "increase", "irate")
            for part in promql.parts(call.is_)
        }
        for selector in promql.selectors(expression):
            if (selector.name or "").endswith("_total") and str(selector) not in rising:
                yield f"{query}: {selector.name} as it comes"


def target_rate_interval_rule(board: Board) -> Iterator[str]:
    """Require Grafana's interval in every rate."""
    for query in queries(board):
        for part in promql.parts(promql.parse(query.expression)):
            if isinstance(part.is_, Call) and part.is_.func.name in ("rate", "increase", "irate"):
                (matrix,) = (each for each in part.is_.args if isinstance(each, MatrixSelector))
                yield f"{query}: over {promql_parser.display_duration(matrix.range)}"


def uneditable_dashboard(board: Board) -> Iterator[str]:
    """Require that Grafana cannot edit the board."""
    if board["editable"]:
        yield "what is changed in Grafana would be lost"


def _data_panels(board: Board) -> Iterator[Panel]:
    return (panel for panel in board["panels"] if panel["type"] in DATA_PANELS)


LINTS: Mapping[str, Lint] = {
    each.__name__.replace("_", "-"): each
    for each in (
        template_datasource_rule,
        template_on_time_change_reload_rule,
        panel_datasource_rule,
        panel_title_description_rule,
        panel_units_rule,
        panel_no_targets_rule,
        target_promql_rule,
        target_counter_agg_rule,
        target_rate_interval_rule,
        uneditable_dashboard,
    )
}
OF_THE_LINTER = {
    "template-job-rule",
    "template-instance-rule",
    "target-job-rule",
    "target-instance-rule",
}
"""Further rules of the linter, for boards that show jobs and instances."""
