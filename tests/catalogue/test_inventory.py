"""The shipped catalogues against the inventory of what their documents say, row by row."""

from __future__ import annotations

import csv
import re
from pathlib import Path

import pytest

from exporter.catalogue.language.plans import Scenario
from exporter.catalogue.loading import load, shipped, shipped_file
from exporter.catalogue.model import Company, Kpi

INVENTORY = Path(__file__).parents[1] / "data" / "kpi_inventory.csv"
COMPANIES = {name: load(shipped_file(name), {}) for name in shipped()}
with INVENTORY.open(encoding="utf-8", newline="") as _file:
    ROWS = list(csv.DictReader(_file))

Row = dict[str, str]
Key = tuple[str, str]

BESIDE_THE_INVENTORY = {
    "managed-kubernetes": {"net_new_mrr", "cost_to_serve", "cost_to_serve_cluster", "break_even_clusters"},
    "vmcloud": set[str](),
    "unit-economics": {
        "net_new_mrr",
        "revenue_per_customer",
        "churn",
        "lifespan",
        "vintage_churn",
        "contribution_per_unit",
        "inventory_growth",
        "retail_revenue_growth",
    },
    "email-infrastructure": {"net_new_mrr"},
}
"""KPIs that the documents do not name but their numbers rest on."""

STOCKS = {
    "managed-kubernetes": {
        "mrr",
        "mrr_growth",
        "arr",
        "revenue_per_customer",
        "revenue_per_cluster",
        "customers",
        "customers_per_support_engineer",
        "revenue_per_employee",
        "cash_runway",
        "acv",
    },
    "vmcloud": {"mrr", "arr", "mrr_growth", "mrr_mix", "arpu", "burn_rate", "cash_runway"},
    "unit-economics": {"arr"},
    "email-infrastructure": {"mrr", "arr", "team_expansion"},
}
"""Amounts at an instant, and growth between two. The documents look at them once a month; here they are of now."""

OTHER_WINDOWS = {
    ("managed-kubernetes", "pipeline_coverage"): ("quarter", "quarter_to_date"),
    ("vmcloud", "arr_growth"): ("year", "trailing 12 months"),
    ("unit-economics", "arr_growth"): ("year", "trailing 12 months"),
    **{(company, kpi): ("month", "now") for company, kpis in STOCKS.items() for kpi in kpis},
}
"""Where the catalogue's window is another than the inventory's, both."""

WHY_ANOTHER = {
    "pipeline_coverage": "quarter that is over",
    "mrr_growth": "same instant a month ago",
    "arr_growth": "same instant",
    "team_expansion": "two instants",
}
"""What the note says of a window for which the document's words had to be read one way or the other."""

WRITTEN_OTHERWISE: dict[Key, dict[str, str]] = {
    ("vmcloud", "mrr_growth"): {"target": "+50% (phase 1), +20% (phase 2)"},
    ("vmcloud", "arr_growth"): {"target": "+200% (phase 2)"},
    ("vmcloud", "customer_mix"): {"target": "60% (B2C), 30% (SMB), 10% (enterprise)"},
    ("vmcloud", "mrr_mix"): {"target": "25% (B2C), 40% (SMB), 35% (enterprise)"},
    ("vmcloud", "search_position"): {
        "target": "<= 5 (cloud gpu france), <= 10 (vps pas cher), <= 3 (hébergement gpu), <= 5 (cloud ia france)"
    },
    ("unit-economics", "gross_churn"): {"target": "< 10%, < 5% (enterprise)", "critical": "up more than 50% (tier 2)"},
    ("unit-economics", "cohort_churn"): {"warning": "> 3 pp"},
    ("unit-economics", "inventory_turns"): {"target": "4 to 8, > 10 (grocery)"},
    ("unit-economics", "inventory_divergence"): {"warning": "inventory_growth > 0 while retail_revenue_growth < 0"},
    ("email-infrastructure", "uptime"): {"target": "99.5%, 99.9% (SLA)"},
    ("email-infrastructure", "cac"): {"target": "< 150 (agencies), < 100 (SaaS companies)"},
    ("email-infrastructure", "mvp_completion"): {"target": "100%"},
}
"""The inventory's words in the catalogue's notation: scopes stand in parentheses after what they limit, the two KPIs
that diverge go by their ids, and what the inventory notes or only remarks is in its field or in the note."""

PLANNED_OTHERWISE: dict[Key, dict[str, str]] = {
    ("vmcloud", "traffic_share"): {
        "organic": "M+3 60%, M+6 70%",
        "paid": "M+3 20%, M+6 15%",
        "referral": "M+3 20%, M+6 15%",
    },
    ("email-infrastructure", "mrr"): {
        "base": "M+12 25000, M+24 100000",
        "lower": "Q2 2026 25K-75K, Q3 2026 75K-150K, Q4 2026 150K-250K, Q1-Q2 2027 400K-600K",
        "upper": "Q2 2026 25K-75K, Q3 2026 75K-150K, Q4 2026 150K-250K, Q1-Q2 2027 400K-600K",
    },
}
"""Plans of segments, and the range by quarter with each quarter's year and both amounts' magnitude written out."""


def key(row: Row) -> Key:
    return row["company"], row["id"]


def kpi_of(row: Row) -> Kpi:
    return COMPANIES[row["company"]].kpis[row["id"]]


def plan_in_words(text: str) -> dict[str, str]:
    """Read the inventory's plan by scenario. Bear and bull leave out the labels of base, which are theirs too."""
    if not text or text == "per phase":
        return {}
    if not text.startswith("base: "):
        return {"base": text}
    written = dict(part.split(": ", 1) for part in text.split("; "))
    labels = [point.split()[0] for point in written["base"].split(", ")]
    return {scenario: points if scenario == "base" else label(labels, points) for scenario, points in written.items()}


