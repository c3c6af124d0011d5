"""Targets and thresholds in the notation people use: `> 99.9%`, `< 2 weeks`, `8% to 12% (year 1)`, `< 50% of plan`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from exporter.catalogue.units import Unit, example

FORMS = "'> 99.9%', '<= 4h', '8% to 12%', 'outside 4 to 8', 'plan' or '< 50% of plan', each with '(year 1)' if need be"

_ONE_SIDED = re.compile(r"(<=|>=|<|>)\s*(.+)")
_OF_PLAN = re.compile(r"(?:(\d+(?:\.\d+)?)%\s+of\s+)?plan")
_BAND = re.compile(r"(outside\s+)?(\S.*?)\s+to\s+(\S.*)")
_YEARS = re.compile(r"\(year (\d+)(\+)?\)$")


class Comparison(StrEnum):
    """How a value stands to a limit."""

    LESS = "<"
    LESS_OR_EQUAL = "<="
    GREATER = ">"
    GREATER_OR_EQUAL = ">="

    def holds(self, value: float, limit: float) -> bool:
        match self:
            case Comparison.LESS:
                return value < limit
            case Comparison.LESS_OR_EQUAL:
                return value <= limit
            case Comparison.GREATER:
                return value > limit
            case Comparison.GREATER_OR_EQUAL:
                return value >= limit

    @property
    def upward(self) -> bool:
        """True for `>` and `>=`."""
        return self in (Comparison.GREATER, Comparison.GREATER_OR_EQUAL)

    @property
    def strict(self) -> bool:
        return self in (Comparison.LESS, Comparison.GREATER)


@dataclass(frozen=True)
class Bound:
    """One comparison with a limit: a `level` in the KPI's unit, or a `share` of the plan's value."""

    comparison: Comparison
    level: Decimal | None = None
    share: Decimal | None = None

    def limit(self, plan: Decimal | None) -> float | None:
        """The limit in the KPI's unit; None where it hangs on a plan that has no value."""
        if self.level is not None:
            return float(self.level)
        if self.share is None or plan is None:
            return None
        return float(self.share * plan)


@dataclass(frozen=True)
class Years:
    """The years since launch in which a condition holds: one, or one and all later ones."""

    first: int
    open_ended: bool

    def include(self, year: int | None) -> bool:
        if year is None:
            return False
        return year >= self.first if self.open_ended else year == self.first


@dataclass(frozen=True)
class Condition:
    """What was written and its bounds. A target is met when all bounds hold; a threshold is crossed when any does."""

    text: str
    bounds: tuple[Bound, ...]
    years: Years | None = None

    @property
    def of_plan(self) -> bool:
        return any(bound.share is not None for bound in self.bounds)

    def applies(self, year: int | None) -> bool:
        """Whether it is in force in that year since launch (1 is the first; None if there is no launch date)."""
        return self.years is None or self.years.include(year)


def parse(text: str, unit: Unit, *, target: bool) -> Condition:
    """The condition that a text states for a KPI of this unit. `plan` alone is a target: at least the plan.

    Raises `ValueError` with the forms that can be written.
    """
    written = " ".join(text.split())
    years = None
    if match := _YEARS.search(written):
        years = Years(int(match[1]), match[2] is not None)
        if years.first < 1:
            raise ValueError("years count from 1, the one that begins with the launch; write '(year 1)'")
        written = written[: match.start()].strip()
    return Condition(text, _bounds(written, unit, target=target), years)


def check_order(warning: Condition, critical: Condition) -> None:
    """`ValueError` if some value is critical without being a warning. Bands and years are not compared."""
    if len(warning.bounds) != 1 or len(critical.bounds) != 1 or warning.years != critical.years:
        return
    near, far = warning.bounds[0], critical.bounds[0]
    levels = f"the critical level {critical.text!r}", f"the warning {warning.text!r}"
    upward = near.comparison.upward
    if upward != far.comparison.upward:
        raise ValueError(f"{levels[0]} points the other way than {levels[1]}")
    for first, second in ((near.level, far.level), (near.share, far.share)):
        if first is None or second is None:
            continue
        nearer = second < first if upward else second > first
        if nearer or (first == second and near.comparison.strict and not far.comparison.strict):
            raise ValueError(f"{levels[0]} is reached before {levels[1]}; swap them")


def _bounds(written: str, unit: Unit, *, target: bool) -> tuple[Bound, ...]:
    if match := _ONE_SIDED.fullmatch(written):
        return (_bound(Comparison(match[1]), match[2], unit),)
    if target and written == "plan":
        return (Bound(Comparison.GREATER_OR_EQUAL, share=Decimal(1)),)
    if target and written == "plan (a ceiling)":
        return (Bound(Comparison.LESS_OR_EQUAL, share=Decimal(1)),)
    if match := _BAND.fullmatch(written):
        return _band(match[2], match[3], unit, outside=match[1] is not None, target=target)
    if target:
        return (_bound(Comparison.GREATER_OR_EQUAL, written, unit),)
    raise ValueError(f"{written!r} is not a threshold; write for example '< {example(unit)}'; the forms are {FORMS}")


def _bound(comparison: Comparison, limit: str, unit: Unit) -> Bound:
    if match := _OF_PLAN.fullmatch(limit.strip()):
        share = Decimal(match[1]) / 100 if match[1] else Decimal(1)
        return Bound(comparison, share=share)
    return Bound(comparison, level=unit.amount(limit))


def _band(low: str, high: str, unit: Unit, *, outside: bool, target: bool) -> tuple[Bound, ...]:
    if outside == target:
        band = f"{low} to {high}"
        raise ValueError(
            f"a target's band is what to stay in; write '{band}'"
            if target
            else f"a threshold's band is what to stay in, too; write 'outside {band}'"
        )
    lower, upper = unit.amount(low), unit.amount(high)
    if lower >= upper:
        raise ValueError(f"the band {low} to {high} is empty: write the lower limit first")
    if target:
        return (Bound(Comparison.GREATER_OR_EQUAL, lower), Bound(Comparison.LESS_OR_EQUAL, upper))
    return (Bound(Comparison.LESS, lower), Bound(Comparison.GREATER, upper))
