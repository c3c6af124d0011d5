"""When a source was tried and read: dates in the store that stay right when the clock is set."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from threading import Lock

from exporter.calendar.clock import TOLERANCE, Clock, Mark
from exporter.calendar.schedule import Schedule, overdue_after
from exporter.polling.polled_source import Key
from exporter.records.state import SourceState
from exporter.records.store import Store


@dataclass(frozen=True)
class _Poll:
    """A poll and its date in the store. Of a poll by an `earlier` process only the date is known."""

    moment: Mark
    date: datetime
    earlier: bool = False

    def adjusted(self, clock: Clock) -> datetime:
        """Return its date by the clock as it is set now; by an earlier process, the older of two that may be right."""
        now = clock.when(self.moment)
        return min(now, self.moment.at) if self.earlier else now


class Dates:
    """The last poll and the last successful one of a source. All methods may be called from any thread."""

    def __init__(self, store: Store, key: Key, clock: Clock, state: SourceState | None) -> None:
        self._store = store
        self._key = key
        self._clock = clock
        self._lock = Lock()
        self._awaited_since = clock.mark()
        self._went_on: Mark | None = None
        self._tried = self._restored(state.last_attempt if state else None)
        self._read = self._restored(state.last_success if state else None)
        self._doubted = state.last_success if state and self._read is None else None
        if self._doubted:
            store.polls.doubt(*key, self._doubted)

    def _restored(self, at: datetime | None) -> _Poll | None:
        """Return the poll of that date; None if it is yet to come, as the clock was wrong then or is now."""
        return None if at is None or at > self._clock() else _Poll(self._clock.marked(at), at, earlier=True)

    def note(self, moment: Mark, date: datetime, read: bool, went_on: bool = False) -> None:
        """Record a poll that began at a moment, and is in the store under a date; `went_on` of one in a first run.

        The date is corrected where the clock was set since.
        """
        with self._lock:
            self._tried = _Poll(moment, date)
            if read:
                self._read, self._doubted = self._tried, None
            if read or went_on:
                self._went_on = moment if went_on else None
        self.correct()

    def correct(self) -> None:
        """Bring the dates in the store to the clock as it is set now."""
        with self._lock:
            if self._doubted and (restored := self._restored(self._doubted)):
                self._store.polls.doubt(*self._key, None)
                self._read, self._doubted = restored, None
            corrected = {poll: self._corrected(poll) for poll in (self._tried, self._read) if poll is not None}
            self._tried = corrected.get(self._tried) if self._tried else None
            self._read = corrected.get(self._read) if self._read else None

    def _corrected(self, poll: _Poll) -> _Poll:
        date = poll.adjusted(self._clock)
        if abs(date - poll.date) <= timedelta(seconds=TOLERANCE):
            return poll
        self._store.polls.redate(*self._key, was=poll.date, at=date)
        return replace(poll, date=date)

    def overdue(self, schedule: Schedule, timeout: float) -> bool:
        """Return whether the source should have been read again since it was read last, or since the start.

        A first run that went on counts as read.
        """
        with self._lock:
            moment = self._went_on or (self._read.moment if self._read else self._awaited_since)
            date = self._read.date if self._read and not self._went_on else self._clock.when(moment)
        return self._clock.passed(moment) > overdue_after(schedule, date, timeout)

    @property
    def idle_since(self) -> Mark:
        """The moment of the last poll, else the beginning."""
        with self._lock:
            return self._tried.moment if self._tried else self._awaited_since
