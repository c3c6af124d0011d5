"""A token bucket: so many requests at once, and then one per interval."""

from __future__ import annotations

from collections.abc import Callable
from time import monotonic

from exporter.web.access.web_config import RateLimit


class Bucket:
    """Holds up to `burst` tokens, of which each request takes one; filled as the limit that is passed says."""

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        self._clock = clock
        self._limit: RateLimit | None = None
        self._tokens = 0.0
        self._filled = 0.0

    def wait(self, limit: RateLimit) -> float:
        """Take a token and return 0, or return the seconds until there is one."""
        if limit.interval <= 0:
            return 0.0
        now = self._clock()
        if limit != self._limit:
            self._limit, self._tokens = limit, float(limit.burst)
        else:
            self._tokens = min(limit.burst, self._tokens + (now - self._filled) / limit.interval)
        self._filled = now
        if self._tokens < 1:
            return (1 - self._tokens) * limit.interval
        self._tokens -= 1
        return 0.0
