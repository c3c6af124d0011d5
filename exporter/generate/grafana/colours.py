"""Colours of a value in Grafana: steps from the thresholds of the catalogue, in the direction they point."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from exporter.catalogue.language.thresholds import Bound
from exporter.catalogue.model import Kpi
from exporter.quantities.comparison import Comparison

Steps = list[dict[str, Any]]
"""Grafana's threshold steps: from each step's value on, including it, its colour holds."""

GREY = "#808080"
"""Of what is unknown."""

COLOURS = {"": "green", "warning": "orange", "critical": "red"}


def kpi_steps(kpi: Kpi) -> Steps | None:
    """The steps of a KPI's levels, strict where they are.

    None where it has none that stand fixed: the board's file cannot follow a plan, the period before or the years
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
    """The smallest number on the upper side of a level, which is the level itself only if it belongs there."""
    belongs_above = bound.comparison in (Comparison.LESS, Comparison.GREATER_OR_EQUAL)
    return level if belongs_above else math.nextafter(level, math.inf)


def neutral_steps() -> Steps:
    """One colour for every value, of a KPI that has no threshold."""
    return ascending_steps("blue", {})


def ascending_steps(base: str, changes: Mapping[float, str]) -> Steps:
    """Steps from a base colour through values in ascending order; a step that changes nothing is left out."""
    steps: Steps = [{"color": base, "value": None}]
    for value, colour in changes.items():
        if colour != steps[-1]["color"]:
            steps.append({"color": colour, "value": int(value) if value == int(value) else value})
    return steps
