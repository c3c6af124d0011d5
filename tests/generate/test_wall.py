"""The wall: pages fit a television, and tiles have the colours and signs of the alerts' thresholds."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from exporter import conventions
from exporter.catalogue.loading import load
from exporter.catalogue.model import Company
from exporter.generate.grafana.wall import generate
from tests.servers import promtool
from tests.support.boards import check_places
from tests.support.synthetic_company import write

pytestmark = pytest.mark.newest

Panel = dict[str, Any]

NAME = re.compile(r"\b(?:kpi_\w+|up|ALERTS)(?=\{)")


def panels(text: str) -> list[Panel]:
    by_id: list[Panel] = json.loads(text)["panels"]
    return by_id


def stats(company: Company) -> dict[int, Panel]:
    """Return the number panels of all pages, by id."""
    texts = generate([company]).values()
    return {panel["id"]: panel for text in texts for panel in panels(text) if panel["type"] == "stat"}


def tiles(company: Company) -> dict[str, Panel]:
    """Return the panels by KPI."""
    by_id = stats(company)
    return {id_: by_id[conventions.panel_id(id_)] for id_ in company.kpis}


@pytest.fixture(scope="module")
def boards(companies: list[Company]) -> Mapping[str, str]:
    return generate(companies)


def test_panels_fit(boards: Mapping[str, str]) -> None:
    for path, text in boards.items():
        board = json.loads(text)
        check_places(path, board)
        bottom = max(panel["gridPos"]["y"] + panel["gridPos"]["h"] for panel in board["panels"])
        assert bottom <= 28, f"{path} has to be scrolled"


@pytest.mark.parametrize(
    "sizes", [[1], [8], [9], [1, 1, 1, 1], [8] * 8, [7, 9, 12, 14, 5], [11, 14, 18, 16, 7, 6], [60]]
)
def test_any_number_of_kpis_fits(tmp_path: Path, sizes: list[int]) -> None:
    kpis = {
        f"kpi_{area}_{index}": {"unit": "count", "area": area_name(area)}
        for area, size in enumerate(sizes)
        for index in range(size)
    }
    texts = generate([load(write(tmp_path, "acme", kpis))])
    test_panels_fit(texts)
    visible_panels = [panel["id"] for text in texts.values() for panel in panels(text) if panel["type"] == "stat"]
    assert {conventions.panel_id(kpi) for kpi in kpis} <= set(visible_panels)


def area_name(number: int) -> str:
    return f"area_{number}"


def test_tiles_are_large_enough_to_be_read_from_five_metres(boards: Mapping[str, str]) -> None:
    """Require a sixth of the screen's width and a ninth of its height."""
    for path, text in boards.items():
        visible_panels = [panel for panel in panels(text) if "var-kpi=" in json.dumps(panel)]
        assert 0 < len(visible_panels) <= 24, path
        assert all(panel["gridPos"]["w"] >= 4 and panel["gridPos"]["h"] >= 5 for panel in visible_panels), path


def test_every_kpi_has_a_tile_grouped_by_area(companies: list[Company]) -> None:
    """Require that no line of a page has KPIs of two areas."""
    for company in companies:
        areas = {conventions.panel_id(kpi.id): kpi.area for kpi in company.kpis.values()}
        count = 0
        for text in generate([company]).values():
            lines: dict[int, set[str]] = {}
            for panel in panels(text):
                if panel["id"] in areas:
                    count += 1
                    lines.setdefault(panel["gridPos"]["y"], set()).add(areas[panel["id"]])
            assert all(len(of_line) == 1 for of_line in lines.values())
        assert count == len(company.kpis)


def test_nothing_needs_a_pointer(boards: Mapping[str, str]) -> None:
    """Require the names in the tiles, and the age of the data below them."""
    for text in boards.values():
        visible_panels = [panel for panel in panels(text) if panel["type"] != "row"]
        assert {panel["type"] for panel in visible_panels} == {"stat"}
        assert {panel["options"]["textMode"] for panel in visible_panels} == {"value_and_name"}
        assert "Oldest data" in {panel["title"] for panel in visible_panels}


def test_a_status_is_told_by_a_sign_as_well_as_by_colour(companies: list[Company]) -> None:
    signs = {"0": "✓", "1": "▲", "2": "✖", "unknown": "?"}
    for company in companies:
        for id_, panel in tiles(company).items():
            kpi = company.kpis[id_]
            names = {
                rule["matcher"]["options"]: rule["properties"][0]["value"] for rule in panel["fieldConfig"]["overrides"]
            }
            assert names == ({key: f"{sign} {kpi.title}" for key, sign in signs.items()} if kpi.thresholds else {})


def test_queries_parse_and_name_known_series(companies: list[Company]) -> None:
    expressions = []
    series_names = {value for name, value in vars(conventions).items() if name.isupper() and isinstance(value, str)}
    for company in companies:
        series_names |= {kpi.metric() for kpi in company.kpis.values()}
        for panel in stats(company).values():
            (target,) = panel["targets"]
            expressions.append(target["expr"])
            assert f'company="{company.name}"' in target["expr"]
    assert {name for expression in expressions for name in NAME.findall(expression)} <= series_names


