"""Classes: named stretches of a KPI's values, `{unhealthy: "< 1", marginal: "1 to 2", healthy: "3 to 5"}`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import combinations

from exporter.catalogue.language import thresholds
from exporter.catalogue.language.scopes import EVERYWHERE
from exporter.quantities.comparison import Comparison
from exporter.quantities.units import Unit


@dataclass(frozen=True)
class Class:
    """A name for the values to which all its limits apply."""

    name: str
    text: str
    limits: tuple[tuple[Comparison, Decimal], ...]

    def holds(self, value: float) -> bool:
        """Return true if the value belongs to this class."""
        return all(comparison.holds(value, float(limit)) for comparison, limit in self.limits)


def parse(name: str, text: str, unit: Unit) -> Class:
    """Parse a class from a limit or a band with fixed ends, such as `< 1`; `ValueError` says what to write instead."""
    bounds = thresholds.parse(text, unit, target=True).bounds
    limits = tuple((bound.comparison, bound.level) for bound in bounds if bound.level is not None)
    bare = len(bounds) == 1 and text.strip()[:1] not in ("<", ">")
    if bare or len(limits) < len(bounds) or any(bound.scope != EVERYWHERE for bound in bounds):
        raise ValueError(f"{text!r} is not a class; write '< 1', '1 to 2' or '> 5'")
    return Class(name, text, limits)


def check_apart(classes: Sequence[Class]) -> None:
    """Raise `ValueError` if a value could belong to two classes. Values that belong to none are allowed."""
    for first, second in combinations(classes, 2):
        limits = (*first.limits, *second.limits)
        lower = [each for each in limits if each[0].upward]
        upper = [each for each in limits if not each[0].upward]
        if all(_leave_room(low, high) for low in lower for high in upper):
            raise ValueError(f"{first.name} ({first.text}) and {second.name} ({second.text}) overlap; keep them apart")


def _leave_room(low: tuple[Comparison, Decimal], high: tuple[Comparison, Decimal]) -> bool:
    return low[1] < high[1] or (low[1] == high[1] and not low[0].strict and not high[0].strict)