def label(labels: list[str], points: str) -> str:
    return ", ".join(f"{name} {value}" for name, value in zip(labels, points.split(", "), strict=True))


def split(row: Row) -> tuple[str, str]:
    """Split the column `plan` into the plan, and the benchmark or SLA that it may hold too."""
    plan, _, beside = row["plan"].rpartition("; benchmark ") if "; benchmark " in row["plan"] else (row["plan"], "", "")
    if match := re.fullmatch(r"benchmark (.*)", plan):
        return "", match[1]
    return ("", "") if plan.startswith(("SLA ", '"cloud gpu')) else (plan, beside)


@pytest.mark.parametrize("company", COMPANIES.values(), ids=lambda company: company.name)
def test_the_inventory_has_every_kpi_of_the_catalogue_and_no_other(company: Company) -> None:
    stated = {row["id"] for row in ROWS if row["company"] == company.name}
    assert stated | BESIDE_THE_INVENTORY[company.name] == set(company.kpis)
    for id_ in BESIDE_THE_INVENTORY[company.name] - {"cost_to_serve", "cost_to_serve_cluster", "break_even_clusters"}:
        assert "Not one of the document's KPIs" in (company.kpis[id_].note or "")


def test_the_four_companies_are_all_there_is() -> None:
    assert {row["company"] for row in ROWS} == set(COMPANIES)
    assert len({key(row) for row in ROWS}) == len(ROWS) == 161


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row['company']}-{row['id']}")
def test_it_says_what_the_document_says(row: Row) -> None:
    kpi = kpi_of(row)
    stated = {
        "area": kpi.area,
        "id": kpi.id,
        "title": kpi.title,
        "unit": kpi.unit.text,
        "target": kpi.target.text if kpi.target else "",
        "warning": kpi.warning.text if kpi.warning else "",
        "critical": kpi.critical.text if kpi.critical else "",
        "action": (kpi.action or "")[: len(row["action"])],  # a first step may follow
        "measured_from": kpi.measured_from or "",
    }
    assert stated == {name: row[name] for name in stated} | WRITTEN_OTHERWISE.get(key(row), {})


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row['company']}-{row['id']}")
def test_its_plans_are_those_of_the_document(row: Row) -> None:
    kpi = kpi_of(row)
    planned = {scenario.value: plan.text for scenario, plan in kpi.plans.items()}
    planned |= {segment: plan.text for segment, plan in kpi.segment_plans.items()}
    assert planned == PLANNED_OTHERWISE.get(key(row), plan_in_words(split(row)[0]))
    assert kpi.recorded_plan == (row["plan"] == "per phase")


@pytest.mark.parametrize("row", [row for row in ROWS if split(row)[1]], ids=lambda row: f"{row['company']}-{row['id']}")
def test_its_benchmark_is_that_of_the_document(row: Row) -> None:
    (benchmark,) = kpi_of(row).benchmarks  # a growth of 100% is a floor, which the document leaves to the reader
    assert benchmark.text.removeprefix(">= ") == split(row)[1].removeprefix(">= ")


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row['company']}-{row['id']}")
def test_its_window_is_that_of_the_document(row: Row) -> None:
    kpi = kpi_of(row)
    if key(row) in OTHER_WINDOWS:
        assert (row["window"], kpi.window.text) == OTHER_WINDOWS[key(row)]
        assert WHY_ANOTHER.get(kpi.id, "") in (kpi.note or "")
    else:
        assert kpi.window.text == row["window"].removesuffix(", cohort")


@pytest.mark.parametrize(
    "row", [row for row in ROWS if row["note"] and row["company"] == "managed-kubernetes"], ids=lambda row: row["id"]
)
def test_what_the_document_adds_is_in_the_note_or_the_plan(row: Row) -> None:
    """Amounts by tier and type are checked where they are computed, in the worked examples."""
    kpi = kpi_of(row)
    text = " ".join([kpi.note or "", *(condition.text for condition in kpi.thresholds.values())]).lower()
    for words in ("model assumption", "steady state 1:20", "no red flag", "22000, 36000, 75000, 133000 at 87%"):
        if words in row["note"].lower():
            assert words in text


@pytest.mark.parametrize("row", [row for row in ROWS if "OKR" in row["note"]], ids=lambda row: row["id"])
def test_a_kpi_of_the_okrs_has_its_key_result(row: Row) -> None:
    objectives = kpi_of(row).objectives
    assert objectives
    assert {each.quarter for each in objectives} == {"2026-Q1"}
    for named in re.findall(r"KR\d", row["note"]):
        assert named in {each.name for each in objectives}


def test_the_classes_of_ltv_cac_and_what_has_none() -> None:
    classes = COMPANIES["unit-economics"].kpis["ltv_cac"].classes
    of = {value: [each.name for each in classes if each.holds(value)] for value in (0.99, 1, 2, 2.5, 3, 5, 5.01)}
    assert of == {
        0.99: ["unhealthy"],
        1: ["marginal"],
        2: ["marginal"],
        2.5: [],
        3: ["healthy"],
        5: ["healthy"],
        5.01: ["underleveraged"],
    }


def test_a_range_is_two_plans() -> None:
    plans = COMPANIES["email-infrastructure"].kpis["mrr"].plans
    assert set(plans) == {Scenario.BASE, Scenario.LOWER, Scenario.UPPER}
