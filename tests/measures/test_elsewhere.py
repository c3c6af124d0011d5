"""The shipped measures over subscription items, computed by another engine: the same numbers as in the store."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

import duckdb
import psycopg
import pytest

from exporter.measures.library import Query
from exporter.measures.pushdown.dialects import session
from exporter.measures.pushdown.script import Script
from exporter.measures.pushdown.statement import labels, statement
from exporter.measures.pushdown.tables import canonical, empty, relation
from exporter.records.tables import TABLES
from tests.measures.comparison import MEASURES, PERIODS, TERMS, ZONE, Numbers, answers, from_store, parquet
from tests.measures.population import QUERIES, populate
from tests.servers.postgres import Postgres
from tests.support.examples import first

CUSTOMERS = (2_000, 100_000)
"""The first are enough for every kind of item and movement; the others show that size changes nothing."""


@pytest.fixture(scope="module", params=first(1, CUSTOMERS))
def customers(request: pytest.FixtureRequest) -> int:
    count: int = request.param
    return count


@pytest.fixture(scope="module")
def expected(customers: int, tmp_path_factory: pytest.TempPathFactory) -> Numbers:
    return from_store(tmp_path_factory.mktemp("elsewhere") / "records.duckdb", customers)


@pytest.fixture(scope="module")
def files(customers: int, tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Path]:
    return parquet(tmp_path_factory.mktemp("warehouse"), customers)


def script_of(dialect: str, measures: Sequence[Query], names: Mapping[str, str] | None = None) -> Script:
    """Return the script for the tables of `QUERIES`, which have other `names` in the warehouse if there are any."""
    tables = {
        name: canonical(
            table,
            relation((names or {}).get(name, name), dialect),
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
        headline = [value for (measure, _, inputs), value in expected.items() if measure == query.name and not inputs]
        assert len(headline) == len(PERIODS), query.name
    values = {measure: value for (measure, period, inputs), value in expected.items() if period == 1 and not inputs}
    for name in ("mrr", "new_mrr", "expansion_mrr", "contraction_mrr", "churned_mrr", "reactivation_mrr", "fx_mrr"):
        assert values[name], name


@pytest.mark.slow
def test_relations_that_are_kept_first_change_no_total(tmp_path: Path) -> None:
    """As for engines that cannot share them, in a warehouse with tables that are called as relations of ours are."""
    names = {"subscription_items": "lines", "discounts": "movements", "fx_rates": "worth"}
    with duckdb.connect() as warehouse:
        warehouse.execute(f"SET TimeZone = '{ZONE}'")
        populate(warehouse, 1000)
        for table, name in names.items():
            warehouse.execute(f"ALTER TABLE {table} RENAME TO {name}")
        script = script_of("duckdb", MEASURES, names)
        for relation, query in script.first:
            warehouse.execute(f"CREATE TEMP TABLE {relation} AS {query}")
        rows = warehouse.execute(script.rows).fetchall()
    read = Counter(name for _, query in script.first for name in names.values() if f"{name} AS given" in query)
    assert read == dict.fromkeys(names.values(), 1)
    assert answers(labels(MEASURES), rows) == from_store(tmp_path / "records.duckdb", 1000)


def _load(connection: psycopg.Connection, table: str, file: Path) -> None:
    """Make the table and copy the file into it."""
    columns = ", ".join(f"{column.name} {column.type}" for column in TABLES[table].columns)
    connection.execute(f"CREATE TABLE {table} ({columns})".encode())
    text = file.with_suffix(".csv")
    duckdb.read_parquet(str(file)).write_csv(str(text), header=False)
    with connection.cursor() as cursor, cursor.copy(f"COPY {table} FROM STDIN (FORMAT csv)".encode()) as copy:
        copy.write(text.read_bytes())


@pytest.mark.integration
def test_postgresql_gives_the_same_totals(
    postgres: Postgres, customers: int, files: Mapping[str, Path], expected: Numbers
) -> None:
    postgres.execute(f"CREATE DATABASE elsewhere{customers}")
    with postgres.connect(f"elsewhere{customers}") as connection:
        for table, file in files.items():
            _load(connection, table, file)
        connection.execute("ANALYZE")
        for begin in session("postgres", ZONE):
            connection.execute(begin.encode())
        rows = connection.execute(script_of("postgres", MEASURES).rows.encode()).fetchall()
    assert answers(labels(MEASURES), rows) == expected
