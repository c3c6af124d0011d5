"""Thresholds in the words of alerts: `below 99.5%`, `at or above 12 months`, `a fall of more than 2 pp`."""

from __future__ import annotations

from decimal import Decimal

from exporter.catalogue.language.changes import Change
from exporter.catalogue.language.scopes import Applicability
from exporter.catalogue.language.thresholds import Bound
from exporter.quantities.comparison import Comparison
from exporter.quantities.prometheus import exact
from exporter.quantities.units import Unit

_SIGNS = {
    Comparison.LESS: "below",
    Comparison.LESS_OR_EQUAL: "at or below",
    Comparison.GREATER: "above",
    Comparison.GREATER_OR_EQUAL: "at or above",
}


def threshold_text(bound: Bound, unit: Unit) -> str:
    """Return the bound's limit and direction in words, for a KPI of this unit."""
    within = _within(bound.scope.stretch)
    if bound.change is not None:
        return _change(bound.change, bound.comparison, unit) + within
    if bound.share is not None:
        share = "" if bound.share == 1 else f"{_percent(bound.share)} of "
        return f"{_SIGNS[bound.comparison]} {share}the plan{within}"
    assert bound.level is not None  # a bound has a level, a change or a share
    return f"{side_text(bound.comparison, _level(bound, unit))}{within}"


def side_text(comparison: Comparison, amount: str) -> str:
    """Return a comparison with an amount in words: `above 3%` for `> 3%`."""
    return f"{_SIGNS[comparison]} {amount}"


def _level(bound: Bound, unit: Unit) -> str:
    """Format the level in its unit.

    Durations and rates stay as the catalogue writes them, since `2 weeks` reads better than `14d`.
    """
    assert bound.level is not None  # the caller has no change and no share
    written = _form(bound).lstrip("<>= ")
    as_written = unit.is_duration or (unit.text == "per month" and written.isalpha())
    return written if as_written and not bound.side else exact(bound.level, unit)


def _form(bound: Bound) -> str:
    """Return the bound as the catalogue writes it, without its years or phases."""
    return bound.text.removesuffix(f" {bound.scope.stretch}")


def _change(change: Change, comparison: Comparison, unit: Unit) -> str:
    direction = "rise" if comparison.upward else "fall"
    if not change.amount:
        return f"any {direction}"
    size = abs(change.amount)
    if change.relative:
        amount = f"{_percent(size)} of that"
    else:
        amount = f"{_percent(size).removesuffix('%')} pp" if unit.is_ratio else exact(size, unit)
    return f"a {direction} of {'more than' if comparison.strict else 'at least'} {amount}"


def _percent(share: Decimal) -> str:
    return f"{(share * 100).normalize():f}%"


def _within(stretch: Applicability | None) -> str:
    if stretch is None:
        return ""
    when = f"{stretch.kind.value} {stretch.first}"
    return f" from {when} on" if stretch.open_ended else f" in {when}"
