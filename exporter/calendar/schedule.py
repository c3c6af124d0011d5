"""Computes when a source is polled, from one instant to the next; APScheduler runs the polls."""

from __future__ import annotations

from abc import abstractmethod
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from zoneinfo import ZoneInfo

from apscheduler.triggers.base import BaseTrigger

from exporter.calendar.cron import Cron

DEFAULT_EVERY = 300.0
"""Seconds between polls of a source that says neither `every` nor `cron`."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LONGEST_STAGGER = timedelta(seconds=2)
_STAGGER_SHARE = 10  # of an interval; polls at start are spread over no more than this part of it


class Schedule(BaseTrigger):  # type: ignore[misc] # APScheduler 3 ships no type hints, so its class is `Any`
    """A rule that gives the next fire time after any instant."""

    @abstractmethod
    def after(self, instant: datetime) -> datetime:
        """Return the first fire time later than `instant`, in UTC."""

    def get_next_fire_time(self, previous_fire_time: datetime | None, now: datetime) -> datetime:
        """Answer APScheduler. One run makes up for all fire times at which none could run."""
        return self.after(max(previous_fire_time, now) if previous_fire_time else now)


class Every(Schedule):
    """Fires at whole multiples of an interval since 1970, plus an offset; a restart changes nothing."""

    def __init__(self, seconds: float, offset: float = 0.0) -> None:
        self.interval = timedelta(seconds=seconds)
        self._first = _EPOCH + timedelta(seconds=offset)

    def after(self, instant: datetime) -> datetime:
        """Return the first multiple of the interval later than `instant`, plus the offset."""
        return self._first + ((instant - self._first) // self.interval + 1) * self.interval


class OnCron(Schedule):
    """Fires when the clocks of a time zone show what a cron line says."""

    def __init__(self, line: str, zone: ZoneInfo) -> None:
        self._cron = Cron(line)
        self._zone = zone

    def after(self, instant: datetime) -> datetime:
        """Return the first time of the line later than `instant`."""
        return self._cron.after(instant, self._zone)


def schedule_of(every: float | None, cron: str | None, timezone: str, company: str, source: str) -> Schedule:
    """Return the schedule of a source: by its cron line in a time zone, or else every so many seconds.

    Raises `ValueError`, which says what is wrong in `cron`.
    """
    if cron is not None:
        return OnCron(cron, ZoneInfo(timezone))
    seconds = DEFAULT_EVERY if every is None else every
    return Every(seconds, offset=seconds * spread(company, source))


def first_run(
    schedule: Schedule,
    now: datetime,
    last_attempt: datetime | None,
    last_success: datetime | None,
    stagger: timedelta,
) -> datetime:
    """Return when a source is polled first after a start.

    At once, plus `stagger`, if it never succeeded or a fire time passed since its last attempt; otherwise
    at its next fire time.
    """
    if last_attempt is None or last_success is None or schedule.after(last_attempt) <= now:
        return now + stagger
    return schedule.after(now)


def replan(schedule: Schedule, planned: datetime, now: datetime, idle: float) -> datetime:
    """Return when a source is polled next after the clock was set, `idle` seconds after its last poll began.

    As planned, unless the schedule by the new time comes first, or its interval, which nobody sets, is over sooner.
    """
    sooner = min(planned, schedule.after(now))
    if isinstance(schedule, Every):
        sooner = min(sooner, now + max(schedule.interval - timedelta(seconds=idle), timedelta()))
    return sooner


def overdue_after(schedule: Schedule, read: datetime, timeout: float) -> float:
    """Return the seconds after which a source that was read at that time is overdue: two polls should have come since.

    One missed poll alone is not (Prometheus, alerting practices); the second may take its time.
    """
    return (schedule.after(schedule.after(read)) - read).total_seconds() + timeout


def stagger_of(schedule: Schedule, company: str, source: str) -> timedelta:
    """Return how long a source waits at a start, so that not all begin together: at most 2 s."""
    longest = _LONGEST_STAGGER
    if isinstance(schedule, Every):
        longest = min(longest, schedule.interval / _STAGGER_SHARE)
    return longest * spread(company, source)


def spread(company: str, source: str) -> float:
    """Return a number from 0 up to 1 that is always the same for a source and evenly spread over sources."""
    digest = sha256(f"{company}\0{source}".encode()).digest()
    return int.from_bytes(digest[:6]) / 2**48
