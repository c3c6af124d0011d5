"""The time ranges of a KPI's chart and table."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

TIME_RANGES: Mapping[str, timedelta] = {
    "30d": timedelta(days=30),
    "90d": timedelta(days=90),
    "1y": timedelta(days=365),
    "3y": timedelta(days=3 * 365 + 1),
}
DEFAULT_RANGE = "1y"
LONGEST = max(TIME_RANGES.values())
"""The span of the longest range."""


def offered(begins: datetime | None, now: datetime, zone: ZoneInfo) -> Mapping[str, str]:
    """Return what to call each range that a history fills, by name; the last may be all of it: `since November 2025`.

    `begins` is when the history has its first value; None where it has none.
    """
    names: dict[str, str] = {}
    for name, span in TIME_RANGES.items():
        if begins is not None and now - span < begins:
            return {**names, name: f"since {_day(begins.astimezone(zone), now.astimezone(zone))}"}
        names[name] = name
    return names


def history_from(begins: datetime | None, zone: ZoneInfo) -> str:
    """Return from when on there is a history: `from 12 March 2025 on`; empty where there is none."""
    return "" if begins is None else f"from {begins.astimezone(zone):%-d %B %Y} on"


def _day(begins: datetime, now: datetime) -> str:
    return f"{begins:%B %Y}" if (begins.year, begins.month) != (now.year, now.month) else f"{begins:%-d %B %Y}"
