"""Colours of values in Grafana: threshold steps from the catalogue's thresholds, in their direction."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from exporter.catalogue.language.thresholds import Bound
from exporter.catalogue.model import Kpi
from exporter.quantities.comparison import Comparison

Steps = list[dict[str, Any]]
"""Grafana's threshold steps: each colour applies from the step's value up, including it."""

GREY = "#808080"
"""The colour of unknown values."""

NEUTRAL = "blue"
"""The colour of what nobody judges."""

OFF_TARGET = "yellow"
"""The colour of what misses its target and crosses no threshold."""

COLOURS = {"": "green", "warning": "orange", "critical": "red"}


def kpi_steps(kpi: Kpi) -> Steps | None:
    """Return the steps of a KPI's fixed levels, exact at the limit.

    Return None where it has no fixed level: a board's file cannot follow a plan, a previous period or the years
    since launch.
    """
    levels = [
        (severity, bound, float(bound.level))
        for severity, condition in kpi.thresholds.items()
        for bound in condition.bounds
        if bound.level is not None and bound.scope.stretch is None and not bound.scope.segment
    ]
    if not levels:
        return None

    def colour(value: float) -> str:
        crossed = [severity for severity, bound, level in levels if bound.comparison.holds(value, level)]
        return COLOURS[max(crossed, key=list(COLOURS).index, default="")]

    changes = {change: colour(change) for change in sorted(_step_above(bound, level) for _, bound, level in levels)}
    return ascending_steps(colour(-math.inf), changes)


def _step_above(bound: Bound, level: float) -> float:
    """Return the smallest number on the upper side of a level: the level itself only if it belongs there."""
    belongs_above = bound.comparison in (Comparison.LESS, Comparison.GREATER_OR_EQUAL)
    return level if belongs_above else math.nextafter(level, math.inf)


def neutral_steps() -> Steps:
    """Return one colour for every value, where no number decides the colour."""
    return ascending_steps(NEUTRAL, {})


def ascending_steps(base: str, changes: Mapping[float, str]) -> Steps:
    """Return steps from a base colour through values in ascending order, without steps that change nothing."""
    steps: Steps = [{"color": base, "value": None}]
    for value, colour in changes.items():
        if colour != steps[-1]["color"]:
            steps.append({"color": colour, "value": int(value) if value == int(value) else value})
    return steps
