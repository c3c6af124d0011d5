"""One reader of a company's records: it owns the cursor on which measures, plans and the MRR bridge are computed."""

# ruff: noqa: S608 - names come from the schema and are quoted

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from typing import NamedTuple
from zoneinfo import ZoneInfo

import duckdb

from exporter.calendar.windows import Period
from exporter.measures import library, mrr_bridge
from exporter.measures.engine import MeasureResult, evaluate, prepare, select_periods
from exporter.measures.grain import settled_period
from exporter.measures.model import Measure
from exporter.measures.mrr_bridge import Bridge, Ranking
from exporter.measures.result_cache import ResultBasis, cache_of
from exporter.measures.time_limit import limits_of
from exporter.measures.validity import Validity, validities
from exporter.records.database_schema import ANSWERS, PERIOD_ANSWERS
from exporter.records.health import StoreFailed
from exporter.records.sql import name
from exporter.records.store import Store
from exporter.records.table_versions import Versions, table_versions
from exporter.records.tables import TABLES
from exporter.revenue import relations
from exporter.revenue.definition import LedgerDefinition
from exporter.revenue.materialization import stored_definition
from exporter.revenue.pipeline import ITEMS
from exporter.revenue.relations import SMALL

MOST_ITEMS = 3_000_000
"""Subscription items of a large ledger, times periods, that are computed at once."""


@dataclass(frozen=True)
class MeasureRequest:
    """A measure and its periods; what a source answered more than `max_age` seconds before a period's end is void."""

    measure: Measure
    periods: frozenset[Period]
    max_age: float = 0.0


@dataclass(frozen=True)
class Results(Mapping[str, "Mapping[Period, MeasureResult] | Exception"]):
    """The results of each measure by period, by the measure's name; or the error that its SQL ended with.

    `computed` are the measures that were asked for some of them, the others were known.
    """

    by_measure: Mapping[str, Mapping[Period, MeasureResult] | Exception]
    computed: frozenset[str] = frozenset()

    def __getitem__(self, measure: str) -> Mapping[Period, MeasureResult] | Exception:
        return self.by_measure[measure]

    def __iter__(self) -> Iterator[str]:
        return iter(self.by_measure)

    def __len__(self) -> int:
        return len(self.by_measure)


class PlanPoint(NamedTuple):
    """A row of the table `plans`: from that day on, a KPI is planned to have this value in a scenario."""

    kpi: str
    scenario: str
    effective_on: date
    value: Decimal


@dataclass(frozen=True)
class _Lookup:
    """A request at one state of the store: the period that stands for each of its own, and what is known of them."""

    request: MeasureRequest
    basis: ResultBasis
    periods: Mapping[Period, Period]
    cached: Mapping[Period, MeasureResult | None]

    @property
    def missing(self) -> frozenset[Period]:
        """The periods for which the measure has to be computed."""
        return frozenset(period for period in self.periods.values() if period not in self.cached)

    def results(self, computed: Mapping[Period, MeasureResult]) -> Mapping[Period, MeasureResult]:
        """Return what is known and what was computed, by the periods of the request."""
        results = {own: self.cached.get(period) or computed.get(period) for own, period in self.periods.items()}
        return {own: result for own, result in results.items() if result is not None}


