"""One reader of a company's records: it owns the cursor on which measures, plans and the MRR bridge are computed."""

# ruff: noqa: S608 - names come from the schema and are quoted

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import NamedTuple

import duckdb

from exporter.calendar.windows import Period
from exporter.measures import library, mrr_bridge
from exporter.measures.engine import MeasureResult, evaluate, prepare, select_periods
from exporter.measures.model import Measure
from exporter.measures.mrr_bridge import Bridge, Ranking
from exporter.measures.time_limit import limits_of
from exporter.records.health import StoreFailed
from exporter.records.sql import name
from exporter.records.store import Store
from exporter.revenue import relations
from exporter.revenue.definition import LedgerDefinition
from exporter.revenue.materialization import stored_definition


@dataclass(frozen=True)
class MeasureRequest:
    """A measure and its periods; what a source answered more than `max_age` seconds before a period's end is void."""

    measure: Measure
    periods: frozenset[Period]
    max_age: float = 0.0


Results = Mapping[str, Mapping[Period, MeasureResult] | Exception]
"""The results of each measure by period, by the measure's name; or the error that its SQL ended with."""


class PlanPoint(NamedTuple):
    """A row of the table `plans`: from that day on, a KPI is planned to have this value in a scenario."""

    kpi: str
    scenario: str
    effective_on: date
    value: Decimal


class MeasureSession:
    """Reads one company's records and revenue ledger, and never writes to the store.

    The ledger is the stored one if it is up to date, and is otherwise computed for this session alone, in temporary
    tables. `open` makes a session; it belongs to one thread at a time.
    """

    def __init__(
        self, store: Store, cursor: duckdb.DuckDBPyConnection, ledger: LedgerDefinition, *, past: bool
    ) -> None:
        self._store = store
        self._cursor = cursor
        self._ledger = ledger
        self._past = past
        self._version: object = None
        self._ledger_version: object = None

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
        with store.reading(ledger.company, ledger.terms.timezone, sources, known_at) as cursor:
            yield cls(store, cursor, ledger, past=known_at is not None)

    @contextmanager
    def snapshot(self, requests: Sequence[MeasureRequest], also: Collection[Period] = ()) -> Iterator[Results]:
        """Evaluate measures, and see until the end of the block the same state of the store as they did.

        All of them, and the ledger below them, see one state: what is committed meanwhile is not seen. A measure that
        fails does not harm the others. `also` are periods for which `bridge` will be asked.
        """
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
        rows = self._cursor.execute("SELECT kpi, scenario, effective_on, value FROM plans ORDER BY ALL").fetchall()
        return [PlanPoint(*row) for row in rows]

    def has_rows(self, table: str) -> bool:
        """Return whether a record table has any rows."""
        return self._cursor.execute(f"SELECT 1 FROM {name(table)} LIMIT 1").fetchone() is not None

    def _results(self, requests: Sequence[MeasureRequest], also: Collection[Period]) -> Results:
        """Begin a transaction, and evaluate the measures in it.

        Raises:
            StoreFailed: The exporter ends: an analysis of many instants would keep the store open for long.
        """
        if limits_of(self._store).is_stopping:
            raise StoreFailed("the exporter ends")
        failures: dict[str, Exception] = {}
        while (results := self._attempt(requests, also, failures)) is None:
            pass
        return {**results, **failures}

    def _attempt(
        self, requests: Sequence[MeasureRequest], also: Collection[Period], failures: dict[str, Exception]
    ) -> Results | None:
        """Evaluate the measures that have not failed yet; None if the results would be of two states of the store.

        A measure that fails ends the transaction. The next one goes on where the last one was, unless a poll was
        committed in between.
        """
        periods_of = {request.measure.name: request.periods.union(also) for request in requests}
        periods = sorted(frozenset[Period]().union(*periods_of.values()))
        by_sql: dict[str, frozenset[Period]] = {}
        for request in requests:
            if (sql := request.measure.sql) is not None:
                by_sql[sql] = by_sql.get(sql, frozenset()) | periods_of[request.measure.name]
        self._begin(periods, by_sql, bridges=bool(also))
        results: dict[str, Mapping[Period, MeasureResult]] = {}
        limits = limits_of(self._store).watched(self._ledger.company, self._cursor.interrupt, len(periods))
        with limits as watch:
            for chosen in dict.fromkeys(periods_of.values()):
                select_periods(self._cursor, periods, chosen)
                for request in requests:
                    measure = request.measure
                    if periods_of[measure.name] != chosen or measure.name in failures:
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

    def _begin(self, periods: Sequence[Period], by_sql: Mapping[str, Collection[Period]], *, bridges: bool) -> None:
        """Begin a transaction that sees the state of the store from which the ledger and the views were computed.

        If a poll was committed while they were, they are computed again, and the next poll waits. What neither a
        measure nor a bridge reads is not computed.
        """
        if not self._begin_if_unchanged(periods, by_sql, bridges):
            with self._store.hold_commits():
                self._begin_if_unchanged(periods, by_sql, bridges)

    def _begin_if_unchanged(
        self, periods: Sequence[Period], by_sql: Mapping[str, Collection[Period]], bridges: bool
    ) -> bool:
        self._version = self._store_version()
        if self._version != self._ledger_version and (bridges or any(map(library.reads_ledger, by_sql))):
            relations.create(self._cursor, self._ledger, past=self._past)
            self._ledger_version = self._version
        # Outside the transaction: a measure that fails would take these tables along.
        prepare(self._cursor, periods, by_sql, mrr_bridge.VIEWS if bridges else ())
        self._cursor.begin()
        if self._store_version() == self._version:
            return True
        self._cursor.rollback()
        return False

    def _store_version(self) -> object:
        """Return what is another after each poll or slice that was committed, and for each stored ledger."""
        layout, company = self._store.layout, self._ledger.company
        polls = self._cursor.execute(
            f"SELECT source, epoch_us(last_success), hash(cursor) FROM {layout.polls('sources')} "
            "WHERE company = ? ORDER BY source",
            [company],
        ).fetchall()
        return polls, stored_definition(self._cursor, layout, company)
