"""The runs of one source, one at a time: what is skipped, counted and remembered."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from threading import Lock

from exporter.calendar.clock import Clock
from exporter.polling.dates import Dates
from exporter.polling.poll import Poll
from exporter.polling.polled_source import PolledSource, PollStats
from exporter.records.condition_log import ConditionLog
from exporter.records.health import StoreFailed
from exporter.records.store import Store
from exporter.sources.interface import Source

MOST_HUNG = 4
"""Threads of one source that may hang at the same time; further runs are skipped until one of them ends."""

_log = logging.getLogger(__name__)


class SourcePoller:
    """Polls one source, and closes it when it is dropped. All methods may be called from any thread.

    `go_on` is called after a poll that leaves a first run unfinished.
    """

    def __init__(
        self,
        source: PolledSource,
        store: Store,
        clock: Callable[[], datetime],
        on_poll: Callable[[str, str], None],
        stats: PollStats | None = None,
        dates: Dates | None = None,
        go_on: Callable[[], None] = lambda: None,
    ) -> None:
        self.source = source
        self._store = store
        self._clock = Clock.of(clock)
        self.dates = dates or Dates(store, source.key, self._clock, None)
        self._on_poll = on_poll
        self._go_on = go_on
        self._lock = Lock()
        self._stats = stats or PollStats()
        self._conditions = ConditionLog(_log, lambda: self._clock.mark().seconds)
        self._poll: Poll | None = None
        self._hung = 0
        self._retired = False

    @property
    def stats(self) -> PollStats:
        """What was counted about its polls so far."""
        with self._lock:
            return self._stats

    def run(self) -> None:
        """Poll once; or skip the run, if the thread of an earlier one has not ended.

        A thread that hangs, such as in a read of a file system that does not answer, is left behind with its source,
        and another source takes its place.
        """
        with self._lock:
            if self._retired:
                return
            if self._poll is not None and not self._leave_behind(self._poll):
                self._stats = replace(self._stats, skipped=self._stats.skipped + 1)
                return
            self._poll = poll = Poll(self.source, self._store, self._clock, self._ended)
        poll.run()
        if not poll.abandoned:
            self._finish(poll)

    def skip(self) -> None:
        """Count a run that was not begun because the one before still waits."""
        with self._lock:
            self._stats = replace(self._stats, skipped=self._stats.skipped + 1)

    def retire(self) -> None:
        """Begin no more runs, drop one that is under way, and close the source when it is idle."""
        with self._lock:
            if self._retired:
                return
            self._retired = True
            poll = self._poll
        if poll is None:
            self._close(self.source.source)
        else:
            poll.abandon()

    def _finish(self, poll: Poll) -> None:
        error = poll.error
        with self._lock:
            self._stats = replace(
                self._stats,
                polls=self._stats.polls + 1,
                failures=self._stats.failures + (error is not None),
                duration=self._clock.passed(poll.began),
            )
        try:
            self._tell(poll)
            if error is not None:
                poll.date = self._clock.when(poll.began)
                self._store.polls.failed(*self.source.key, poll.date, error)
            went_on = error is None and poll.unfinished is not None
            self.dates.note(poll.began, poll.date, error is None and not went_on, went_on)
            if went_on and poll.unfinished is not None:
                _log.info("%s: the first run goes on: %s", "/".join(self.source.key), poll.unfinished.text)
                self._go_on()
        except StoreFailed:
            pass  # which its store tells
        except Exception:
            _log.exception("%s: what follows a poll failed", "/".join(self.source.key))
        try:
            self._on_poll(*self.source.key)
        except Exception:
            _log.exception("%s: what follows a poll failed", "/".join(self.source.key))

    def _leave_behind(self, poll: Poll) -> bool:
        """Replace the source if the thread of its poll hangs; return whether the next run may begin."""
        if not poll.hangs() or self._hung == MOST_HUNG or self.source.rebuild is None:
            return False
        self._hung += 1
        _log.warning("%s: a poll hangs, and is left behind", "/".join(self.source.key))
        self.source = replace(self.source, source=self.source.rebuild())
        return True

    def _tell(self, poll: Poll) -> None:
        """Log a failure that is new or another one, and its end; at each poll it would be noise."""
        name = "/".join(self.source.key)
        if poll.error is None:
            self._conditions.end(name, "it is read again")
        else:
            self._conditions.begin(name, poll.error, also=f" at {poll.place}" if poll.place else "")

    def _ended(self, poll: Poll) -> None:
        """Let the next run begin, now that the thread of a poll has ended; close the source of one left behind."""
        with self._lock:
            is_left = poll is not self._poll
            if is_left:
                self._hung -= 1
            else:
                self._poll = None
            is_dropped = is_left or self._retired
        if is_dropped:
            self._close(poll.source)

    def _close(self, source: Source) -> None:
        try:
            source.close()
        except Exception as error:
            _log.warning("%s: closing failed with %s", "/".join(self.source.key), type(error).__name__)
