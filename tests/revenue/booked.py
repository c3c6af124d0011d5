"""A history in a store, as a poll brings it, and the shipped measures asked of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, datetime
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from zoneinfo import ZoneInfo

import duckdb

from exporter.calendar.windows import Period
from exporter.measures import library
from exporter.measures.engine import MeasureResult, evaluate, prepare
from exporter.measures.model import Measure
from exporter.quantities import units
from exporter.records.batch import Limits, Records, Row
from exporter.revenue.definition import LedgerDefinition
from exporter.revenue.materialization import refresh
from exporter.revenue.parameters import LedgerParameters
from exporter.revenue.policy import RevenuePolicy
from exporter.revenue.relations import create
from tests.revenue.histories import RECORDED, History
from tests.support.stores import new_store

ANY_LOSS = Limits(may_shrink=Decimal(100))
"""Histories lose rows at random, and no loss is to hold a table back."""

COMPANY = "acme"
CURRENCY = "USD"


class Booked:
    """The store of one company that bills in dollars and other currencies."""

    def __init__(self, path: Path, zone: str = "UTC", **policy: object) -> None:
        self.store = new_store(path)
        self.zone = zone
        self.under(**policy)

    def poll(self, tables: Mapping[str, Sequence[Row]], at: datetime = RECORDED, snapshot: bool = True) -> None:
        """Take what a source says at an instant; with `snapshot`, what it no longer says is gone."""
        with self.store.intake(COMPANY, "billing", self.zone, CURRENCY) as intake:
            for table, rows in tables.items():
                intake.take(Records(table, iter(rows), snapshot, ANY_LOSS))
            intake.commit(at, {})

    def under(self, **policy: object) -> Booked:
        """Return the same records under another policy."""
        self.account = LedgerDefinition(
            COMPANY, LedgerParameters(RevenuePolicy.model_validate(policy), CURRENCY, self.zone)
        )
        return self

    def keep(self) -> None:
        refresh(self.store, self.account)

    def numbers(self, periods: Sequence[Period], *names: str) -> Mapping[str, Mapping[Period, MeasureResult]]:
        """Return these measures over these periods."""
        self.keep()
        with self.store.reading(COMPANY, self.zone) as cursor:
            create(cursor, self.account)
            measures = [_measure(name) for name in names]
            prepare(cursor, periods, {measure.sql or "": periods for measure in measures})
            return {measure.name: evaluate(cursor, measure, periods) for measure in measures}

    def query(self, periods: Sequence[Period], sql: str) -> list[tuple[Any, ...]]:
        """Return the rows of a statement over the measures' views."""
        self.keep()
        with self.store.reading(COMPANY, self.zone) as cursor:
            create(cursor, self.account)
            prepare(cursor, periods)
            return cursor.execute(sql).fetchall()

    def ledger(self, known_at: datetime | None = None) -> list[tuple[object, ...]]:
        """Return every movement as it stands, or as it was known at an instant, in the order of the relation's key."""
        if known_at is None:
            self.keep()
        with self.store.reading(COMPANY, self.zone, known_at=known_at) as cursor:
            create(cursor, self.account, past=known_at is not None)
            return _movements(cursor)


def _movements(cursor: duckdb.DuckDBPyConnection) -> list[tuple[object, ...]]:
    return cursor.execute(
        "SELECT * REPLACE (epoch_us(effective_at) AS effective_at, epoch_us(until) AS until, "
        "epoch_us(known_at) AS known_at) FROM movements ORDER BY customer_id, effective_at, currency"
    ).fetchall()


@contextmanager
def booked(history: History | None = None, zone: str = "UTC", **policy: object) -> Iterator[Booked]:
    """Open a store of its own, with a history in it."""
    with TemporaryDirectory() as folder:
        book = Booked(Path(folder) / "records.duckdb", zone, **policy)
        if history is not None:
            book.poll(rows(history))
        yield book
        book.store.close()


def rows(history: History) -> dict[str, list[Row]]:
    """Return the rows of each table."""
    customers = sorted({item.customer_id for item in history.items})
    return {
        "customers": [{"customer_id": each, "tier": f"tier {each[-1]}"} for each in customers],
        "subscription_items": [_row(item) for item in history.items],
        "discounts": [_row(each) for each in history.discounts],
        "fx_rates": [{**_row(each), "quote_currency": CURRENCY} for each in history.rates],
    }


def months(zone: str) -> list[Period]:
    """February to July 2024, a month each, and all of them in one."""
    starts = [datetime(2024, number, 1, tzinfo=ZoneInfo(zone)).astimezone(UTC) for number in range(2, 9)]
    return [
        *(Period(one, other) for one, other in pairwise(starts)),
        Period(starts[0], starts[-1]),
    ]


def _row(record: object) -> Row:
    values = asdict(record)  # type: ignore[call-overload]  # every record of a history is a dataclass
    return {name: value for name, value in values.items() if value is not None}


def _measure(name: str) -> Measure:
    query = library.shipped()[name]
    return Measure(name, query.doc, units.parse(query.unit, CURRENCY), query.by, query.sql, query.tables, query.lookups)


def zero(number: MeasureResult | None) -> Decimal:
    """Return a headline, 0 where there is none."""
    return Decimal(0) if number is None or number.headline is None else number.headline
