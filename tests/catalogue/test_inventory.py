"""The shipped catalogue against the inventory of what its document says, row by row."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from exporter.catalogue.loading import load, shipped_file
from exporter.catalogue.plans import Scenario

INVENTORY = Path(__file__).parents[1] / "data" / "kpi_inventory.csv"
COMPANY = load(shipped_file("managed-kubernetes"), {})
with INVENTORY.open(encoding="utf-8", newline="") as _file:
    ROWS = [row for row in csv.DictReader(_file) if row["company"] == COMPANY.name]

BESIDE_THE_INVENTORY = {"cost_to_serve", "break_even_clusters"}
"""KPIs that the document does not name but its numbers rest on."""

OTHER_WINDOWS = {"pipeline_coverage": ("quarter", "quarter_to_date")}
"""Where the catalogue's window is another than the inventory's, both; its note says why."""


def plan_in_words(text: str) -> dict[Scenario, str]:
    """The inventory's plan per scenario. Bear and bull leave out the labels of base, which are theirs too."""
    if not text or text == "per phase":
        return {}
    if not text.startswith("base: "):
        return {Scenario.BASE: text}
    written = dict(part.split(": ", 1) for part in text.split("; "))
    labels = [point.split()[0] for point in written["base"].split(", ")]
    return {
        Scenario(scenario): points if scenario == "base" else label(labels, points)
        for scenario, points in written.items()
    }


def label(labels: list[str], points: str) -> str:
    return ", ".join(f"{name} {value}" for name, value in zip(labels, points.split(", "), strict=True))


def test_the_inventory_has_every_kpi_of_the_catalogue_and_no_other() -> None:
    assert len(ROWS) == 45
    assert {row["id"] for row in ROWS} | BESIDE_THE_INVENTORY == set(COMPANY.kpis)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["id"])
def test_it_says_what_the_document_says(row: dict[str, str]) -> None:
    kpi = COMPANY.kpis[row["id"]]
    stated = {
        "area": kpi.area,
        "id": kpi.id,
        "title": kpi.title,
        "unit": kpi.unit.text,
        "target": kpi.target.text if kpi.target else "",
        "warning": kpi.warning.text if kpi.warning else "",
        "critical": kpi.critical.text if kpi.critical else "",
        "action": kpi.action or "",
        "measured_from": kpi.measured_from or "",
    }
    assert stated == {key: row[key] for key in stated}


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["id"])
def test_its_plans_are_those_of_the_document(row: dict[str, str]) -> None:
    kpi = COMPANY.kpis[row["id"]]
    assert {scenario: plan.text for scenario, plan in kpi.plans.items()} == plan_in_words(row["plan"])
    assert kpi.recorded_plan == (row["plan"] == "per phase")


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["id"])
def test_its_window_is_that_of_the_document(row: dict[str, str]) -> None:
    kpi = COMPANY.kpis[row["id"]]
    if row["id"] in OTHER_WINDOWS:
        assert (row["window"], kpi.window.text) == OTHER_WINDOWS[row["id"]]
        assert "quarter" in (kpi.note or "")
    else:
        assert kpi.window.text == row["window"].removesuffix(", cohort")


@pytest.mark.parametrize("row", [row for row in ROWS if row["note"]], ids=lambda row: row["id"])
def test_what_the_document_adds_is_in_the_note_or_the_plan(row: dict[str, str]) -> None:
    """Amounts by tier and type are checked where they are computed, in the worked examples."""
    kpi = COMPANY.kpis[row["id"]]
    said = " ".join([kpi.note or "", *(condition.text for condition in kpi.thresholds.values())]).lower()
    for words in ("model assumption", "steady state 1:20", "no red flag", "22000, 36000, 75000, 133000 at 87%"):
        if words in row["note"].lower():
            assert words in said
