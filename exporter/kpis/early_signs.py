"""Early signs: what can be said of a threshold before the period is over, that it is crossed already or will be."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import timedelta

from exporter.quantities.comparison import Comparison

HOLD = timedelta(days=2)
"""For how long the whole band has to be beyond a limit before that is a warning: it must have been so far back, too."""

NEAR, FAR = "0.1", "0.9"
"""The quantiles at the ends of the band that holds 80% of final values."""


def already_beyond(to_date: float, comparison: Comparison, limit: float) -> bool:
    """Return whether the part of a period has crossed an upper limit, which what only grows cannot undo."""
    return comparison.upward and comparison.holds(to_date, limit)


def expected_beyond(
    projected: Mapping[str, float], comparison: Comparison, limit: float, *, whole_numbers: bool
) -> bool:
    """Return whether the whole band is beyond a limit; of a count, as many events as there can be."""
    if comparison.upward:
        lowest = projected[NEAR]
        return comparison.holds(math.floor(lowest) if whole_numbers else lowest, limit)
    highest = projected[FAR]
    return comparison.holds(math.ceil(highest) if whole_numbers else highest, limit)
