"""The runs of one feed, one at a time: what is skipped, counted, remembered and told."""

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
from exporter.records.store import Store

_log = logging.getLogger(__name__)


class SourcePoller:
    """Takes over a feed's source. All methods may be called from any thread."""

    def __init__(
        self,
        feed: PolledSource,
        store: Store,
        clock: Callable[[], datetime],
        on_poll: Callable[[str, str], None],
        stats: PollStats | None = None,
        dates: Dates | None = None,
    ) -> None:
        self.feed = feed
        self._store = store
        self._clock = Clock.of(clock)
        self.dates = dates or Dates(store, feed.key, self._clock, None)
        self._on_poll = on_poll
        self._lock = Lock()
        self._stats = stats or PollStats()
        self._attempt: Poll | None = None
        self._retired = False

    @property
    def stats(self) -> PollStats:
        with self._lock:
            return self._stats

    def run(self) -> None:
        """Poll once; or skip the run, if the thread of an earlier one has not ended."""
        attempt = Poll(self.feed, self._store, self._clock, self._ended)
        with self._lock:
            if self._retired:
                return
            if self._attempt is not None:
                self._stats = replace(self._stats, skipped=self._stats.skipped + 1)
                return
            self._attempt = attempt
        attempt.run()
        if not attempt.abandoned:
            self._finish(attempt)

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
            attempt = self._attempt
        if attempt is None:
            self._close()
        else:
            attempt.abandon()

    def _finish(self, attempt: Poll) -> None:
        error = attempt.error
        with self._lock:
            self._stats = replace(
                self._stats,
                polls=self._stats.polls + 1,
                failures=self._stats.failures + (error is not None),
                duration=self._clock.passed(attempt.began),
            )
        try:
            if error is not None:
                _log.warning("%s: %s", "/".join(self.feed.key), error)
                attempt.date = self._clock.when(attempt.began)
                self._store.failed(*self.feed.key, attempt.date, error)
            self.dates.note(attempt.began, attempt.date, error is None)
            self._on_poll(*self.feed.key)
        except Exception:
            _log.exception("%s: what follows a poll failed", "/".join(self.feed.key))

    def _ended(self) -> None:
        """An attempt's thread ended; the next run may begin."""
        with self._lock:
            self._attempt = None
            retired = self._retired
        if retired:
            self._close()

    def _close(self) -> None:
        try:
            self.feed.source.close()
        except Exception as error:
            _log.warning("%s: closing failed with %s", "/".join(self.feed.key), type(error).__name__)
