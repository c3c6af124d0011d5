"""The running exporter, as the web sees it: its companies, their latest readings and their history."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime
from functools import partial
from pathlib import Path

from exporter.analysis.process import ProcessAnalyses
from exporter.calendar.clock import Clock
from exporter.catalogue.model import Company
from exporter.history import table
from exporter.history.progress import HistoryProgress
from exporter.history.writer import HistoryWriter
from exporter.kpis.kpi_series import KpiSeries
from exporter.kpis.required_periods import required_periods
from exporter.measures.time_limit import limits_of
from exporter.polling.polled_source import PolledSource
from exporter.polling.poller import Poller
from exporter.records.state import Held, Rejected
from exporter.records.store import Store
from exporter.runtime.evaluation_loop import QUIET, REST, EvaluationLoop
from exporter.runtime.latest import LatestReadings
from exporter.runtime.reload import Reloader
from exporter.runtime.store_watch import StoreWatch
from exporter.sources.interface import Demand
from exporter.sources.rotation import build_source
from exporter.web.interface import Snapshot

RELOAD_SECONDS = 3.0
"""How long a reload waits for the first evaluation by the new catalogues before it is answered."""


class Runtime:
    """Polls and evaluates the companies of some catalogue files; implements what the web needs of it.

    Raises `CatalogueError` when the files cannot be used. `changed` is called after each reload, and `evaluated` after
    each evaluation, by the thread that evaluates. Nothing is evaluated before `start`, so that a slow evaluation keeps
    nobody from being answered.
    """

    def __init__(self, files: Sequence[Path], store: Store, clock: Callable[[], datetime] | None = None) -> None:
        self.changed: Callable[[], None] = lambda: None
        self.evaluated: Callable[[], None] = lambda: None
        self._store = store
        self._clock = clock = Clock() if clock is None else Clock.of(clock)
        self._reloader = Reloader(files, clock)
        self._companies = self._reloader.first
        self.analyses = ProcessAnalyses(store, lambda: self._companies, clock)
        self._changes: dict[str, int] = {}
        self._latest = LatestReadings(store, clock, lambda: self._companies)
        self._loop = EvaluationLoop(lambda: self._companies, self.evaluate, self._write_history)
        self._poller = Poller(store, self._polled_sources(self._companies), clock, self._on_poll, self._on_clock_set)
        self._history_writer = HistoryWriter(store, clock)
        self._store_watch = StoreWatch(store, self._poller, self._on_store_recovered)

    @property
    def companies(self) -> Mapping[str, Company]:
        """The companies of the catalogues in use, by name."""
        return self._companies

    def start(self) -> None:
        """Begin to poll and to evaluate."""
        self._loop.request(self._companies)
        self._loop.start()
        self._poller.start()
        self._store_watch.start()

    def stop(self) -> None:
        """Stop both and close the store; what is being computed is ended."""
        limits_of(self._store).stop()
        self.analyses.stop()
        self._store_watch.stop()
        self._loop.stop()
        self._poller.stop()
        self._store.close()

    def snapshot(self) -> Snapshot:
        """Return the latest readings; waits for nothing."""
        store = self._store_watch.status
        companies = self._latest.all(store.fault)
        waiting = self._companies.keys() - {each.company.name for each in companies}
        return Snapshot(
            companies,
            self._reloader.state,
            self._poller.stats(),
            dict(self._latest.seconds),
            sorted(waiting),
            store,
            dict(self._latest.measures),
        )

    def reload(self) -> None:
        """Use the catalogue files as they are now; then wait a little for the first numbers by them."""
        try:
            self._reloader.reload(self._built)
            self._loop.request_now(self._companies)
            self._loop.wait(RELOAD_SECONDS)
        finally:
            self.changed()

    def evaluate(self, name: str) -> None:
        """Evaluate a company in this thread, as the loop does; one call at a time."""
        company = self._companies.get(name)
        if company is None:  # removed by a reload during its last poll
            return
        self._poller.correct()
        self._latest.evaluate(company)
        self.evaluated()

    def history(self, company: str, since: datetime, kpis: Collection[str] | None = None) -> Mapping[str, KpiSeries]:
        """Return the stored series of the KPIs, each ending with its latest reading."""
        reading = self._latest.of(company)
        stored = table.load(self._store, company, since, kpis, until=reading.at)
        now = {each.kpi.id: KpiSeries.of([reading.at], [each]) for each in reading.kpis}
        return {id_: series.extended_by(now[id_]) for id_, series in stored.items() if id_ in now}

    def history_progress(self, company: str) -> HistoryProgress | None:
        """Return how far the past of the company has been computed; None when all of it is there."""
        return self._history_writer.progress(company)

    def rejected(self, company: str) -> Sequence[Rejected]:
        """Return the bad rows that no later poll corrected."""
        return self._store.polls.rejected(company)

    def accept(self, company: str, source: str, table: str | None) -> Sequence[Held]:
        """Accept what is held back of a source, and poll the source at once."""
        accepted = self._store.polls.accept(company, source, table)
        self._poller.poll_now(company, source)
        return accepted

    def _on_store_recovered(self) -> None:
        self._loop.request(self._companies)

    def _built(self, companies: Mapping[str, Company]) -> Callable[[], None]:
        """Build what these companies need beside those in use, and return what puts it in their place."""
        plan = self._poller.plan(self._polled_sources(companies))

        def use() -> None:
            self._companies = companies
            self._poller.use(plan)

        return use

    def _on_poll(self, company: str, _: str) -> None:
        changes = self._store.polls.changes(company)
        is_quiet, self._changes[company] = self._changes.get(company) == changes, changes
        self._loop.request([company], QUIET if is_quiet else REST)

    def _on_clock_set(self) -> None:
        """Evaluate all companies by the new time: another month may run, other data be too old."""
        self._loop.request(self._companies)

    def _write_history(self, name: str) -> bool:
        companies = self._companies
        self._history_writer.set_companies(companies)
        return name in companies and self._history_writer.write_batch(name)

    def _polled_sources(self, companies: Mapping[str, Company]) -> list[PolledSource]:
        return [
            PolledSource(
                company.name,
                name,
                options,
                build(),
                company.timezone,
                company.currency,
                partial(self._required_periods, company.name, name),
                build,
            )
            for company in companies.values()
            for name, options in company.sources.items()
            for build in [partial(build_source, name, options, company.secrets.get(name))]
        ]

    def _required_periods(self, company: str, source: str, now: datetime) -> Demand:
        """Return them by the catalogue as it is now; a source may have been there before a reload."""
        return required_periods(self._companies[company], self._store, source, now)
