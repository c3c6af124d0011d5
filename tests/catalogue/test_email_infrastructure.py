"""The catalogue of the email provider against the inventory of what its document says, row by row."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from exporter.catalogue.loading import load, shipped_file

INVENTORY = Path(__file__).parents[1] / "data" / "kpi_inventory.csv"
COMPANY = load(shipped_file("email-infrastructure"), {})
with INVENTORY.open(encoding="utf-8", newline="") as _file:
    ROWS = [row for row in csv.DictReader(_file) if row["company"] == COMPANY.name]

OTHER_TARGETS = {
    "uptime": ("99.5% (99.9% enterprise SLA)", "99.5%, 99.9% (SLA)"),
    "mvp_completion": ("100% (8 of 22 done at the time of writing)", "100%"),
}
"""Where the notation differs from the inventory's words, both; what is left out is in the note."""

RANGE = "Q2 2026 25K-75K, Q3 2026 75K-150K, Q4 2026 150K-250K, Q1-Q2 2027 400K-600K"
PLANS = {
    "mrr": {
        "base": "M+12 25000, M+24 100000",
        "lower": RANGE,
        "upper": RANGE,
    },
    "arr": {"base": "Y1 300000, Y2 1200000"},
    "emails_sent": {"base": "Y1 500000"},
}


def test_the_inventory_has_every_kpi_of_the_catalogue_and_no_other() -> None:
    assert len(ROWS) == 27
    assert {row["id"] for row in ROWS} == set(COMPANY.kpis) - {"net_new_mrr"}  # of which the bridge of MRR is made


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["id"])
def test_it_says_what_the_document_says(row: dict[str, str]) -> None:
    kpi = COMPANY.kpis[row["id"]]
    written, target = OTHER_TARGETS.get(kpi.id, (row["target"], row["target"]))
    assert row["target"] == written
    stated = {
        "area": kpi.area,
        "title": kpi.title,
        "unit": kpi.unit.text,
        "target": kpi.target.text if kpi.target else "",
        "warning": kpi.warning.text if kpi.warning else "",
        "critical": kpi.critical.text if kpi.critical else "",
        "action": kpi.action or "",
        "measured_from": kpi.measured_from or "",
    }
    assert stated == {**{key: row[key] for key in stated}, "target": target}


@pytest.mark.parametrize("row", [row for row in ROWS if row["plan"]], ids=lambda row: row["id"])
def test_every_number_of_a_plan_is_in_the_catalogue(row: dict[str, str]) -> None:
    assert {str(scenario): plan.text for scenario, plan in COMPANY.kpis[row["id"]].plans.items()} == PLANS[row["id"]]


def test_only_what_has_a_plan_is_planned() -> None:
    assert {row["id"] for row in ROWS if row["plan"]} == PLANS.keys()
    assert {id_ for id_, kpi in COMPANY.kpis.items() if kpi.plans} == PLANS.keys()


@pytest.mark.parametrize(
    ("kpi", "words"),
    [
        ("smtp_health", "alerts to PagerDuty"),
        ("mau", "To track"),
        ("mvp_completion", "8 of 22"),
        ("uptime", "enterprise SLA"),
    ],
)
def test_what_the_document_adds_is_in_the_note(kpi: str, words: str) -> None:
    assert words in (COMPANY.kpis[kpi].note or "")
