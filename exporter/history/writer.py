"""The writer of history: values of KPIs at the moments of a grid, a few at a time while nothing else is due."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from exporter.calendar.clock import Clock, Mark
from exporter.catalogue.model import Company
from exporter.history import table
from exporter.history.definition import definition
from exporter.history.progress import HistoryProgress
from exporter.history.table import HistoryState
from exporter.kpis.freshness import Polls
from exporter.kpis.kpi_series import kpi_series
from exporter.records.first_records import first_records
from exporter.records.store import Store
from exporter.records.table_versions import Versions
from exporter.records.tables import TABLES
from exporter.revenue.materialization import customers

ANEW = timedelta(days=1)
"""After so long all moments are computed anew where records changed, so that late corrections of them show."""

_MOST = 32
"""Moments computed at once, at most: one statement for many takes hardly longer, but more memory."""

_ROWS = 20_000
"""Customers times moments computed at once, at most: measures have a row in memory for each. Alone, any may be."""


@dataclass
class _Pass:
    """Moments that wait to be computed, the newest last, and what will be true when they are.

    `versions` are those of the tables when a pass over all moments began; None where it is over the latest ones.
    `first` says that it is the first over all moments, of which there are so many.
    """

    waiting: list[datetime]
    finished: HistoryState
    versions: Versions | None
    first: bool
    total: int
    at_once: int = 1
    _alone: float | None = None

    def measure_time(self, seconds: float) -> None:
        """Set how many moments are computed at once, from the processor time of the last ones.

        There are more as long as they take hardly more than one alone: what takes time takes memory, too.
        """
        self._alone = self._alone or seconds
        if seconds < 1.5 * self._alone:
            self.at_once = min(2 * self.at_once, _MOST)


def most_at_once(customers: int) -> int:
    """Return how many moments of a company with so many customers are computed at once, at most."""
    return max(1, min(_MOST, _ROWS // max(1, customers)))


class HistoryWriter:
    """Backfills the stored history of companies, newest instants first, a few with each `write_batch`.

    They are in the store after each batch, so that a restart goes on from there. To be called from one thread at a
    time.
    """

    def __init__(self, store: Store, clock: Callable[[], datetime]) -> None:
        self._store = store
        self._clock = Clock.of(clock)
        self._companies: Mapping[str, Company] = {}
        self._states: dict[str, HistoryState] = {}
        self._passes: dict[str, _Pass] = {}
        self._read: dict[str, Collection[str]] = {}
        self._begun: dict[str, Mark] = {}
        self._computed_from: dict[str, Versions] = {}

    def set_companies(self, companies: Mapping[str, Company]) -> None:
        """Write the history of these companies from now on; values that follow another definition are dropped."""
        if companies is self._companies:
            return
        for name, company in companies.items():
            present, stored = definition(company), table.state(self._store, name)
            if stored is None or stored.definition != present:
                table.reset(self._store, name, present)
                stored = HistoryState(present)
            self._states[name] = stored
        self._companies, self._passes, self._computed_from = companies, {}, {}

    def write_batch(self, name: str) -> bool:
        """Compute a few moments of a company; return False when none wait, or a source of it was never tried."""
        company = self._companies[name]
        polls = Polls.of(company, self._store)
        if not polls.states.keys() >= company.sources.keys():
            return False
        under_way = self._under_way(name) or self._begin(company, polls)
        if under_way is None:
            return False
        self._passes[name] = under_way
        count = min(under_way.at_once, most_at_once(customers(self._store, company.ledger)))
        chosen, under_way.waiting[-count:] = under_way.waiting[-count:], []
        started = time.thread_time()
        table.save(self._store, name, kpi_series(company, self._store, chosen))
        under_way.measure_time(time.thread_time() - started)
        if not under_way.waiting:
            del self._passes[name]
            self._states[name] = under_way.finished
            if under_way.versions is not None:
                self._computed_from[name] = under_way.versions
            table.save_state(self._store, name, under_way.finished)
        return True

    def progress(self, name: str) -> HistoryProgress | None:
        """Return how far the first pass over a company's past has come; None before, and when it is over."""
        pass_ = self._passes.get(name)
        next_ = pass_.waiting[-1:] if pass_ and pass_.first else []  # one look, as another thread takes from the list
        if pass_ is None or not next_ or len(pass_.waiting) == pass_.total:
            return None
        return HistoryProgress(pass_.total - len(pass_.waiting), pass_.total, next_[0])

    def _under_way(self, name: str) -> _Pass | None:
        """Return the pass that was begun; None if its moments are yet to come, since the clock was set back."""
        pass_ = self._passes.get(name)
        if pass_ and pass_.finished.latest and pass_.finished.latest > self._clock():
            del self._passes[name]
            self._states[name] = replace(self._states[name], begun=None)
        return self._passes.get(name)

    def _begin(self, company: Company, polls: Polls) -> _Pass | None:
        """Begin a pass: of all moments once a day, or else of those whose records were not complete.

        The midnights come first, as they are shown first. None if there is no new moment.
        """
        moment = self._clock.mark()
        now, stored = moment.at, self._states[company.name]
        grid = company.history.grid(now)
        if stored.latest is not None and stored.latest > grid[-1]:  # the clock was set back
            table.forget_after(self._store, company.name, grid[-1])
            stored = replace(stored, complete=min(stored.complete or grid[-1], grid[-1]), latest=grid[-1])
            self._states[company.name] = stored
            table.save_state(self._store, company.name, stored)
        successes = {source: polls.last_read(source) for source in company.sources}
        read = {source: at for source, at in successes.items() if at is not None}
        complete = min([grid[-1], *read.values()])
        first_read = read.keys() - self._read.get(company.name, read.keys())
        self._read[company.name] = read.keys()
        versions: Versions | None = None
        is_time = self._is_time(company.name, stored.begun, moment)
        if first_read or is_time:
            self._begun[company.name] = moment
            grid = self._with_records(company, grid)
            self._thin(company, grid)
        if first_read or (is_time and self._computed_from.get(company.name) != polls.versions):
            waiting, begun, versions = grid, now, polls.versions
        elif stored.latest is None or grid[-1] > stored.latest:
            waiting, begun = [at for at in grid if stored.complete is None or at > stored.complete], stored.begun or now
        else:
            return None
        ordered = sorted(waiting, key=lambda at: (at.hour == at.minute == 0, at))
        finished = replace(stored, begun=begun, complete=complete, latest=grid[-1])
        return _Pass(ordered, finished, versions, first=stored.complete is None or bool(first_read), total=len(ordered))

    def _with_records(self, company: Company, grid: Sequence[datetime]) -> Sequence[datetime]:
        """Return the moments that are not before all records; all, where a source answers for the past itself."""
        if any(options.direct_measures() for options in company.sources.values()):
            return grid
        sources = {table: fillers for table in sorted(TABLES) if (fillers := company.fillers(table))}
        first = first_records(self._store, company.name, company.timezone, sources)
        return [at for at in grid if at >= min(first.values(), default=at)] or grid[-1:]

    def _is_time(self, name: str, begun: datetime | None, moment: Mark) -> bool:
        """Return whether all was last computed a day ago, by seconds that setting the clock does not change."""
        if begun is not None and (last := self._begun.get(name)):
            return moment.seconds - last.seconds >= ANEW.total_seconds()
        return begun is None or not timedelta() <= moment.at - begun < ANEW

    def _thin(self, company: Company, grid: Sequence[datetime]) -> None:
        """Drop values between the moments of the grid, and answers of direct measures that are older and closer."""
        table.prune(self._store, company.name, grid)
        dense = grid[-1] - timedelta(seconds=company.history.dense)
        for source, options in company.sources.items():
            # Twice within its `max_age`, so that what was known at a moment still is.
            step = min(company.history.every, options.max_age / 2)
            self._store.polls.thin_answers(company.name, source, grid[0], dense, step)