def colour(panel: Panel, value: float) -> str:
    """Return Grafana's colour of a value: the colour of the last step that the value reaches."""
    steps = panel["fieldConfig"]["defaults"]["thresholds"]["steps"]
    assert steps[0]["value"] is None
    assert [step["value"] for step in steps[1:]] == sorted(step["value"] for step in steps[1:])
    reached: str = [step["color"] for step in steps if step["value"] is None or value >= step["value"]][-1]
    return reached


COLOURS: Mapping[str, Mapping[float, str]] = {
    "uptime": {0.9991: "green", 0.999: "orange", 0.995: "orange", 0.9949: "red", 0.0: "red"},
    "churn": {0.0199: "green", 0.02: "orange", 0.03: "orange", 0.0301: "red"},
    "incidents": {1: "green", 2: "orange", 5: "orange", 6: "red"},
    "response": {60.0: "green", 61.0: "red"},
    "turns": {3.9: "orange", 4: "green", 8: "green", 8.1: "orange", 15: "orange", 15.1: "red"},
    "load": {0.19: "red", 0.2: "orange", 0.4: "green", 0.8: "green", 0.81: "orange", 0.95: "orange", 0.96: "red"},
    "conversion": {0.2: "green", 0.19: "orange"},
    "arr": {0: "blue"},
    "growth": {0: "blue"},
    "customers": {0: "blue"},
}


@pytest.mark.parametrize("kpi", COLOURS)
def test_colours_are_those_of_the_thresholds(acme: Company, kpi: str) -> None:
    panel = tiles(acme)[kpi]
    assert {value: colour(panel, value) for value in COLOURS[kpi]} == COLOURS[kpi]


def test_colours_agree_with_every_fixed_threshold(companies: list[Company]) -> None:
    ranks = {"green": 0, "orange": 1, "red": 2}
    for company in companies:
        by_id = tiles(company)
        for kpi in company.kpis.values():
            bounds = [
                (rank, bound)
                for rank, severity in enumerate(conventions.SEVERITIES, 1)
                for bound in (kpi.thresholds[severity].bounds if severity in kpi.thresholds else ())
            ]
            if not bounds or any(bound.level is None for _, bound in bounds):
                continue
            if any(bound.scope.stretch or bound.scope.segment for _, bound in bounds):
                continue
            limits = [float(bound.level or 0) for _, bound in bounds]
            for value in [near for limit in limits for near in (limit, *_neighbours(limit))]:
                crossed = [rank for rank, bound in bounds if bound.comparison.holds(value, float(bound.level or 0))]
                assert ranks[colour(by_id[kpi.id], value)] == max(crossed, default=0), (kpi.id, value)


def _neighbours(value: float) -> tuple[float, float]:
    return math.nextafter(value, -math.inf), math.nextafter(value, math.inf)


def test_unknown_is_shown_as_unknown(acme: Company) -> None:
    for panel in stats(acme).values():
        defaults = panel["fieldConfig"]["defaults"]
        assert defaults["noValue"] == "unknown"
        (mapping,) = defaults["mappings"]
        assert (mapping["options"]["match"], mapping["options"]["result"]["text"]) == ("null+nan", "unknown")
        assert mapping["options"]["result"]["color"] not in ("green", "orange", "red")
        assert panel["options"]["reduceOptions"]["calcs"] == ["last"]


@pytest.mark.integration
def test_the_last_value_of_a_kpi_that_became_unknown_is_not_shown(acme: Company, tmp_path: Path) -> None:
    """Give each KPI a value and a warning in the first minute, and nothing in the second."""
    queries = [panel["targets"][0]["expr"] for panel in tiles(acme).values()]
    series = [kpi.metric() + '{company="acme"}' for kpi in acme.kpis.values()]
    statuses = [f'kpi_status{{company="acme",kpi="{kpi}"}}' for kpi in acme.kpis]
    info = {"series": 'kpi_info{company="acme"}', "values": "1 1"}
    series_names = [{"labels": '{status="1"}', "value": 7}]
    unknown = [{"labels": '{status="unknown"}', "value": 1}]
    test = {
        "interval": "1m",
        "input_series": [
            info,
            *({"series": name, "values": "7 stale"} for name in series),
            *({"series": name, "values": "1 stale"} for name in statuses),
        ],
        "promql_expr_test": [
            {"expr": expression, "eval_time": at, "exp_samples": samples}
            for query in queries
            # NaN is the one value that is not equal to itself.
            for expression, at, samples in (
                (query, "0m", series_names),
                (f"({query}) != bool ({query})", "1m", unknown),
            )
        ],
    }
    code, output = promtool.run_test(tmp_path, test)
    assert code == 0, output
