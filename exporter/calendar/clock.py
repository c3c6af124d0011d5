"""Reads two times: the time of day, which may be set, and the steady time, which nobody sets."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

TOLERANCE = 1.0
"""Seconds by which the two may part before the time of day counts as set. NTP, where it corrects a clock by making it
slower or faster, needs half an hour for as much."""

_STEADY = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)
"""Counts while the machine sleeps too, on systems whose clock does."""

_AT_ONCE = 0.01
_TRIES = 5


def utc_now() -> datetime:
    """Return the time of day."""
    return datetime.now(UTC)


def steady() -> float:
    """Return seconds since an arbitrary moment, unaffected by setting the time of day."""
    return time.clock_gettime(_STEADY)


@dataclass(frozen=True)
class Mark:
    """One moment: its date by the time of day at that moment, and its steady seconds."""

    at: datetime
    seconds: float


class Clock:
    """Reads the time of day in UTC, and the steady time beside it."""

    def __init__(self, now: Callable[[], datetime] = utc_now, seconds: Callable[[], float] = steady) -> None:
        self._now = now
        self._seconds = seconds

    @classmethod
    def of(cls, now: Callable[[], datetime]) -> Clock:
        """Return the clock itself, or a clock with this time of day that is never set."""
        return now if isinstance(now, Clock) else cls(now, lambda: now().timestamp())

    def __call__(self) -> datetime:
        """Return the time of day in UTC."""
        return self._now()

    def mark(self) -> Mark:
        """Mark the present moment."""
        for _ in range(_TRIES):
            before, at, after = self._seconds(), self._now(), self._seconds()
            if after - before < _AT_ONCE:  # else the thread had to wait in between
                break
        return Mark(at, (before + after) / 2)

    def passed(self, since: Mark) -> float:
        """Return the seconds since a moment, whatever the clock was set to."""
        return self._seconds() - since.seconds

    def shift(self, since: Mark) -> timedelta:
        """Return by how much the time of day was set since a moment; zero up to the tolerance."""
        now = self.mark()
        seconds = (now.at - since.at).total_seconds() - (now.seconds - since.seconds)
        # Rounded, so that it says the same again.
        return timedelta(seconds=round(seconds, 2)) if abs(seconds) > TOLERANCE else timedelta()

    def when(self, moment: Mark) -> datetime:
        """Return the date of a past moment by the time of day as it is set now."""
        return moment.at + self.shift(moment)

    def marked(self, at: datetime) -> Mark:
        """Mark the moment of a past date by the time of day as it is set now."""
        now = self.mark()
        return Mark(at, now.seconds - (now.at - at).total_seconds())
