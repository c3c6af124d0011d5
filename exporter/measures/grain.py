"""The grain of windows that end now: they move on once a minute, or at once where records change."""

from __future__ import annotations

from datetime import datetime

from exporter.calendar.windows import Period


def minute_of(at: datetime) -> datetime:
    """Return the beginning of the minute that holds an instant."""
    return at.replace(second=0, microsecond=0)


def settled(at: datetime, changed_at: datetime | None) -> datetime:
    """Return the instant as of which records stand for `at`, given when they last changed.

    That is the last whole minute, or a change in the minute that runs. A calendar window ends at a whole minute, so it
    stays as it is.
    """
    minute = minute_of(at)
    if changed_at is not None and minute_of(changed_at) == minute:
        return min(at, changed_at)
    return minute


def settled_period(period: Period, changed_at: datetime | None) -> Period:
    """Return the period that stands for another one, given when the records that it is computed from last changed."""
    ends = settled(period.ends, changed_at)
    return Period(ends if period.starts == period.ends else min(minute_of(period.starts), ends), ends)
