"""The shipped measures over subscription items, asked of another engine: the same numbers as in the store."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import psycopg
import pytest

from exporter.catalogue.revenue_policy import RevenuePolicy
from exporter.ledger.account import TABLES as LEDGER
from exporter.ledger.account import Account
from exporter.ledger.keeping import keep
from exporter.ledger.showing import show
from exporter.ledger.terms import Terms
from exporter.measures import library
from exporter.measures.elsewhere.dialects import session
from exporter.measures.elsewhere.statement import labels, statement
from exporter.measures.elsewhere.tables import canonical, empty, relation
from exporter.measures.engine import prepare
from exporter.measures.library import Query
from exporter.records.store import Store
from exporter.records.tables import TABLES
from tests.measures.book import BERLIN, month, span
from tests.measures.population import QUERIES, populate, stored
from tests.servers.postgres import Postgres

CUSTOMERS = 100_000
ZONE = BERLIN.key
TERMS = Terms(RevenuePolicy(), "EUR", ZONE)
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


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store with the records of many customers."""
    path = tmp_path_factory.mktemp("elsewhere") / "records.duckdb"
    stored(path, CUSTOMERS)
    return path


@pytest.fixture(scope="module")
def expected(path: Path) -> Numbers:
    """What the store itself answers, from the ledger that it keeps."""
    account = Account("acme", TERMS, dict.fromkeys(LEDGER, ("billing",)))
    store = Store(path)
    keep(store, account)
    with store.reading("acme", ZONE) as cursor:
        show(cursor, account)
        prepare(cursor, PERIODS)
        found: dict[Answer, Decimal | None] = {}
        for query in MEASURES:
            rows = cursor.execute(library.selection(query.sql, query.by)).fetchall()
            found |= answers(query.by, ((query.name, *row) for row in rows))
    store.close()
    return found


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Path]:
    """The same record tables as Parquet files."""
    folder = tmp_path_factory.mktemp("warehouse")
    with duckdb.connect() as database:
        populate(database, CUSTOMERS)
        for table in QUERIES:
            database.table(table).write_parquet(str(folder / f"{table}.parquet"))
    return {table: folder / f"{table}.parquet" for table in QUERIES}


def answers(names: Sequence[str], rows: Iterable[Sequence[Any]]) -> Numbers:
    """Money to the cent, shares and small averages to a millionth; `names` are those of the labels in the rows."""
    found: dict[Answer, Decimal | None] = {}
    for measure, period, *given, value in rows:
        parts = frozenset((name, label) for name, label in zip(names, given, strict=True) if label is not None)
        assert (measure, period, parts) not in found
        places = CENT if value is not None and abs(value) > 100 else MILLIONTH
        found[measure, period, parts] = None if value is None else Decimal(str(value)).quantize(places)
    return found


def asked(dialect: str, measures: Sequence[Query]) -> str:
    tables = {
        name: canonical(
            table,
            relation(name, dialect),
            {column: column for column in table.column_names},
            {},
            table.column_names,
            "billing",
            dialect,
        )
        if name in QUERIES
        else empty(table)
        for name, table in TABLES.items()
    }
    return statement(measures, PERIODS, tables, TERMS, dialect)


def test_measures_of_every_kind_are_compared(expected: Numbers) -> None:
    """So that the others cannot agree on nothing."""
    for query in MEASURES:
        headline = [value for (measure, _, given), value in expected.items() if measure == query.name and not given]
        assert len(headline) == len(PERIODS), query.name
    values = {measure: value for (measure, period, given), value in expected.items() if period == 1 and not given}
    for name in ("mrr", "new_mrr", "expansion_mrr", "contraction_mrr", "churned_mrr", "reactivation_mrr", "fx_mrr"):
        assert values[name], name


def _load(connection: psycopg.Connection, table: str, file: Path) -> None:
    """Make the table and copy the file into it."""
    columns = ", ".join(f"{column.name} {column.type}" for column in TABLES[table].columns)
    connection.execute(f"CREATE TABLE {table} ({columns})".encode())
    text = file.with_suffix(".csv")
    duckdb.read_parquet(str(file)).write_csv(str(text), header=False)
    with connection.cursor() as cursor, cursor.copy(f"COPY {table} FROM STDIN (FORMAT csv)".encode()) as copy:
        copy.write(text.read_bytes())


@pytest.mark.integration
def test_postgresql_gives_the_same_totals(postgres: Postgres, files: Mapping[str, Path], expected: Numbers) -> None:
    postgres.execute("CREATE DATABASE elsewhere")
    with postgres.connect("elsewhere") as connection:
        for table, file in files.items():
            _load(connection, table, file)
        connection.execute("ANALYZE")
        for begin in session("postgres", ZONE):
            connection.execute(begin.encode())
        rows = connection.execute(asked("postgres", MEASURES).encode()).fetchall()
    assert answers(labels(MEASURES), rows) == expected
