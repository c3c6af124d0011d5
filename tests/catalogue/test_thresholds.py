"""Targets and thresholds: what each form means, to the last digit, and where it holds."""

from __future__ import annotations

from contextlib import nullcontext
from decimal import Decimal

import pytest

from exporter.catalogue import thresholds, units
from exporter.catalogue.thresholds import Bound, Comparison, Condition, Years


def read(text: str, unit: str, *, target: bool = False) -> Condition:
    return thresholds.parse(text, units.parse(unit), target=target)


def level(comparison: str, limit: str) -> Bound:
    return Bound(Comparison(comparison), level=Decimal(limit))


def share(comparison: str, part: str) -> Bound:
    return Bound(Comparison(comparison), share=Decimal(part))


@pytest.mark.parametrize(
    ("text", "unit", "bounds"),
    [
        ("< 8%", "ratio", [level("<", "0.08")]),
        ("<= 99.9%", "ratio", [level("<=", "0.999")]),
        ("< 0.05%", "ratio", [level("<", "0.0005")]),
        (">= 1.5%", "ratio", [level(">=", "0.015")]),
        ("> 300bp", "ratio", [level(">", "0.03")]),
        ("> 3 pp", "ratio", [level(">", "0.03")]),
        ("< 0.5", "ratio", [level("<", "0.5")]),
        ("<= -20%", "ratio", [level("<=", "-0.2")]),
        ("< 2500", "EUR/month", [level("<", "2500")]),
        ("< €2,500", "EUR", [level("<", "2500")]),
        ("> $150K", "USD", [level(">", "150000")]),
        (">= 10000", "EUR", [level(">=", "10000")]),
        ("> 5", "count", [level(">", "5")]),
        ("> 15 min", "duration", [level(">", "900")]),
        ("> 4h", "duration", [level(">", "14400")]),
        ("< 300 ms", "duration", [level("<", "0.3")]),
        (">= 6 weeks", "duration", [level(">=", "3628800")]),
        ("< 3", "months", [level("<", "3")]),
        ("> 12 months", "months", [level(">", "12")]),
        ("< weekly", "per month", [level("<", str(Decimal(52) / 12))]),
        ("< monthly", "per month", [level("<", "1")]),
        ("< 10:1", "ratio n:1", [level("<", "10")]),
        ("< 4.0", "score 1..5", [level("<", "4")]),
        ("< 30", "score -100..100", [level("<", "30")]),
        ("< plan", "EUR", [share("<", "1")]),
        ("< 50% of plan", "count", [share("<", "0.5")]),
        ("> 102.5% of plan", "EUR", [share(">", "1.025")]),
        ("outside 4 to 8", "count", [level("<", "4"), level(">", "8")]),
        ("outside 8% to 12%", "ratio", [level("<", "0.08"), level(">", "0.12")]),
        ("  <   8%  ", "ratio", [level("<", "0.08")]),
    ],
)
def test_a_threshold(text: str, unit: str, bounds: list[Bound]) -> None:
    condition = read(text, unit)
    assert list(condition.bounds) == bounds
    assert condition.text == text
    assert condition.years is None


@pytest.mark.parametrize(
    ("text", "unit", "bounds"),
    [
        ("> 110%", "ratio", [level(">", "1.1")]),
        ("99.9%", "ratio", [level(">=", "0.999")]),
        ("8% to 12%", "ratio", [level(">=", "0.08"), level("<=", "0.12")]),
        ("3 to 5", "ratio n:1", [level(">=", "3"), level("<=", "5")]),
        ("plan", "EUR", [share(">=", "1")]),
        ("plan (a ceiling)", "EUR", [share("<=", "1")]),
        ("weekly", "per month", [level(">=", str(Decimal(52) / 12))]),
        ("0", "count", [level(">=", "0")]),
    ],
)
def test_a_target(text: str, unit: str, bounds: list[Bound]) -> None:
    assert list(read(text, unit, target=True).bounds) == bounds


