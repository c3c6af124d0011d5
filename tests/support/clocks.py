"""A clock whose hands a test moves: time passes, and the time of day is set."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from exporter.calendar.clock import Clock

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


class Hands:
    """`truth` is the true time, of which `clock` may be off."""

    def __init__(self, truth: datetime = NOON) -> None:
        self.truth = truth
        self.off = timedelta()
        self._start = truth
        self.clock = Clock(lambda: self.truth + self.off, self._passed)

    def _passed(self) -> float:
        return (self.truth - self._start).total_seconds()

    def wait(self, seconds: float) -> None:
        self.truth += timedelta(seconds=seconds)

    def set(self, seconds: float) -> None:
        """Set the time of day forward, or back."""
        self.off += timedelta(seconds=seconds)
