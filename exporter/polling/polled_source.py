"""A source as one company has it, and what is counted about its polls."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from exporter.sources.interface import Demand, Options, Source

Key = tuple[str, str]
"""A company and the name of one of its sources."""


@dataclass(frozen=True)
class PolledSource:
    """What to poll, and how to read it.

    `timezone` and `currency` are the company's; `required_periods` returns what the company needs of the source at
    an instant. `rebuild` makes another source of the same options, in place of one that hangs. Two are equal when
    they say the same, whichever source objects were built from them.
    """

    company: str
    name: str
    options: Options
    source: Source = field(compare=False)
    timezone: str
    currency: str
    required_periods: Callable[[datetime], Demand] | None = field(default=None, compare=False)
    rebuild: Callable[[], Source] | None = field(default=None, compare=False)

    @property
    def key(self) -> Key:
        """The company and the name of the source."""
        return self.company, self.name


@dataclass(frozen=True)
class PollStats:
    """Counts since the process started. `polls` includes failures; a skipped run is not a poll.

    `duration` is the last poll's, in seconds; `next_run` is in UTC, None unless scheduled. `overdue` says that by the
    schedule it should have been read again by now.
    """

    polls: int = 0
    failures: int = 0
    skipped: int = 0
    duration: float | None = None
    next_run: datetime | None = None
    overdue: bool = False