class MeasureSession:
    """Reads one company's records and revenue ledger, and never writes to the store.

    The ledger is the stored one if it is up to date, and is otherwise computed for this session alone, in temporary
    tables. What was computed from the same records before is not computed again. `open` makes a session; it belongs to
    one thread at a time.
    """

    def __init__(
        self,
        store: Store,
        cursor: duckdb.DuckDBPyConnection,
        ledger: LedgerDefinition,
        sources: Mapping[str, Collection[str]],
        known_at: datetime | None,
    ) -> None:
        self._store = store
        self._cursor = cursor
        self._ledger = ledger
        self._sources = sources
        self._known_at = known_at
        self._cache = cache_of(store)
        self._moves_on = False
        self._views: set[str] = set()
        self._version: object = None
        self._ledger_version: object = None
        self._ledger_relations: frozenset[str] = frozenset()

    @classmethod
    @contextmanager
    def open(
        cls,
        store: Store,
        ledger: LedgerDefinition,
        sources: Mapping[str, Collection[str]],
        known_at: datetime | None = None,
    ) -> Iterator[MeasureSession]:
        """Open a session over the records of these sources, which are named by table.

        With `known_at` the ledger, and the tables of which versions are kept, are as they were known at that instant.
        """
        with store.reading(ledger.company, ledger.terms.timezone, tables=()) as cursor:
            yield cls(store, cursor, ledger, sources, known_at)

    @contextmanager
    def snapshot(
        self, requests: Sequence[MeasureRequest], also: Collection[Period] = (), *, moves_on: bool = False
    ) -> Iterator[Results]:
        """Evaluate measures, and see until the end of the block the same state of the store as they did.

        All of them, and the ledger below them, see one state: what is committed meanwhile is not seen. A measure that
        fails does not harm the others. `also` are periods for which `bridge` will be asked. With `moves_on`, the same
        will soon be asked of later periods: what holds for them, too, is not computed again then.
        """
        self._moves_on = moves_on
        results = self._results(requests, also)
        try:
            yield results
        finally:
            self._cursor.rollback()

    def bridge(self, period: Period, ranking: Ranking) -> Bridge:
        """Return the MRR bridge of a period of the snapshot; raises `MeasureFailed` where it cannot be computed."""
        return mrr_bridge.bridge(self._cursor, period, ranking)

    def plan_points(self) -> Sequence[PlanPoint]:
        """Return the plans that are records, by KPI and scenario, the earliest first."""
        plans = self._relation("plans")
        rows = self._cursor.execute(f"SELECT kpi, scenario, effective_on, value FROM ({plans}) ORDER BY ALL").fetchall()
        return [PlanPoint(*row) for row in rows]

    def has_rows(self, table: str) -> bool:
        """Return whether a record table has any rows."""
        return self._cursor.execute(f"SELECT 1 FROM ({self._relation(table)}) LIMIT 1").fetchone() is not None

    def _relation(self, table: str) -> str:
        return self._store.relation(table, self._ledger.company, self._sources, self._known_at)

    def _results(self, requests: Sequence[MeasureRequest], also: Collection[Period]) -> Results:
        """Begin a transaction, and evaluate the measures in it.

        Raises:
            StoreFailed: The exporter ends: an analysis of many instants would keep the store open for long.
        """
        if limits_of(self._store).is_stopping:
            raise StoreFailed("the exporter ends")
        failures: dict[str, Exception] = {}
        computed: set[str] = set()
        for part in () if also else self._parts(requests):
            computed |= self._until_one_state(part, (), failures).computed
            self._cursor.rollback()
        results = self._until_one_state(requests, also, failures)
        return Results({**results.by_measure, **failures}, results.computed | computed | failures.keys())

    def _until_one_state(
        self, requests: Sequence[MeasureRequest], also: Collection[Period], failures: dict[str, Exception]
    ) -> Results:
        while (results := self._attempt(requests, also, failures)) is None:
            pass
        return results

    def _parts(self, requests: Sequence[MeasureRequest]) -> Iterator[Sequence[MeasureRequest]]:
        """Yield what to compute before the rest: of a large ledger, few periods fit into memory at once."""
        items = self._items()
        if items <= SMALL or self._known_at is not None:
            return
        large = [each for each in requests if each.measure.sql is not None and library.reads_ledger(each.measure.sql)]
        periods = sorted(frozenset[Period]().union(*(each.periods for each in large)))
        at_once = max(1, MOST_ITEMS // items)
        for first in range(0, len(periods), at_once):
            chosen = frozenset(periods[first : first + at_once])
            yield [replace(each, periods=each.periods & chosen) for each in large if each.periods & chosen]

    def _items(self) -> int:
        """Return how many subscription items the company has."""
        return sum(self._store.polls.fillers(self._ledger.company).get(ITEMS, {}).values())

    def _attempt(
        self, requests: Sequence[MeasureRequest], also: Collection[Period], failures: dict[str, Exception]
    ) -> Results | None:
        """Evaluate the measures that have not failed yet; None if the results would be of two states of the store.

        A measure that fails ends the transaction. The next one goes on where the last one was, unless a poll was
        committed in between.
        """
        chosen = [request for request in requests if request.measure.name not in failures]
        lookups = self._begin(chosen, also)
        computed = self._compute(lookups, also, failures)
        if computed is None:
            return None
        validity = self._validity(lookups, computed)
        results = {}
        for each in lookups:
            name = each.request.measure.name
            if name in failures:
                continue
            if name in computed and self._known_at is None:
                holds = validity.get(name, {})
                self._cache.keep(self._ledger.company, name, each.basis, each.missing, computed[name], holds)
            results[name] = each.results(computed.get(name, {}))
        return Results(results, frozenset(computed))

    def _compute(
        self, lookups: Sequence[_Lookup], also: Collection[Period], failures: dict[str, Exception]
    ) -> dict[str, Mapping[Period, MeasureResult]] | None:
        """Compute what is missing; None if another poll was committed after a measure failed."""
        missing = {each.request.measure.name: each.missing.union(also) for each in lookups if each.missing}
        results: dict[str, Mapping[Period, MeasureResult]] = {}
        if not missing:
            return results
        periods = sorted(frozenset[Period]().union(*missing.values()))
        size = len(periods) + self._items() // SMALL
        limits = limits_of(self._store).watched(self._ledger.company, self._cursor.interrupt, size)
        with limits as watch:
            for chosen in dict.fromkeys(missing.values()):
                select_periods(self._cursor, periods, chosen)
                for request in (each.request for each in lookups):
                    measure = request.measure
                    if missing.get(measure.name) != chosen or measure.name in failures:
                        continue
                    try:
                        with watch.limited(measure):
                            results[measure.name] = evaluate(self._cursor, measure, periods, request.max_age)
                    except Exception as error:  # also one that nobody foresaw, of which the caller tells
                        failures[measure.name] = error
                        self._store.health.note_damage(error)
                        self._cursor.rollback()
                        self._cursor.begin()
                        if self._store_version() != self._version:
                            self._cursor.rollback()
                            return None
                        select_periods(self._cursor, periods, chosen)
        select_periods(self._cursor, periods, periods)
        return results

    def _validity(
        self, lookups: Sequence[_Lookup], computed: Collection[str]
    ) -> Mapping[str, Mapping[Period, Validity]]:
        """Return for how long the results that were computed hold, if that will be asked."""
        if not self._moves_on or self._known_at is not None or not computed:
            return {}
        periods = sorted(frozenset[Period]().union(*(each.missing for each in lookups)))
        measures = [each.request.measure for each in lookups]
        queries = {each.name: each.sql for each in measures if each.name in computed and each.sql is not None}
        if self._items() > SMALL:  # whose lines would take as long to search as to compute
            queries = {name: sql for name, sql in queries.items() if not library.reads_ledger(sql)}
        return validities(self._cursor, periods, queries, ZoneInfo(self._ledger.terms.timezone))

    def _begin(self, requests: Sequence[MeasureRequest], also: Collection[Period]) -> Sequence[_Lookup]:
        """Begin a transaction that sees the state of the store from which the ledger and the views were computed.

        If a poll was committed while they were, they are computed again, and the next poll waits. What is known, or
        what neither a measure nor a bridge reads, is not computed.
        """
        if (lookups := self._begin_if_unchanged(requests, also)) is None:
            with self._store.hold_commits():
                lookups = self._begin_if_unchanged(requests, also)
            assert lookups is not None
        return lookups

    def _begin_if_unchanged(
        self, requests: Sequence[MeasureRequest], also: Collection[Period]
    ) -> Sequence[_Lookup] | None:
        self._version = version = self._store_version()
        lookups = [self._look_up(request, version[0], exact=bool(also)) for request in requests]
        by_sql: dict[str, frozenset[Period]] = {}
        for each in lookups:
            if (sql := each.request.measure.sql) is not None and each.missing:
                by_sql[sql] = by_sql.get(sql, frozenset()) | each.missing.union(also)
        if by_sql or also or any(each.missing for each in lookups):
            self._prepare(by_sql, frozenset[Period]().union(also, *(each.missing for each in lookups)), bool(also))
        self._cursor.begin()
        if self._store_version() == version:
            return lookups
        self._cursor.rollback()
        return None

    def _prepare(self, by_sql: Mapping[str, Collection[Period]], periods: Collection[Period], bridges: bool) -> None:
        """Make what the measures and bridges read; outside the transaction, as a measure that fails would end it."""
        views = mrr_bridge.VIEWS if bridges else ()
        ledger = library.ledger_behind(by_sql, views)
        tables = TABLES.keys() if bridges else frozenset[str]().union(*map(library.tables_of, by_sql))
        for table in sorted({*tables, ANSWERS, PERIOD_ANSWERS} - self._views):
            self._cursor.execute(f"CREATE TEMP VIEW {name(table)} AS {self._relation(table)}")
            self._views.add(table)
        if ledger and (self._version != self._ledger_version or not ledger <= self._ledger_relations):
            relations.create(self._cursor, self._ledger, past=self._known_at is not None, wanted=ledger)
            self._ledger_version, self._ledger_relations = self._version, ledger
        prepare(self._cursor, sorted(periods), by_sql, views)

    def _look_up(self, request: MeasureRequest, versions: Versions, *, exact: bool) -> _Lookup:
        """Return a request with what is known of it; with `exact`, or of the past, nothing stands for anything else."""
        measure, company = request.measure, self._ledger.company
        if measure.sql is None:
            origins, terms = [(measure.source or "", ANSWERS)], ""
        else:
            tables = sorted(library.tables_of(measure.sql))
            origins = [(source, table) for table in tables for source in self._sources.get(table, ())]
            terms = self._ledger.definition if library.reads_ledger(measure.sql) else ""
        of_origins = [versions.get(origin) for origin in origins]
        basis = ResultBasis(
            (measure, request.max_age, self._ledger.terms.timezone, terms, tuple(origins)), tuple(of_origins)
        )
        if exact or self._known_at is not None:
            return _Lookup(request, basis, {period: period for period in request.periods}, {})
        changed_at = max((each.changed_at for each in of_origins if each is not None), default=None)
        periods = {
            period: period if measure.sql is None else settled_period(period, changed_at) for period in request.periods
        }
        cached = self._cache.find(company, measure.name, basis, frozenset(periods.values()))
        return _Lookup(request, basis, periods, cached)

    def _store_version(self) -> tuple[Versions, object]:
        """Return what is another after each poll or slice that changed something, and for each stored ledger."""
        layout, company = self._store.layout, self._ledger.company
        return table_versions(self._cursor, layout, company), stored_definition(self._cursor, layout, company)
