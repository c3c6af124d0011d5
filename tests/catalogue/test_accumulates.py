"""`accumulates: true`: what can only grow may say so, and what may recover within its period may not."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from exporter.catalogue.loading import load, load_all, shipped, shipped_file
from exporter.catalogue.reading.problems import CatalogueError
from tests.support.synthetic_company import write

INCIDENTS = {"unit": "count", "formula": "incidents", "window": "month", "accumulates": True}


def problems(folder: Path, **kpi: Any) -> str:
    """Return what is wrong with a KPI, all in one text; empty for nothing."""
    try:
        load(write(folder, "acme", {"outages": {**INCIDENTS, **kpi}}), {})
    except CatalogueError as error:
        return " | ".join(each.message for each in error.problems)
    return ""


@pytest.mark.parametrize("window", ["week", "month", "quarter", "year"])
@pytest.mark.parametrize("critical", ["> 5", ">= 5", "> 5 (SLA)", "> 5 (year 1), > 4 (year 2+)"])
def test_a_flow_with_an_upper_limit_accumulates(tmp_path: Path, window: str, critical: str) -> None:
    assert problems(tmp_path, window=window, critical=critical, hold="5m") == ""


@pytest.mark.parametrize(
    "formula",
    [
        "incidents + tickets",
        "2 * incidents",
        "incidents / 2",
        "lost_customers / previous(customers)",
        "ceil(incidents)",
    ],
)
def test_sums_and_shares_of_a_fixed_amount_accumulate(tmp_path: Path, formula: str) -> None:
    assert problems(tmp_path, formula=formula, unit="ratio" if "previous" in formula else "count") == ""


@pytest.mark.parametrize("window", ["now", "trailing 30 days", "trailing 12 months"])
def test_a_window_that_never_ends_has_no_part(tmp_path: Path, window: str) -> None:
    assert f"the window {window} has no period in which a value could only grow" in problems(tmp_path, window=window)


@pytest.mark.parametrize(
    ("threshold", "why"),
    [
        ({"warning": "< 5"}, "a value that is too low may still grow"),
        ({"critical": "outside 4 to 8"}, "a value that is too low may still grow"),
        ({"warning": "> plan", "plan": "M0 10"}, "the plan moves until the period ends"),
        ({"warning": "up more than 50%"}, "a change compares complete periods"),
        ({"by": ["priority"], "segments": "priority", "warning": "> 5 (P1)"}, "known of the headline only"),
    ],
)
def test_a_threshold_that_a_part_does_not_decide_is_refused(
    tmp_path: Path, threshold: dict[str, Any], why: str
) -> None:
    message = problems(tmp_path, **threshold)
    assert "is not decided by a part" in message
    assert why in message


@pytest.mark.parametrize(
    ("formula", "unit", "why"),
    [
        ("incidents - tickets", "count", "its formula subtracts what grows"),
        ("failed_deployments / deployments", "ratio", "its formula divides by what grows, too"),
        ("time_to_detect", "duration", "the measure time_to_detect does not add up over a period"),
        ("customers", "count", "the measure customers does not add up over a period"),
        ("incidents / previous(incidents)", "ratio", "previous(incidents) is no opening amount"),
        ("direct_costs / window_months", "EUR/month", "window_months grows within a period"),
        ("previous(customers)", "count", "nothing in its formula grows within a period"),
    ],
)
def test_a_formula_that_may_fall_is_refused(tmp_path: Path, formula: str, unit: str, why: str) -> None:
    assert why in problems(tmp_path, formula=formula, unit=unit)


def test_the_shipped_catalogues_say_of_each_why_it_accumulates() -> None:
    companies = load_all([shipped_file(name) for name in shipped()])
    accumulating = {
        (name, kpi.id): kpi.note or ""
        for name, company in companies.items()
        for kpi in company.kpis.values()
        if kpi.accumulates
    }
    assert set(accumulating) == {
        ("email-infrastructure", "failed_payments"),
        ("email-infrastructure", "refunds"),
        ("managed-kubernetes", "logo_churn"),
        ("managed-kubernetes", "p1_incidents"),
        ("vmcloud", "logo_churn"),
        ("vmcloud", "p1_incidents"),
        ("vmcloud", "tickets"),
    }
    assert all("Accumulates, as " in note for note in accumulating.values())


@pytest.mark.parametrize("change", [{"formula": "contracts"}, {"window": "now"}, {"critical": "< 5", "warning": "< 9"}])
def test_what_is_inherited_is_dropped_where_it_no_longer_holds(tmp_path: Path, change: dict[str, str]) -> None:
    file = tmp_path / "acme.yaml"
    shipped = {"extends": "managed-kubernetes", "company": "acme"}
    file.write_text(yaml.safe_dump({**shipped, "kpis": {"p1_incidents": {"target": None, **change}}}))
    company = load(file, {})
    assert not company.kpis["p1_incidents"].accumulates
    assert company.kpis["logo_churn"].accumulates
