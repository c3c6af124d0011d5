"""The first records of tables: the earliest time that their rows tell of."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime

from exporter.records.schema import Table, Type
from exporter.records.sql import instant, name
from exporter.records.store import Store
from exporter.records.tables import TABLES


def first_records(
    store: Store, company: str, timezone: str, sources: Mapping[str, Collection[str]]
) -> Mapping[str, datetime]:
    """Return when the first record of each table is of, among the rows of its `sources`.

    A table without rows, or without a column of time, is left out. Days begin in the time zone.
    """
    columns = {table: column for table in sources if (column := _time_column(TABLES[table])) is not None}
    first: dict[str, datetime] = {}
    with store.reading(company, timezone, sources, tables=columns.keys()) as cursor:
        for table, column in columns.items():
            earliest = f"epoch_us(MIN(CAST({name(column)} AS TIMESTAMPTZ)))"
            row = cursor.execute(f"SELECT {earliest} FROM {name(table)}").fetchone()  # noqa: S608 - names of this program
            if row is not None and row[0] is not None:
                first[table] = instant(row[0])
    return first


def _time_column(table: Table) -> str | None:
    """Return the column that says when a row is of: the first with a time."""
    return next((column.name for column in table.columns if column.type in (Type.INSTANT, Type.DATE)), None)
