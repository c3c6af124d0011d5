"""The latest reading of every company."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from threading import Lock
from types import MappingProxyType

from exporter.calendar.clock import Clock, Mark
from exporter.catalogue.model import Company
from exporter.history.projector import Projector
from exporter.kpis.notices import NoticeLog
from exporter.kpis.reading import CompanyReading
from exporter.kpis.snapshot import take_snapshot, unreadable
from exporter.kpis.taken import Taken
from exporter.records.health import StoreFailed
from exporter.records.store import Store
from exporter.revenue.materialization import refresh
from exporter.web.interface import MeasureCounts

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class _Listed:
    """The readings that are visible, when they were listed, and what was wrong with the store then."""

    readings: tuple[CompanyReading, ...]
    at: Mark
    fault: str | None


class LatestReadings:
    """Evaluates companies and holds the latest reading of each, by the clock as it is set now.

    `names` returns the companies in the order in which they are listed; readings of others are left out.
    """

    def __init__(self, store: Store, clock: Clock, names: Callable[[], Collection[str]]) -> None:
        self.seconds: dict[str, float] = {}
        """How long the last evaluation of each company took."""
        self.measures: dict[str, MeasureCounts] = {}
        """How many measures the evaluations of each company computed and reused so far."""
        self._store = store
        self._clock = clock
        self._names = names
        self._notices = NoticeLog(_log)
        self._projector = Projector(store)
        self._lock = Lock()
        self._latest: dict[str, Taken] = {}
        self._listed = _Listed((), clock.mark(), None)

    def evaluate(self, company: Company) -> None:
        """Bring the stored ledger up to the last poll, and replace the company's reading by a new one.

        Not to be called by two threads at once.
        """
        started = time.perf_counter()
        self._refresh_ledger(company)
        last = self._latest.get(company.name)
        taken = self._take(company, self._clock.mark(), last)
        self._notices.update(taken.reading)
        self.seconds[company.name] = time.perf_counter() - started
        if taken is not last:
            self.measures[company.name] = self.measures.get(company.name, MeasureCounts()).plus(taken.reading)
        self._list(self._store.health.fault, {company.name: taken})

    def all(self, fault: str | None = None) -> Sequence[CompanyReading]:
        """Return the readings, of which no source is up where the store can keep nothing because of a `fault`.

        They are the same object as long as nothing was evaluated, the clock was not set and the fault is as it was.
        """
        listed = self._listed
        if self._clock.shift(listed.at) or listed.fault != fault:
            listed = self._list(fault)
        return listed.readings

    def of(self, company: str) -> CompanyReading:
        """Return the reading of a company that was evaluated."""
        return self._latest[company].adjusted_to(self._clock).reading

    def _refresh_ledger(self, company: Company) -> None:
        """Bring the stored revenue ledger up to date. If that fails, each reader computes its own."""
        try:
            refresh(self._store, company.ledger)
        except StoreFailed:
            pass  # which its store tells
        except Exception:
            _log.exception("the revenue ledger of the company %s could not be stored", company.name)

    def _take(self, company: Company, moment: Mark, last: Taken | None) -> Taken:
        """Take a reading. If that fails, the last one stays, unless it is of another catalogue."""
        try:
            reading = take_snapshot(company, self._store, moment.at, last.reading if last else None)
            if last is None or reading.bases is not last.reading.bases:
                reading = self._projector.with_projections(reading)
            return Taken(reading, moment)
        except Exception as error:
            if not isinstance(error, StoreFailed):
                _log.exception("the company %s could not be evaluated; its last reading stays", company.name)
            if last is not None and last.reading.company is company:
                return last
            return Taken(unreadable(company, moment.at, error), moment)

    def _list(self, fault: str | None, taken: Mapping[str, Taken] = MappingProxyType({})) -> _Listed:
        """List the latest readings, some of which are new, by the clock as it is set now."""
        with self._lock:
            at = self._clock.mark()
            self._latest = {name: latest.adjusted_to(self._clock) for name, latest in {**self._latest, **taken}.items()}
            readings = [self._latest[name].reading for name in self._names() if name in self._latest]
            visible = tuple(each if fault is None else each.without_sources(fault) for each in readings)
            self._listed = listed = _Listed(visible, at, fault)
            return listed
