"""Computes when the data of a source is stale: two polls should have come, and the second may take its time."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cache
from itertools import pairwise
from zoneinfo import ZoneInfo

from exporter.calendar.schedule import DEFAULT_EVERY, OnCron

_FIRES = 200  # of a cron line: enough to see the nights and weekends it leaves out
_REFERENCE = datetime(2024, 1, 1, tzinfo=UTC)


def stale_after(every: float | None, cron: str | None, timezone: str, timeout: float) -> float:
    """Return the seconds since its last success after which a source is stale, by its schedule and time limit.

    One missed poll alone is not stale (Prometheus, alerting practices).
    """
    every = DEFAULT_EVERY if every is None else every
    gap = every if cron is None else _longest_gap(cron, timezone)
    return 2 * gap + timeout


@cache
def _longest_gap(cron: str, timezone: str) -> float:
    schedule = OnCron(cron, ZoneInfo(timezone))
    fires = [schedule.after(_REFERENCE)]
    for _ in range(_FIRES):
        fires.append(schedule.after(fires[-1]))
    return max((later - earlier).total_seconds() for earlier, later in pairwise(fires))
