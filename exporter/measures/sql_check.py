"""Trying a measure's SQL against empty record tables, so that a mistake shows when the catalogue loads."""

from __future__ import annotations

from functools import cache
from threading import Lock

import duckdb

from exporter.measures import library
from exporter.records.tables import TABLES
from exporter.revenue.relations import create_empty

_LOCK = Lock()


@cache
def _database() -> duckdb.DuckDBPyConnection:
    """Return the relations that a cursor of the store shows, without rows, and like it without other files."""
    limits: dict[str, str | bool | int | float | list[str]] = {
        "memory_limit": "64MB",
        "threads": 1,
        "enable_external_access": False,
    }
    database = duckdb.connect(":memory:", config=limits)
    for table in TABLES.values():
        columns = ", ".join(f"{column.name} {column.type}" for column in table.columns)
        database.execute(f"CREATE TABLE {table.name} (source VARCHAR, {columns}, recorded_at TIMESTAMPTZ)")
    database.execute("CREATE TABLE period (period INTEGER, starts TIMESTAMPTZ, ends TIMESTAMPTZ)")
    create_empty(database)
    for view, sql in library.views().items():
        database.execute(f"CREATE VIEW {view} AS {sql}")
    return database


def column_names(sql: str) -> list[str]:
    """Return the columns that a measure's SQL gives; raises `ValueError` with what DuckDB refuses."""
    with _LOCK:
        try:
            return _database().sql(f"FROM (\n{sql}\n)").columns
        except duckdb.Error as error:
            raise ValueError(f"the SQL is refused: {str(error).splitlines()[0]}") from None
