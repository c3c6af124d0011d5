"""Instants as whole seconds since 1970, and the intervals by which subscriptions are billed."""

from __future__ import annotations

from calendar import monthrange
from datetime import UTC, datetime, timedelta

DAY = 86400
HOUR = 3600


def second(when: datetime | str) -> int:
    """Return an instant in seconds; a text without an offset is in UTC."""
    instant = datetime.fromisoformat(when) if isinstance(when, str) else when
    return int((instant if instant.tzinfo else instant.replace(tzinfo=UTC)).timestamp())


def instant(at: int) -> datetime:
    return datetime.fromtimestamp(at, UTC)


def later(anchor: int, interval: str, count: int) -> int:
    """Return the instant some intervals after an anchor; a day that a month lacks is its last."""
    start = instant(anchor)
    if interval in ("day", "week"):
        return int((start + timedelta(days=count * (7 if interval == "week" else 1))).timestamp())
    months = start.year * 12 + start.month - 1 + count * (12 if interval == "year" else 1)
    year, month = divmod(months, 12)
    return int(
        start.replace(year=year, month=month + 1, day=min(start.day, monthrange(year, month + 1)[1])).timestamp()
    )
