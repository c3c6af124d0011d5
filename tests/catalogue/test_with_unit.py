"""Targets and thresholds as pages, series and boards write them: no amount without a unit."""

from __future__ import annotations

import pytest

from exporter.catalogue.language.thresholds import parse as parse_condition
from exporter.catalogue.language.thresholds import with_unit
from exporter.catalogue.loading import load_all, shipped, shipped_file
from exporter.quantities.units import Unit, parse


@pytest.mark.parametrize(
    ("text", "unit", "expected"),
    [
        ("> 4000", "EUR/month", "> €4,000/month"),
        ("<= 150000", "USD/year", "<= $150,000/year"),
        ("> 123,456.5", "EUR", "> €123,456.5"),
        ("> 15000 (phase 2)", "EUR", "> €15,000 (phase 2)"),
        ("> 1.5M", "EUR", "> €1,500,000"),
        ("4000", "EUR", "€4,000"),
        ("4000 to 8000 (year 1), > 9000 (year 2+)", "EUR", "€4,000 to €8,000 (year 1), > €9,000 (year 2+)"),
        ("outside 4000 to 8000", "EUR", "outside €4,000 to €8,000"),
        ("down more than 500", "EUR", "down more than €500"),
        ("< 12", "months", "< 12 months"),
        ("< 12 (SMB),\n < 18 (over 50 seats)", "months", "< 12 months (SMB), < 18 months (over 50 seats)"),
        ("<= 2.0", "ratio", "<= 200%"),
        ("outside 4 to 8", "per year", "outside 4/year to 8/year"),
        ("> 20000", "count", "> 20,000"),
        ("> 5%", "ratio", "> 5%"),
        ("8% to 12% (year 1)", "ratio", "8% to 12% (year 1)"),
        ("+50% (phase 1), +20% (phase 2)", "ratio", "+50% (phase 1), +20% (phase 2)"),
        ("compresses > 200 bp", "ratio", "compresses > 200 bp"),
        ("> €4,000", "EUR", "> €4,000"),
        ("< 72 h", "duration", "< 72 h"),
        ("4 h to 8 h", "duration", "4 h to 8 h"),
        ("< 90% of plan", "EUR", "< 90% of plan"),
        ("weekly", "per month", "weekly"),
        ("plan (a ceiling)", "EUR", "plan (a ceiling)"),
        ("stock > 0 while sales < 0", "EUR", "stock > 0 while sales < 0"),
    ],
)
def test_an_amount_without_a_unit_has_that_of_its_kpi(text: str, unit: str, expected: str) -> None:
    of = parse(unit)
    assert any(_is_valid(text, of, target) for target in (True, False))
    assert with_unit(text, of) == expected


def _is_valid(text: str, unit: Unit, target: bool) -> bool:
    try:
        parse_condition(text, unit, target=target, segmented=True, unit_of=lambda _: unit)
    except ValueError:
        return False
    return True


@pytest.mark.parametrize("name", shipped())
def test_it_is_written_once(name: str) -> None:
    for company in load_all([shipped_file(name)]).values():
        for kpi in company.kpis.values():
            for condition in (kpi.target, kpi.warning, kpi.critical):
                if condition is not None:
                    once = with_unit(condition.text, kpi.unit)
                    assert with_unit(once, kpi.unit) == once
