"""Keeping the past: the values of KPIs at the moments of a grid, computed a few at a time while nothing else is due."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from exporter.calendar.clock import Clock, Mark
from exporter.catalogue.model import Company
from exporter.history import table
from exporter.history.definition import definition
from exporter.history.table import HistoryState
from exporter.kpis.freshness import Polls
from exporter.kpis.kpi_series import kpi_series
from exporter.records.store import Store

ANEW = timedelta(days=1)
"""After so long all moments are computed anew, so that late corrections of records show."""

_MOST = 2
"""Moments computed at once, at most. More take memory and save little time."""


@dataclass
class _Pass:
    """Moments that wait to be computed, the newest last, and what will be true when they are."""

    waiting: list[datetime]
    then: HistoryState
    at_once: int = 1
    _alone: float | None = None

    def took(self, seconds: float) -> None:
        """Of the processor. More are computed at once as long as that takes hardly more than one alone: where it takes
        time, it takes memory too."""
        self._alone = self._alone or seconds
        if seconds < 1.25 * self._alone:
            self.at_once = min(2 * self.at_once, _MOST)


class HistoryWriter:
    """Brings the kept values of companies up to date, newest first, a few moments with each `step`.

    What was computed is in the store after each step, so that a restart goes on from there. To be called from one
    thread at a time.
    """

    def __init__(self, store: Store, clock: Callable[[], datetime]) -> None:
        self._store = store
        self._clock = Clock.of(clock)
        self._companies: Mapping[str, Company] = {}
        self._filled: dict[str, HistoryState] = {}
        self._passes: dict[str, _Pass] = {}
        self._read: dict[str, Collection[str]] = {}
        self._begun: dict[str, Mark] = {}

    def adopt(self, companies: Mapping[str, Company]) -> None:
        """Keep the values of these companies from now on; those that follow another definition are dropped."""
        self._companies, self._passes = companies, {}
        for name, company in companies.items():
            present, kept = definition(company), table.state(self._store, name)
            if kept is None or kept.definition != present:
                table.reset(self._store, name, present)
                kept = HistoryState(present)
            self._filled[name] = kept

    def step(self, name: str) -> bool:
        """Compute a few moments of a company; False when none wait, or a source of it was never tried."""
        company = self._companies[name]
        polls = Polls.of(company, self._store)
        if not polls.states.keys() >= company.sources.keys():
            return False
        under_way = self._under_way(name) or self._begin(company, polls)
        if under_way is None:
            return False
        self._passes[name] = under_way
        count = under_way.at_once
        chosen, under_way.waiting[-count:] = under_way.waiting[-count:], []
        started = time.thread_time()
        table.save(self._store, name, kpi_series(company, self._store, chosen))
        under_way.took(time.thread_time() - started)
        if not under_way.waiting:
            del self._passes[name]
            self._filled[name] = under_way.then
            table.save_state(self._store, name, under_way.then)
        return True

    def _under_way(self, name: str) -> _Pass | None:
        """The pass that was begun. One whose moments are yet to come, since the clock was set back, is begun again."""
        found = self._passes.get(name)
        if found and found.then.latest and found.then.latest > self._clock():
            del self._passes[name]
            self._filled[name] = replace(self._filled[name], begun=None)
        return self._passes.get(name)

    def _begin(self, company: Company, polls: Polls) -> _Pass | None:
        """All moments, where it is time for that; else those whose records were not complete, once there is a new one.

        What is shown first is computed first: the midnights.
        """
        moment = self._clock.mark()
        now, kept = moment.at, self._filled[company.name]
        grid = company.history.grid(now)
        if kept.latest is not None and kept.latest > grid[-1]:  # the clock was set back
            table.forget_after(self._store, company.name, grid[-1])
            kept = replace(kept, complete=min(kept.complete or grid[-1], grid[-1]), latest=grid[-1])
            self._filled[company.name] = kept
            table.save_state(self._store, company.name, kept)
        successes = {source: polls.last_read(source) for source in company.sources}
        read = {source: at for source, at in successes.items() if at is not None}
        complete = min([grid[-1], *read.values()])
        first_read = read.keys() - self._read.get(company.name, read.keys())
        self._read[company.name] = read.keys()
        if first_read or self._is_time(company.name, kept.begun, moment):
            self._begun[company.name] = moment
            self._thin(company, grid)
            waiting, begun = grid, now
        elif kept.latest is None or grid[-1] > kept.latest:
            waiting, begun = [at for at in grid if kept.complete is None or at > kept.complete], kept.begun or now
        else:
            return None
        ordered = sorted(waiting, key=lambda at: (at.hour == at.minute == 0, at))
        return _Pass(ordered, replace(kept, begun=begun, complete=complete, latest=grid[-1]))

    def _is_time(self, name: str, begun: datetime | None, moment: Mark) -> bool:
        """Whether all was last computed a day ago, which a clock that was set does not shorten."""
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
            self._store.thin_answers(company.name, source, grid[0], dense, step)
