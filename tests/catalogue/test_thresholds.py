"""Targets and thresholds: what each form means, to the last digit, and where it holds."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from exporter.catalogue.language import thresholds
from exporter.catalogue.language.changes import Change
from exporter.catalogue.language.divergence import Side
from exporter.catalogue.language.scopes import Applicability, Scope, ScopeKind
from exporter.catalogue.language.thresholds import Bound, Condition
from exporter.quantities import units
from exporter.quantities.comparison import Comparison


def read(text: str, unit: str, *, target: bool = False) -> Condition:
    return thresholds.parse(text, units.parse(unit), target=target)


def level(comparison: str, limit: str, side: str = "") -> Bound:
    return Bound(Comparison(comparison), level=Decimal(limit), side=side)


def change(comparison: str, amount: str, *, relative: bool = False) -> Bound:
    return Bound(Comparison(comparison), change=Change(Decimal(amount), relative))


def of(bound: Bound, **scope: Any) -> Bound:
    return replace(bound, scope=Scope(**scope))


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
        ("outside 4 to 8", "count", [level("<", "4", "lower"), level(">", "8", "upper")]),
        ("outside 8% to 12%", "ratio", [level("<", "0.08", "lower"), level(">", "0.12", "upper")]),
        ("  <   8%  ", "ratio", [level("<", "0.08")]),
        ("> 20 TB", "bytes", [level(">", "20e12")]),
        ("> 640 B", "bytes", [level(">", "640")]),
        ("> 3", "rank", [level(">", "3")]),
        ("compresses > 200 bp", "ratio", [change("<", "-0.02")]),
        ("down 300bp", "ratio", [change("<=", "-0.03")]),
        ("down at least 3 pp", "ratio", [change("<=", "-0.03")]),
        ("declines > 15%", "per year", [change("<", "-0.15", relative=True)]),
        ("declines 15%", "EUR", [change("<=", "-0.15", relative=True)]),
        ("up more than 50%", "ratio", [change(">", "0.5", relative=True)]),
        ("up >= 50%", "ratio", [change(">=", "0.5", relative=True)]),
        ("grows > 5", "count", [change(">", "5")]),
        ("up > 1 h", "duration", [change(">", "3600")]),
        ("decelerates", "ratio", [change("<", "0")]),
        ("> 4 h (SLA)", "duration", [of(level(">", "14400"), sla=True)]),
        ("< 2 (tier 1)", "ratio n:1", [of(level("<", "2"), tier=1)]),
        ("decelerates (tier 3)", "ratio", [of(change("<", "0"), tier=3)]),
    ],
)
def test_a_threshold(text: str, unit: str, bounds: list[Bound]) -> None:
    condition = read(text, unit)
    assert list(condition.bounds) == bounds
    assert condition.text == text


@pytest.mark.parametrize(
    ("text", "unit", "bounds"),
    [
        ("> 110%", "ratio", [level(">", "1.1")]),
        ("99.9%", "ratio", [level(">=", "0.999")]),
        ("8% to 12%", "ratio", [level(">=", "0.08", "lower"), level("<=", "0.12", "upper")]),
        ("3 to 5", "ratio n:1", [level(">=", "3", "lower"), level("<=", "5", "upper")]),
        ("plan", "EUR", [share(">=", "1")]),
        ("plan (a ceiling)", "EUR", [share("<=", "1")]),
        ("weekly", "per month", [level(">=", str(Decimal(52) / 12))]),
        ("0", "count", [level(">=", "0")]),
    ],
)
def test_a_target(text: str, unit: str, bounds: list[Bound]) -> None:
    assert list(read(text, unit, target=True).bounds) == bounds


@pytest.mark.parametrize(
    ("text", "stretch", "in_force"),
    [
        ("8% to 12% (year 1)", Applicability(ScopeKind.YEAR, 1), {1}),
        ("> 30% (year 2+)", Applicability(ScopeKind.YEAR, 2, open_ended=True), {2, 3, 4}),
        ("+20% (phase 2)", Applicability(ScopeKind.PHASE, 2), {2}),
        ("+20% (phase 2+)", Applicability(ScopeKind.PHASE, 2, open_ended=True), {2, 3, 4}),
    ],
)
def test_the_years_or_phases_it_is_in_force(text: str, stretch: Applicability, in_force: set[int]) -> None:
    for bound in read(text, "ratio", target=True).bounds:
        assert bound.scope.stretch == stretch
        assert {number for number in (None, 1, 2, 3, 4) if stretch.include(number)} == in_force


@pytest.mark.parametrize(
    ("text", "bounds"),
    [
        (
            "< 12 (SMB), < 18 (enterprise)",
            [of(level("<", "12"), segment="SMB"), of(level("<", "18"), segment="enterprise")],
        ),
        ("< 10, < 5 (enterprise)", [level("<", "10"), of(level("<", "5"), segment="enterprise")]),
        (
            "4 to 8, > 10 (grocery stores)",
            [
                level(">=", "4", "lower"),
                level("<=", "8", "upper"),
                of(level(">", "10"), segment="grocery stores"),
            ],
        ),
        (
            "1,000 (SMB) (year 1), 2,000 (SMB) (year 2+)",
            [
                of(level(">=", "1000"), segment="SMB", stretch=Applicability(ScopeKind.YEAR, 1)),
                of(level(">=", "2000"), segment="SMB", stretch=Applicability(ScopeKind.YEAR, 2, open_ended=True)),
            ],
        ),
        ("99, 100 (SLA)", [level(">=", "99"), of(level(">=", "100"), sla=True)]),
        ("plan (a ceiling)", [share("<=", "1")]),
    ],
)
def test_parts_by_segment(text: str, bounds: list[Bound]) -> None:
    condition = thresholds.parse(text, units.parse("count"), target=True, segmented=True)
    assert list(condition.bounds) == bounds


@pytest.mark.parametrize(("lower", "comparison"), [(False, ">="), (True, "<=")])
def test_a_bare_target_is_a_floor_or_where_less_is_better_a_ceiling(lower: bool, comparison: str) -> None:
    for text, bound in (("0", level(comparison, "0")), ("plan", share(comparison, "1"))):
        assert thresholds.parse(text, units.parse("count"), target=True, lower=lower).bounds == (bound,)


def test_a_divergence() -> None:
    kinds = {"stock": units.parse("ratio"), "sales": units.parse("EUR")}
    text = "stock >= 5% while sales < €1,000"
    condition = thresholds.parse(text, units.parse("ratio"), target=False, unit_of=lambda name: kinds[name])
    assert condition.bounds == ()
    assert condition.divergence == (
        Side("stock", Comparison.GREATER_OR_EQUAL, Decimal("0.05")),
        Side("sales", Comparison.LESS, Decimal(1000)),
    )


@pytest.mark.parametrize(
    ("comparison", "below", "at", "above"),
    [("<", True, False, False), ("<=", True, True, False), (">", False, False, True), (">=", False, True, True)],
)
def test_strictness_is_literal(comparison: str, below: bool, at: bool, above: bool) -> None:
    sign = Comparison(comparison)
    limit = 0.995
    assert [sign.holds(value, limit) for value in (0.9949999, limit, 0.9950001)] == [below, at, above]
    assert sign.strict == (comparison in "<>")
    assert sign.upward == comparison.startswith(">")


def test_a_limit_that_hangs_on_the_plan_is_unknown_without_it() -> None:
    (bound,) = read("< 80% of plan", "EUR").bounds
    assert bound.limit(None) is None
    assert bound.limit(560_000.0) == 448_000.0
    assert bound.limit(0.0) == 0.0
    assert level("<", "5").limit(None) == 5.0
    assert read("< plan", "EUR").of_plan
    assert not read("< 5", "EUR").of_plan


@pytest.mark.parametrize(
    ("text", "previous", "limit"),
    [
        ("down 300bp", 0.5, 0.47),
        ("down 300bp", -0.5, -0.53),
        ("down 300bp", None, None),
        ("up more than 50%", 0.5, 0.75),
        ("declines > 15%", 6.0, 5.1),
        ("declines > 15%", 0.0, None),
        ("declines > 15%", -1.0, None),
        ("decelerates", -0.25, -0.25),
    ],
)
def test_a_limit_that_hangs_on_the_previous_value(text: str, previous: float | None, limit: float | None) -> None:
    (bound,) = read(text, "ratio").bounds
    assert bound.limit(None, previous) == limit


@pytest.mark.parametrize(
    ("warning", "critical", "message"),
    [
        ("< 8%", "< 5%", None),
        (">= 2%", "> 2%", None),
        ("< 5%", "< 5%", None),
        ("< plan", "< 50% of plan", None),
        ("< plan", "< 5%", None),
        ("outside 8% to 12%", "> 5%", None),
        ("< 8% (year 1)", "< 9% (year 2+)", None),
        ("compresses > 200 bp", "compresses > 300 bp (tier 2)", None),
        (">= 10%", "up more than 50%", None),
        ("< 10%", "up more than 50%", None),
        ("compresses > 300 bp", "compresses > 200 bp", "is reached before"),
        ("declines > 30%", "declines 30%", "is reached before"),
        ("down 3 pp", "up 3 pp", "points the other way"),
        ("< 5%", "< 8%", "is reached before"),
        ("> 8%", "> 5%", "is reached before"),
        ("> 5%", ">= 5%", "is reached before"),
        ("< 50% of plan", "< 80% of plan", "is reached before"),
        ("< 8%", "> 12%", "points the other way"),
    ],
)
def test_nothing_is_critical_before_it_is_a_warning(warning: str, critical: str, message: str | None) -> None:
    with pytest.raises(ValueError, match=message) if message else nullcontext():
        thresholds.check_order(read(warning, "ratio"), read(critical, "ratio"))


@pytest.mark.parametrize(
    ("text", "unit", "target", "message"),
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
        ("< 5 (year one)", "count", False, "is not a scope"),
        ("< 5 (SMB)", "count", False, "name in `segments`"),
        ("5 (phase 0)", "count", True, "phases count from 1"),
        ("< 5 (tier 4)", "count", False, "is no tier"),
        ("5 (tier 1)", "count", True, "has no urgency"),
        ("< 5, < 3", "count", False, "hold at the same time"),
        ("< 5, < 3 (year 1)", "count", False, "hold at the same time"),
        ("< 5 (year 1+), < 3 (year 2)", "count", False, "hold at the same time"),
        ("< 5, < 3 (SLA)", "count", False, "hold at the same time"),
        ("down 3", "ratio n:1", True, "not an amount"),
        ("down 0%", "count", False, "is not a change"),
        ("declines > 150%", "count", False, "is not a change"),
        ("declines > x%", "count", False, "is not a percentage"),
        ("down 3bp", "count", False, "not an amount in the unit count"),
        ("a > 1 while b < 2", "count", True, "not an amount"),
        ("5 (year 0)", "count", True, "years count from 1"),
    ],
)
def test_what_it_refuses(text: str, unit: str, target: bool, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        read(text, unit, target=target)
