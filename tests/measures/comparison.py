"""What the store answers about many customers, as something to compare the answers of other engines with."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb

from exporter.measures import library
from exporter.measures.engine import prepare
from exporter.records.store import Store
from exporter.revenue.definition import TABLES as LEDGER
from exporter.revenue.definition import LedgerDefinition
from exporter.revenue.materialization import refresh
from exporter.revenue.parameters import LedgerParameters
from exporter.revenue.policy import RevenuePolicy
from exporter.revenue.relations import create
from tests.measures.book import BERLIN, month, span
from tests.measures.population import QUERIES, populate, stored

ZONE = BERLIN.key
TERMS = LedgerParameters(RevenuePolicy(), "EUR", ZONE)
PERIODS = (
    month("2023-03"),
    month("2024-02"),
    month("2024-03"),
    month("2024-10"),
    span("2024-06-01 14:00", "2024-06-01 14:00"),
    span("2023-11-01 00:00", "2024-11-01 00:00"),
)
"""Months of 28 to 31 days and with an hour more and less, one instant, and a year."""

MEASURES = tuple(
    query
    for query in library.shipped().values()
    if "subscription_items" in query.tables and query.tables | query.lookups <= {*QUERIES, "assets"}
)
CENT, MILLIONTH = Decimal("0.01"), Decimal("0.000001")

Answer = tuple[str, int, frozenset[tuple[str, str]]]
"""A measure, the number of a period, and the labels."""

Numbers = Mapping[Answer, Decimal | None]


def answers(names: Sequence[str], rows: Iterable[Sequence[Any]]) -> Numbers:
    """Money to the cent, shares and small averages to a millionth; `names` are those of the labels in the rows."""
    result: dict[Answer, Decimal | None] = {}
    for measure, period, *inputs, value in rows:
        parts = frozenset((name, label) for name, label in zip(names, inputs, strict=True) if label is not None)
        assert (measure, period, parts) not in result
        places = CENT if value is not None and abs(value) > 100 else MILLIONTH
        result[measure, period, parts] = None if value is None else Decimal(str(value)).quantize(places)
    return result


def from_store(path: Path, customers: int) -> Numbers:
    """Return what a new store at `path` answers from its stored ledger."""
    stored(path, customers)
    account = LedgerDefinition("acme", TERMS, dict.fromkeys(LEDGER, ("billing",)))
    store = Store(path)
    refresh(store, account)
    with store.reading("acme", ZONE) as cursor:
        create(cursor, account)
        prepare(cursor, PERIODS)
        result: dict[Answer, Decimal | None] = {}
        for query in MEASURES:
            rows = cursor.execute(library.selection(query.sql, query.by)).fetchall()
            result |= answers(query.by, ((query.name, *row) for row in rows))
    store.close()
    return result


def parquet(folder: Path, customers: int) -> Mapping[str, Path]:
    """Write the same record tables as files."""
    with duckdb.connect() as database:
        populate(database, customers)
        for table in QUERIES:
            database.table(table).write_parquet(str(folder / f"{table}.parquet"))
    return {table: folder / f"{table}.parquet" for table in QUERIES}
