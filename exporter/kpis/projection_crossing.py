"""Expected crossings: when a stock with a steady trend will cross a limit, by the robust slope of its stored values."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import combinations
from statistics import median

WEEKS = 13
"""Weekly values that say how a stock moves."""

_SIGNIFICANT = 2.6
"""How many standard deviations the rises must outnumber the falls by, were there no trend: one of a hundred does."""

_FARTHEST = timedelta(days=365)
"""A crossing later than that is not worth a date."""

_WEEK = 7 * 86400.0


def weekly(at: Sequence[float], values: Sequence[float | None], until: float) -> Sequence[tuple[float, float]]:
    """Return the latest stored value of each of the last weeks, with its moment in Unix seconds, the oldest first."""
    latest: dict[int, tuple[float, float]] = {}
    for moment, value in zip(at, values, strict=True):
        week = math.floor((moment - until) / _WEEK)
        if value is not None and -WEEKS <= week < 0:
            latest[week] = (moment, value)
    return [latest[week] for week in sorted(latest)]


def slope(points: Sequence[tuple[float, float]]) -> float | None:
    """Return the median slope between all pairs of points, per second; None unless all the weeks show one trend."""
    count = len(points)
    if count < WEEKS:
        return None
    pairs = list(combinations(points, 2))
    rises = sum((after > before) - (after < before) for (_, before), (_, after) in pairs)
    deviation = math.sqrt(count * (count - 1) * (2 * count + 5) / 18)
    if abs(rises) < _SIGNIFICANT * deviation:
        return None
    return median((after - before) / (until - since) for (since, before), (until, after) in pairs)


def expected_crossing(value: float, limit: float, per_second: float, *, upward: bool, now: datetime) -> datetime | None:
    """Return when a value that moves so fast crosses the limit; None if it has, moves away, or takes over a year."""
    distance = limit - value
    if distance == 0 or (distance > 0) != upward or (per_second > 0) != upward or per_second == 0:
        return None
    seconds = distance / per_second
    return now.astimezone(UTC) + timedelta(seconds=seconds) if seconds <= _FARTHEST.total_seconds() else None