@pytest.mark.parametrize(
    ("text", "years", "in_force"),
    [
        ("8% to 12% (year 1)", Years(1, open_ended=False), {1}),
        ("> 30% (year 2+)", Years(2, open_ended=True), {2, 3, 4}),
        ("> 30%", None, {None, 1, 2, 3, 4}),
    ],
)
def test_the_years_it_is_in_force(text: str, years: Years | None, in_force: set[int | None]) -> None:
    condition = read(text, "ratio", target=True)
    assert condition.years == years
    assert {year for year in (None, 1, 2, 3, 4) if condition.applies(year)} == in_force


@pytest.mark.parametrize(
    ("comparison", "below", "at", "above"),
    [("<", True, False, False), ("<=", True, True, False), (">", False, False, True), (">=", False, True, True)],
)
def test_strictness_is_literal(comparison: str, below: bool, at: bool, above: bool) -> None:
    found = Comparison(comparison)
    limit = 0.995
    assert [found.holds(value, limit) for value in (0.9949999, limit, 0.9950001)] == [below, at, above]
    assert found.strict == (comparison in "<>")
    assert found.upward == comparison.startswith(">")


def test_a_limit_that_hangs_on_the_plan_is_unknown_without_it() -> None:
    (bound,) = read("< 80% of plan", "EUR").bounds
    assert bound.limit(None) is None
    assert bound.limit(Decimal(560_000)) == 448_000.0
    assert bound.limit(Decimal(0)) == 0.0
    assert level("<", "5").limit(None) == 5.0
    assert read("< plan", "EUR").of_plan
    assert not read("< 5", "EUR").of_plan


@pytest.mark.parametrize(
    ("warning", "critical", "said"),
    [
        ("< 8%", "< 5%", None),
        (">= 2%", "> 2%", None),
        ("< 5%", "< 5%", None),
        ("< plan", "< 50% of plan", None),
        ("< plan", "< 5%", None),
        ("outside 8% to 12%", "> 5%", None),
        ("< 8% (year 1)", "< 9% (year 2+)", None),
        ("< 5%", "< 8%", "is reached before"),
        ("> 8%", "> 5%", "is reached before"),
        ("> 5%", ">= 5%", "is reached before"),
        ("< 50% of plan", "< 80% of plan", "is reached before"),
        ("< 8%", "> 12%", "points the other way"),
    ],
)
def test_nothing_is_critical_before_it_is_a_warning(warning: str, critical: str, said: str | None) -> None:
    with pytest.raises(ValueError, match=said) if said else nullcontext():
        thresholds.check_order(read(warning, "ratio"), read(critical, "ratio"))


@pytest.mark.parametrize(
    ("text", "unit", "target", "said"),
    [
        ("8%", "ratio", False, "is not a threshold"),
        ("plan", "EUR", False, "is not a threshold"),
        ("", "EUR", False, "is not a threshold"),
        ("< 4h", "ratio", False, "not an amount in the unit ratio"),
        ("< 5%", "duration", False, "is not a duration"),
        ("< 5%", "EUR", False, "not an amount in the unit EUR"),
        ("< $5", "EUR", False, "not an amount in the unit EUR"),
        ("< 5 EUR", "USD", False, "not an amount in the unit USD"),
        ("< 1.000,5", "EUR", False, "not an amount"),
        ("< 10,00", "EUR", False, "not an amount"),
        ("<", "EUR", False, "is not a threshold"),
        ("=> 5", "count", False, "is not a threshold"),
        ("< < 5", "count", False, "not an amount"),
        ("4 to 8", "count", False, "write 'outside 4 to 8'"),
        ("outside 4 to 8", "count", True, "write '4 to 8'"),
        ("8 to 4", "count", True, "lower limit first"),
        ("4 to 4", "count", True, "lower limit first"),
        ("< 5 (year one)", "count", False, "not an amount"),
        ("5 (year 0)", "count", True, "years count from 1"),
    ],
)
def test_what_it_refuses(text: str, unit: str, target: bool, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        read(text, unit, target=target)
