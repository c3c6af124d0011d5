"""Spaces the requests to one server, so that no more are sent than it allows."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from threading import Lock

from exporter.records.batch import SourceFailed
from exporter.sources.interface import Deadline

_AT_ONCE = 4
"""The part of the allowed requests that may be sent without a pause is one in so many."""


@dataclass(frozen=True)
class Rate:
    """At most so many requests in any period of so many seconds."""

    requests: int
    seconds: float


class RequestRate:
    """Waits before a request until it may be sent.

    A quarter of the allowed requests may come at once; the others are spread evenly over the period, so that no single
    wait is long and a poll can foresee how far it gets. Several threads of a poll may wait at a time.
    """

    def __init__(
        self, rate: Rate | None, sleep: Callable[[float], None], clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._sleep = sleep
        self._clock = clock
        self._most = max(1.0, rate.requests / _AT_ONCE) if rate else 1.0
        self._per_second = max(rate.requests - self._most, 1.0) / rate.seconds if rate else None
        self._left = self._most
        self._counted = clock()
        self._not_before = self._counted
        self._lock = Lock()

    def wait(self, deadline: Deadline) -> None:
        """Wait until the next request may be sent, and count it.

        Raises:
            SourceFailed: If it may not be sent before the deadline.
        """
        with self._lock:
            pause = max(self._not_before - self._clock(), self._until_allowed())
            if pause >= deadline.remaining():
                raise deadline.failure() or SourceFailed(
                    f"the server allows the next request in {pause:.0f}s, later than this poll may take"
                )
            self._left -= 1.0
        if pause > 0:
            self._sleep(pause)

    def hold(self, seconds: float) -> None:
        """Send nothing for so many seconds, as the server says that its limit is reached."""
        self._not_before = max(self._not_before, self._clock() + seconds)

    def _until_allowed(self) -> float:
        """Return the seconds until one more request is within the rate."""
        if self._per_second is None:
            self._left = 1.0
            return 0.0
        now = self._clock()
        self._left = min(self._most, self._left + (now - self._counted) * self._per_second)
        self._counted = now
        return max(0.0, (1.0 - self._left) / self._per_second)
