"""Shocks as people write them, and a catalogue's scenarios: what fits, what is refused, what a company inherits."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from exporter.catalogue.language.shocks import parse
from exporter.catalogue.loading import load
from exporter.catalogue.model import Company
from exporter.catalogue.reading.problems import CatalogueError
from exporter.quantities import units


@pytest.mark.parametrize(
    ("text", "unit", "before", "after"),
    [
        ("+20%", "USD", "100", "120"),
        ("-20%", "USD", "100", "80"),
        ("+20%", "ratio", "0.5", "0.6"),  # of the ratio, not 20 points
        ("+2pp", "ratio", "0.5", "0.52"),
        ("+200bp", "ratio", "0.5", "0.52"),
        ("- 50 bp", "ratio", "0.5", "0.495"),
        ("+0.02", "ratio", "0.5", "0.52"),
        ("25%", "ratio", "0.5", "0.25"),
        ("+$500", "USD", "100", "600"),
        ("-1K", "USD", "100", "-900"),
        ("5000", "USD", "100", "5000"),
        ("+2 months", "months", "6", "8"),
        ("+1h", "duration", "60", "3660"),
        (" +3 ", "count", "4", "7"),
        ("+0.5", "ratio n:1", "3", "3.5"),
    ],
)
def test_what_a_change_makes_of_a_number(text: str, unit: str, before: str, after: str) -> None:
    assert parse(text, units.parse(unit)).of(Decimal(before)) == Decimal(after)


@pytest.mark.parametrize(
    ("text", "unit"),
    [
        ("+200bp", "USD"),
        ("+1h", "ratio"),
        ("+€5", "USD"),
        ("", "count"),
        ("+", "count"),
        ("++1", "count"),
        ("+-1%", "count"),
    ],
)
def test_a_change_that_does_not_fit_is_refused(text: str, unit: str) -> None:
    with pytest.raises(ValueError, match="is not a change of an amount in the unit"):
        parse(text, units.parse(unit))


def _company(folder: Path, scenarios: str) -> Company:
    text = f"extends: managed-kubernetes\ncompany: acme\ntitle: Acme\nscenarios:\n{scenarios}"
    (folder / "base.yaml").write_text(text, "utf-8")
    return load(folder / "base.yaml", {})


def test_scenarios_are_read_and_may_name_a_measure_a_label_or_a_kpi(tmp_path: Path) -> None:
    company = _company(tmp_path, "  hard: {customers: -10%, 'headcount[\"support\"]': +1, logo_churn: +50bp}\n")
    assert {name: dict(shocks).keys() for name, shocks in company.scenarios.items()} == {
        "hard": {"customers", 'headcount["support"]', "logo_churn"}
    }


def test_a_company_that_extends_another_leaves_out_and_adds_scenarios(tmp_path: Path) -> None:
    _company(tmp_path, "  one: {cac: +20%}\n  two: {cac: +10%}\n")
    (tmp_path / "own.yaml").write_text(
        "extends: base.yaml\nscenarios: {one: null, two: {cac: +30%}, three: {nps: -5}}\n"
    )
    scenarios = load(tmp_path / "own.yaml", {}).scenarios
    assert {name: [shock.text for shock in shocks.values()] for name, shocks in scenarios.items()} == {
        "two": ["+30%"],
        "three": ["-5"],
    }


@pytest.mark.parametrize(
    ("scenario", "place", "message"),
    [
        ("{chrn: +1}", "5:9", "scenarios.s.chrn: there is no measure or KPI 'chrn'"),
        ("{logo_chrun: +1}", "5:9", "did you mean `logo_churn`?"),
        (
            "{cac: +200bp}",
            "5:14",
            "scenarios.s.cac: '+200bp' is not a change of an amount in the unit EUR; write '+20%'",
        ),
        (
            "{logo_churn: +2 apples}",
            "5:21",
            "write '+20%', '-20%', '+200bp', or, to replace it, an amount without a sign",
        ),
        ("{'mrr - 1': +1}", "5:9", "there is no measure or KPI 'mrr - 1'"),
        ("{'logo_churn[\"a\"]': +1}", "5:9", "there is no measure or KPI 'logo_churn[\"a\"]'"),
        ("{window_months: +1}", "5:9", "there is no measure or KPI 'window_months'"),
        ("+20%", "5:8", "should be a mapping"),
    ],
)
def test_a_mistake_in_a_scenario_is_told_at_its_place(tmp_path: Path, scenario: str, place: str, message: str) -> None:
    with pytest.raises(CatalogueError) as refused:
        _company(tmp_path, f"    s: {scenario}\n")
    (problem,) = refused.value.problems
    assert f":{place}: " in str(problem)
    assert message in str(problem)


def test_a_kpi_with_mistakes_of_its_own_is_not_reported_as_missing(tmp_path: Path) -> None:
    with pytest.raises(CatalogueError) as refused:
        _company(tmp_path, "  s: {cac: +20%}\nkpis: {cac: {unit: apples}}\n")
    assert not any(
        "there is no measure" in str(problem) for problem in refused.value.problems if "scenarios" in str(problem)
    )
