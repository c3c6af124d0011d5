"""The versions of tables: a number per source and table that rises when rows really changed, and the time of that."""

# ruff: noqa: S608 - names come from the schema and are quoted, values are parameters

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple

import duckdb

from exporter.records.database_schema import DatabaseSchema
from exporter.records.sql import instant, micros


class TableVersion(NamedTuple):
    """How often the rows of a source in a table have changed, and the date of the poll that last changed them."""

    number: int
    changed_at: datetime


Versions = Mapping[tuple[str, str], TableVersion]
"""The versions by source and table; the answers of a source are those of its table `answers`."""


def note_change(
    cursor: duckdb.DuckDBPyConnection, layout: DatabaseSchema, company: str, source: str, table: str, at: datetime
) -> None:
    """Raise the version of a table whose rows a poll of this date changed."""
    cursor.execute(
        f'INSERT INTO {layout.polls("table_versions")} (company, source, "table", number, changed_at) '
        "VALUES (?, ?, ?, 1, make_timestamptz(?)) "
        "ON CONFLICT DO UPDATE SET number = number + 1, changed_at = excluded.changed_at",
        [company, source, table, micros(at)],
    )


def note_loss(cursor: duckdb.DuckDBPyConnection, layout: DatabaseSchema, company: str, source: str, table: str) -> None:
    """Raise the version of a table that lost rows without a poll."""
    cursor.execute(
        f"UPDATE {layout.polls('table_versions')} SET number = number + 1 "
        'WHERE company = ? AND source = ? AND "table" = ?',
        [company, source, table],
    )


def table_versions(cursor: duckdb.DuckDBPyConnection, layout: DatabaseSchema, company: str) -> Versions:
    """Return the versions of all tables of a company that ever had rows."""
    rows = cursor.execute(
        f'SELECT source, "table", number, epoch_us(changed_at) FROM {layout.polls("table_versions")} WHERE company = ?',
        [company],
    ).fetchall()
    return {(source, table): TableVersion(number, instant(changed)) for source, table, number, changed in rows}
