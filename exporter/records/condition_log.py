"""Logs what is wrong when it begins, changes or is over, and now and then while it lasts; not each time it is seen."""

from __future__ import annotations

import logging
from collections.abc import Callable

from exporter.calendar.clock import steady

REMIND_SECONDS = 6 * 3600.0
"""How long a condition lasts until it is logged once more."""


class ConditionLog:
    """Logs conditions by the name of what they are about. Calls about one name come from one thread at a time."""

    def __init__(
        self, log: logging.Logger, seconds: Callable[[], float] = steady, level: int = logging.WARNING
    ) -> None:
        self._log = log
        self._seconds = seconds
        self._level = level
        self._current: dict[str, tuple[str, float]] = {}

    def begin(self, name: str, text: str, also: str = "") -> None:
        """Log that something is wrong, unless it was logged lately; `also` is logged with it and does not count."""
        now = self._seconds()
        logged = self._current.get(name)
        if logged is None or logged[0] != text or now - logged[1] >= REMIND_SECONDS:
            self._current[name] = text, now
            self._log.log(self._level, "%s: %s%s", name, text, also)

    def end(self, name: str, text: str) -> None:
        """Log that it is over, if it was wrong."""
        if self._current.pop(name, None) is not None:
            self._log.info("%s: %s", name, text)
