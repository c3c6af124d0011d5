"""A changed threshold: the rule and every panel of the KPI follow the catalogue."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from exporter import conventions
from exporter.catalogue.loading import load
from exporter.generate.registry import generated
from tests.generate.rules_files import alerts
from tests.support.boards import of_texts
from tests.support.synthetic_company import write

Steps = list[tuple[float | None, str]]

COLOURS = {"0": "blue", "1": "green", "2": "yellow", "3": "orange", "4": "red", "unknown": "#808080"}

LOW = {"unit": "ratio", "target": "> 99.9%", "warning": "< 99.9%", "critical": "< 99.5%"}
HIGH = {"unit": "count", "warning": ">= 2", "critical": "> 5"}
OF_PLAN = {"unit": "EUR", "plan": "Y1 560K, Y2 2.0M", "warning": "< plan", "critical": "< 80% of plan"}


def texts(folder: Path, **kpis: Mapping[str, Any]) -> Mapping[str, str]:
    folder.mkdir()
    return generated([load(write(folder, "acme", {name: dict(kpi) for name, kpi in kpis.items()}))])


def panels(files: Mapping[str, str], kpi: str) -> list[dict[str, Any]]:
    """Return the panels of all boards that show the KPI's own value."""
    id_ = conventions.panel_id(kpi)
    return [panel for board in of_texts(files).values() for panel in board["panels"] if panel["id"] == id_]


def steps(panel: Mapping[str, Any]) -> Steps:
    return [(step["value"], step["color"]) for step in panel["fieldConfig"]["defaults"]["thresholds"]["steps"]]


def colours(panel: Mapping[str, Any]) -> Mapping[str, str]:
    """Return the colour of a tile by the number of `kpi_display_status`."""
    return {
        rule["matcher"]["options"]: prop["value"]["fixedColor"]
        for rule in panel["fieldConfig"]["overrides"]
        for prop in rule["properties"]
        if rule["matcher"]["id"] == "byName" and prop["id"] == "color"
    }


def expressions(files: Mapping[str, str]) -> str:
    return " ".join(rule["expr"] for rule in alerts(files["rules/acme.rules.yml"]))


@pytest.mark.parametrize(
    ("kpi", "level", "before", "after"),
    [
        pytest.param(
            LOW,
            {"critical": "< 99%"},
            [(None, "red"), (0.995, "orange"), (0.999, "green")],
            [(None, "red"), (0.99, "orange"), (0.999, "green")],
            id="the higher the better",
        ),
        pytest.param(
            HIGH,
            {"warning": ">= 3"},
            [(None, "green"), (2, "orange"), (5.000000000000001, "red")],
            [(None, "green"), (3, "orange"), (5.000000000000001, "red")],
            id="the lower the better",
        ),
        pytest.param(
            HIGH,
            {"warning": "< 6", "critical": "< 2"},
            [(None, "green"), (2, "orange"), (5.000000000000001, "red")],
            [(None, "red"), (2, "orange"), (6, "green")],
            id="turned round",
        ),
    ],
)
def test_colours_and_lines_follow(
    tmp_path: Path, kpi: Mapping[str, Any], level: Mapping[str, Any], before: Steps, after: Steps
) -> None:
    old = texts(tmp_path / "old", watched=kpi, other=LOW)
    new = texts(tmp_path / "new", watched={**kpi, **level}, other=LOW)
    for files, wanted in ((old, before), (new, after)):
        tile, lines = sorted(panels(files, "watched"), key=lambda panel: str(panel["type"]))
        assert (tile["type"], lines["type"]) == ("stat", "timeseries")
        assert steps(lines) == wanted
        assert lines["fieldConfig"]["defaults"]["custom"]["thresholdsStyle"] == {"mode": "dashed"}
        assert colours(tile) == COLOURS
    assert expressions(old) != expressions(new)
    assert [json.dumps(panel) for panel in panels(old, "other")] == [
        json.dumps(panel) for panel in panels(new, "other")
    ]


def test_a_limit_that_follows_a_plan_is_drawn_from_its_series(tmp_path: Path) -> None:
    """Show that lines are the limits, since no fixed number can follow a plan."""
    kpi_panels = panels(texts(tmp_path / "acme", arr=OF_PLAN), "arr")
    tile = next(panel for panel in kpi_panels if panel["type"] == "stat")
    assert colours(tile) == COLOURS
    lines = next(panel for panel in kpi_panels if panel["type"] == "timeseries" and len(panel["targets"]) > 1)
    assert "thresholds" not in lines["fieldConfig"]["defaults"]
    drawn = {target["refId"]: target["expr"] for target in lines["targets"]}
    assert 'kpi_plan{company="acme",kpi="arr"}' in drawn["plan"]
    for severity in conventions.SEVERITIES:
        assert f'kpi_threshold{{company="acme",kpi="arr",severity="{severity}"}}' in drawn[severity]
