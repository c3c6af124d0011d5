"""The running exporter: catalogues, store and poller joined, with the latest reading of every company."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from datetime import datetime
from functools import partial
from pathlib import Path
from threading import Condition, Lock, Thread
from types import MappingProxyType

from exporter.analysis.backfill.backfill import backfill
from exporter.analysis.backfill.request import BackfillRequest
from exporter.analysis.backtest.backtest import Backtest, backtest
from exporter.analysis.backtest.request import BacktestRequest
from exporter.analysis.explain.answer import Explanation, explanation
from exporter.analysis.explain.text import explanation_text
from exporter.analysis.review.document import Format, write
from exporter.analysis.review.review import review
from exporter.analysis.what_if.what_if import Effect, what_if
from exporter.calendar.clock import Clock, Mark
from exporter.catalogue.loading import load_all
from exporter.catalogue.model import Company
from exporter.catalogue.reading.problems import CatalogueError
from exporter.catalogue.resolution.scenarios import parse_settings
from exporter.catalogue.schema.company import Cadence
from exporter.history import table
from exporter.history.writer import HistoryWriter
from exporter.kpis.kpi_series import KpiSeries
from exporter.kpis.notices import NoticeLog
from exporter.kpis.reading import CompanyReading
from exporter.kpis.required_periods import required_periods
from exporter.kpis.snapshot import take_snapshot, unreadable
from exporter.kpis.taken import Taken
from exporter.polling.polled_source import PolledSource
from exporter.polling.poller import Poller
from exporter.records.state import Held, Rejected
from exporter.records.store import Store
from exporter.sources.interface import Demand
from exporter.sources.rotation import built
from exporter.web.interface import Reload, Snapshot

EVALUATE_EVERY = 60.0
"""Seconds between evaluations when no source is polled."""

log = logging.getLogger(__name__)


class Runtime:
    """Polls and evaluates the companies of some catalogue files; implements what the web needs of it.

    Raises `CatalogueError` when the files cannot be used. `changed` is called after each evaluation.
    """

    def __init__(self, files: Sequence[Path], store: Store, clock: Callable[[], datetime] | None = None) -> None:
        self.changed: Callable[[], None] = lambda: None
        self._files = files
        self._store = store
        self._clock = clock = Clock() if clock is None else Clock.of(clock)
        self._companies = load_all(files)
        self._loaded = clock.mark()
        self._refused = False
        self._evaluating = Lock()
        self._reloading = Lock()
        self._showing = Lock()
        self._taken: dict[str, Taken] = {}
        self._shown: tuple[CompanyReading, ...] = ()
        self._shown_at = clock.mark()
        self._seconds: dict[str, float] = {}
        self._poller = Poller(store, self._feeds(self._companies), clock, self._on_poll, self._on_set)
        self._due: set[str] = set()
        self._polled = Condition()
        self._stopping = False
        self._worker = Thread(target=self._evaluate_for_ever, name="evaluation", daemon=True)
        self._keeper = HistoryWriter(store, clock)
        self._notices = NoticeLog(log)
        self._turn = 0
        self._keeper.adopt(self._companies)
        for name in self._companies:
            self._evaluate(name)

    def start(self) -> None:
        self._poller.start()
        self._worker.start()

    def stop(self) -> None:
        with self._polled:
            self._stopping = True
            self._polled.notify()
        self._worker.join()
        self._poller.stop()
        self._store.close()

    def snapshot(self) -> Snapshot:
        if self._clock.shift(self._shown_at):
            self._show()
        reload = Reload(not self._refused, self._clock.when(self._loaded))
        return Snapshot(self._shown, reload, self._poller.stats(), dict(self._seconds))

    def reload(self) -> None:
        with self._reloading:  # one at a time, so that the last word is the last one's
            try:
                companies = load_all(self._files)
            except CatalogueError:
                self._refused = True
                self.changed()
                raise
            with self._evaluating:
                self._companies = companies
                self._keeper.adopt(companies)
            self._poller.replace(self._feeds(companies))
            for name in companies:
                self._evaluate(name)
            self._loaded, self._refused = self._clock.mark(), False
            self.changed()

    def history(self, company: str, since: datetime, kpis: Collection[str] | None = None) -> Mapping[str, KpiSeries]:
        reading = self._taken[company].told(self._clock).reading
        kept = table.load(self._store, company, since, kpis, until=reading.at)
        now = {each.kpi.id: KpiSeries.of([reading.at], [each]) for each in reading.kpis}
        return {id_: track.then(now[id_]) for id_, track in kept.items() if id_ in now}

    def explain(self, company: str, kpi: str, as_of: datetime | None, known_at: datetime | None) -> str:
        known = self._companies[company]
        return explanation_text(known, known.kpis[kpi], self._store, self._clock(), as_of, known_at)

    def explanation(self, company: str, kpi: str) -> Explanation:
        known = self._companies[company]
        return explanation(known, known.kpis[kpi], self._store, self._clock())

    def rejected(self, company: str) -> Sequence[Rejected]:
        return self._store.rejected(company)

    def accept(self, company: str, source: str, table: str | None) -> Sequence[Held]:
        accepted = self._store.accept(company, source, table)
        self._poller.poll_now(company, source)
        return accepted

    def report(self, company: str, cadence: Cadence, since: datetime | None, form: Format) -> str:
        return write(review(self._companies[company], self._store, self._clock(), cadence, since), form)

    def what_if(self, company: str, settings: Sequence[str]) -> Sequence[Effect]:
        known = self._companies[company]
        return what_if(known, self._store, self._clock(), parse_settings(known, settings))

    def backfill(self, asked: BackfillRequest) -> Iterator[str]:
        return backfill(list(self._companies.values()), self._store, self._clock(), asked)

    def backtest(self, company: str, asked: BacktestRequest) -> Backtest:
        # Each file gives one company, in the same order.
        file = dict(zip(self._companies, self._files, strict=True))[company]
        return backtest(company, file, self._store, self._clock(), asked)

    def _on_poll(self, company: str, source: str) -> None:
        with self._polled:
            self._due.add(company)
            self._polled.notify()

    def _on_set(self) -> None:
        """Evaluate all companies by the new time: another month may run, other data be too old."""
        with self._polled:
            self._due.update(self._companies)
            self._polled.notify()

    def _evaluate_for_ever(self) -> None:
        """Evaluate what was polled; polls that end meanwhile share the next evaluation.

        Without any poll, all are evaluated now and then: plans go on, and data grows too old. Keeping the past takes at
        most a quarter of the time.
        """
        evaluate_at = keep_at = time.monotonic()
        while True:
            with self._polled:
                pause = max(min(evaluate_at, keep_at) - time.monotonic(), 0.0)
                self._polled.wait_for(lambda: self._due or self._stopping, pause)
                if self._stopping:
                    return
                due, self._due = self._due, set()
            if not due and time.monotonic() >= evaluate_at:
                due = set(self._companies)
            if due:
                for name in due:
                    self._evaluate(name)
                evaluate_at = time.monotonic() + EVALUATE_EVERY
            if time.monotonic() >= keep_at:
                started = time.monotonic()
                kept = self._keep()
                keep_at = time.monotonic() + (3 * (time.monotonic() - started) if kept else EVALUATE_EVERY)

    def _keep(self) -> bool:
        """Compute a little of the past of the next company of which some waits; False when none does."""
        names = list(self._companies)
        for _ in names:
            self._turn += 1
            name = names[self._turn % len(names)]
            try:
                with self._evaluating:
                    if name in self._companies and self._keeper.step(name):
                        return True
            except Exception:
                log.exception("the past of the company %s could not be computed", name)
        return False

    def _evaluate(self, name: str) -> None:
        """Read a company anew. One evaluation at a time, so that an older one never replaces a newer."""
        with self._evaluating:
            if name not in self._companies:  # removed by a reload while its last poll was under way
                return
            started = time.perf_counter()
            self._poller.correct()
            moment = self._clock.mark()
            taken = self._take(self._companies[name], moment)
            self._notices.update(taken.reading)
            self._seconds[name] = time.perf_counter() - started
            self._show({name: taken})
        self.changed()

    def _take(self, company: Company, moment: Mark) -> Taken:
        """What is known then. Where that cannot be told at all the last reading stays, if it is of this catalogue."""
        try:
            return Taken(take_snapshot(company, self._store, moment.at), moment)
        except Exception as error:
            log.exception("the company %s could not be evaluated; its last reading stays", company.name)
            last = self._taken.get(company.name)
            if last is not None and last.reading.company is company:
                return last
            return Taken(unreadable(company, moment.at, error), moment)

    def _show(self, taken: Mapping[str, Taken] = MappingProxyType({})) -> None:
        """Show the latest reading of every company, some of which are new, by the clock as it is set now."""
        with self._showing:
            self._shown_at = self._clock.mark()
            self._taken = {name: each.told(self._clock) for name, each in {**self._taken, **taken}.items()}
            self._shown = tuple(self._taken[name].reading for name in self._companies if name in self._taken)

    def _feeds(self, companies: Mapping[str, Company]) -> list[PolledSource]:
        return [
            PolledSource(
                company.name,
                name,
                options,
                built(name, options, company.secrets.get(name)),
                company.timezone,
                company.currency,
                partial(self._demand, company.name, name),
            )
            for company in companies.values()
            for name, options in company.sources.items()
        ]

    def _demand(self, company: str, source: str, now: datetime) -> Demand:
        """By the catalogue as it is at that moment, also where the source was there before a reload."""
        return required_periods(self._companies[company], self._store, source, now)
