"""One poll of one source in a thread of its own, which a deadline can leave behind but not kill."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from threading import Event, Lock, Thread

from exporter.calendar.clock import Clock, Mark
from exporter.polling.polled_source import PolledSource
from exporter.records.batch import ChangedMeanwhile, Item, Records, Removed, Row, RowSet, SourceFailed, Unfinished
from exporter.records.health import StoreFailed
from exporter.records.intake import Intake
from exporter.records.store import Store
from exporter.sources.ending import ending
from exporter.sources.interface import Context, Deadline, Source
from exporter.sources.redaction import secret_filter
from exporter.sources.retry import with_retries

HANGS_AFTER = 5.0
"""Seconds beyond its timeout after which the thread of a poll is said to hang; a server may take two to cancel."""


class Poll:
    """A poll under way.

    Either its thread settles how it ends or, at the deadline, the one who waits for it, whoever is first. What comes
    later is dropped.

    `date` is that of its beginning: as the clock was set then, and once it is over, as it was set at its end.
    `error` says why it failed, and `place` where in the program, if nobody foresaw it. `unfinished` is how far it came
    in a first run that goes on in the next poll.
    """

    def __init__(self, source: PolledSource, store: Store, clock: Clock, ended: Callable[[Poll], None]) -> None:
        self._source = source
        self._store = store
        self._clock = clock
        self._ended = ended
        self.began: Mark = clock.mark()
        self.date = self.began.at
        self._deadline = Deadline(source.options.timeout)
        self._masked = secret_filter(source.options.secrets())
        self._over = Event()
        self._settling = Lock()
        self._settled = False
        self.error: str | None = None
        self.place = ""
        self.unfinished: Unfinished | None = None
        self.abandoned = False
        self._is_late = False

    @property
    def source(self) -> Source:
        """The source that is polled."""
        return self._source.source

    def hangs(self) -> bool:
        """Return whether its time was up so long ago that nobody expects its thread to end."""
        return self._is_late and self._clock.passed(self.began) >= self._deadline.seconds + HANGS_AFTER

    def run(self) -> None:
        """Poll, and return when it is over or its time is up. Then `error` or `abandoned` say how it went.

        The thread may outlive the call; `ended` is called when it does end.
        """
        Thread(target=self._work, name=f"poll {'/'.join(self._source.key)}", daemon=True).start()
        self._over.wait(self._deadline.remaining())
        if self._settle():
            self.error = f"timed out after {self._deadline.seconds:g}s"
            self._is_late = True
        else:
            self._over.wait()  # a commit that began in time is brought to its end

    def abandon(self) -> None:
        """End the waiting, and drop what the poll still gives. A commit under way is waited for."""
        if self._settle():
            self.abandoned = True
            self._over.set()

    def _settle(self) -> bool:
        """Return True for the first caller only; a slice that is being stored is waited for."""
        with self._settling:
            first, self._settled = not self._settled, True
        return first

    def _work(self) -> None:
        try:
            with_retries(self._poll, self._deadline, self._pause, ChangedMeanwhile)
        except (SourceFailed, StoreFailed) as failure:
            self._fail(str(failure))
        except Exception as error:
            self._fail(f"the {self._source.options.type} source failed: {type(error).__name__}", _place(error))
        finally:
            self._ended(self)
            self._over.set()

    def _poll(self) -> None:
        source = self._source
        state = self._store.polls.state(source.company).get(source.name)
        cursor = dict(state.cursor) if state else {}
        zone = source.options.timezone or source.timezone
        now = self.began.at
        demand = partial(source.required_periods, now) if source.required_periods else None
        recall = partial(self._store.polls.remembered, *source.key)
        context = Context(self._deadline, cursor, now, zone, demand, recall=recall)
        slices = _Slices(partial(self._clock.passed, self.began), source.options.timeout)
        with ending(source.source.poll(context)) as items:
            while True:
                with self._store.intake(*source.key, source.timezone, source.currency, naive_timezone=zone) as intake:
                    unfinished = self._take(items, intake)
                    goes_on = unfinished is not None and slices.another_fits()
                    if not self._commit(intake, cursor, unfinished, goes_on) or not goes_on:
                        break

    def _take(self, items: Iterator[Item], intake: Intake) -> Unfinished | None:
        """Spool what comes until the next slice of a first run is whole, which is returned, or the poll is over."""
        for item in items:
            if isinstance(item, Records | Removed) and not isinstance(item.rows, RowSet):
                with ending(self._checked(item.rows)) as rows:
                    intake.take(replace(item, rows=rows))
            else:
                intake.take(item)
            if isinstance(item, Unfinished):
                return item
        return None

    def _commit(self, intake: Intake, cursor: Mapping[str, str], unfinished: Unfinished | None, goes_on: bool) -> bool:
        """Store the poll, or the slice after which it goes on; False if it ended meanwhile."""
        with self._settling:
            if self._settled:
                return False
            self._settled = not goes_on
            self.date = self._clock.when(self.began)
            try:
                intake.commit(self.date, cursor, unfinished)
                self.unfinished = unfinished
            except (SourceFailed, StoreFailed) as failure:
                self.error, self._settled = self._masked(str(failure)), True
            except Exception as error:
                self.error = f"the record store could not keep the poll: {type(error).__name__}"
                self.place, self._settled = _place(error), True
            return self.error is None

    def _pause(self, seconds: float) -> None:
        self._over.wait(seconds)

    def _fail(self, sentence: str, place: str = "") -> None:
        if self._settle():
            self.error, self.place = self._masked(sentence), place

    def _checked(self, rows: Iterator[Row]) -> Iterator[Row]:
        """Yield the rows until the time is up, which is a `SourceFailed`."""
        with ending(rows) as unchecked:
            for row in unchecked:
                self._deadline.check()
                yield row


class _Slices:
    """The time that slices take, to tell whether another fits into a poll."""

    def __init__(self, passed: Callable[[], float], timeout: float) -> None:
        self._passed = passed
        self._timeout = timeout
        self._begun = passed()
        self._longest = 0.0

    def another_fits(self) -> bool:
        """Note the end of a slice, and tell whether there is time for one twice as long as the longest so far."""
        now = self._passed()
        self._longest, self._begun = max(self._longest, now - self._begun), now
        return self._timeout - now > 2 * self._longest


def _place(error: Exception) -> str:
    """Return where an exception was raised. Its message is left out, since it may quote a DSN or a token."""
    trace = error.__traceback__
    while trace and trace.tb_next:
        trace = trace.tb_next
    return f"{Path(trace.tb_frame.f_code.co_filename).name}:{trace.tb_lineno}" if trace else "an unknown place"
