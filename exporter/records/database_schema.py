"""The tables of the store's file: one per canonical table, and what polling remembers."""

# ruff: noqa: S608 - names come from the schema and are quoted, values are parameters or quoted literals

from __future__ import annotations

from dataclasses import dataclass

import duckdb

from exporter.records.schema import Column, Table
from exporter.records.sql import literal, name
from exporter.records.tables import TABLES

SCHEMA_VERSION = 2
"""Goes up when older programs must not write a file; newer files are refused. 2 keeps versions and the ledger."""

ANSWERS = "answers"
"""Stands for a record table where direct measures are told of."""

_POLLS = {
    "meta": "layout INTEGER NOT NULL",
    "answers": (
        "company VARCHAR NOT NULL, source VARCHAR NOT NULL, measure VARCHAR NOT NULL, "
        "labels VARCHAR NOT NULL, asked_at TIMESTAMPTZ NOT NULL, value DECIMAL(38,10)"
    ),
    "period_answers": (
        "company VARCHAR NOT NULL, source VARCHAR NOT NULL, measure VARCHAR NOT NULL, labels VARCHAR NOT NULL, "
        "starts TIMESTAMPTZ NOT NULL, ends TIMESTAMPTZ NOT NULL, value DECIMAL(38,10)"
    ),
    "sources": (
        "company VARCHAR, source VARCHAR, last_attempt TIMESTAMPTZ NOT NULL, last_success TIMESTAMPTZ, "
        "error VARCHAR, cursor VARCHAR NOT NULL, PRIMARY KEY (company, source)"
    ),
    "fills": (
        'company VARCHAR, source VARCHAR, "table" VARCHAR, row_count BIGINT NOT NULL, '
        'PRIMARY KEY (company, source, "table")'
    ),
    "rejected": (
        'company VARCHAR NOT NULL, source VARCHAR NOT NULL, "table" VARCHAR NOT NULL, key VARCHAR NOT NULL, '
        'reason VARCHAR NOT NULL, "row" VARCHAR, rejected_at TIMESTAMPTZ NOT NULL'
    ),
    "held": (
        'company VARCHAR, source VARCHAR, "table" VARCHAR, present BIGINT NOT NULL, missing BIGINT NOT NULL, '
        "given BIGINT NOT NULL, as_of TIMESTAMPTZ, since TIMESTAMPTZ NOT NULL, "
        'accepted BOOLEAN NOT NULL DEFAULT false, PRIMARY KEY (company, source, "table")'
    ),
    "touched": "company VARCHAR NOT NULL, customer_id VARCHAR NOT NULL",
}

_KEPT = {
    "values": (
        "company VARCHAR NOT NULL, kpi VARCHAR NOT NULL, moment TIMESTAMPTZ NOT NULL, "
        "value DOUBLE, status UTINYINT, plan DOUBLE, previous DOUBLE"
    ),
    "filled": (
        "company VARCHAR PRIMARY KEY, definition VARCHAR NOT NULL, begun TIMESTAMPTZ, complete TIMESTAMPTZ, "
        "latest TIMESTAMPTZ"
    ),
}
"""What is kept of the past of KPIs. It can be computed again from the records."""


class SchemaRefused(Exception):
    """The file's layout cannot be used by this program; the message says why and what to do."""


@dataclass(frozen=True)
class DatabaseSchema:
    """Where the tables are. Names carry the catalog, which DuckDB calls after the file, so that a file
    named `records.duckdb` is not taken for the schema."""

    catalog: str

    @classmethod
    def of(cls, db: duckdb.DuckDBPyConnection) -> DatabaseSchema:
        row = db.execute("SELECT current_database()").fetchone()
        assert row is not None
        return cls(row[0])

    def records(self, table: str) -> str:
        """A canonical table: company, source, its columns, recorded_at."""
        return f"{name(self.catalog)}.records.{name(table)}"

    def polls(self, table: str) -> str:
        """One of meta, answers, period_answers, sources, fills, rejected, held, and touched: customers whose
        versioned rows changed."""
        return f"{name(self.catalog)}.polls.{name(table)}"

    def history(self, table: str) -> str:
        """The versions of a versioned table that were replaced or removed: as records, and superseded_at."""
        return f"{name(self.catalog)}.history.{name(table)}"

    def kept(self, table: str) -> str:
        """One of values, which are KPIs over time, and filled, which says how far they are."""
        return f"{name(self.catalog)}.kept.{name(table)}"

    def ledger(self, table: str) -> str:
        """What is kept up from the records; its tables are the ledger's own."""
        return f"{name(self.catalog)}.ledger.{name(table)}"

    def prepare(self, db: duckdb.DuckDBPyConnection) -> None:
        """Make what is missing: the schemas, tables, and columns that an older file does not have."""
        db.begin()
        for schema in ("records", "history", "polls", "ledger", "kept"):
            db.execute(f"CREATE SCHEMA IF NOT EXISTS {name(self.catalog)}.{schema}")
        for state, columns in _POLLS.items():
            db.execute(f"CREATE TABLE IF NOT EXISTS {self.polls(state)} ({columns})")
        for kept, columns in _KEPT.items():
            db.execute(f"CREATE TABLE IF NOT EXISTS {self.kept(kept)} ({columns})")
        if self._number(db) is None:
            db.execute(f"INSERT INTO {self.polls('meta')} VALUES (?)", [SCHEMA_VERSION])
        db.execute(f"UPDATE {self.polls('meta')} SET layout = ?", [SCHEMA_VERSION])
        for table in TABLES.values():
            db.execute(f"CREATE TABLE IF NOT EXISTS {self.records(table.name)} ({_columns(table)})")
            if table.versioned:
                past = f"{_columns(table)}, superseded_at TIMESTAMPTZ NOT NULL"
                db.execute(f"CREATE TABLE IF NOT EXISTS {self.history(table.name)} ({past})")
        for schema, table, column in self._missing(db):
            added = f"{name(column.name)} {column.type}{_default(column)}"
            db.execute(f"ALTER TABLE {name(self.catalog)}.{schema}.{name(table.name)} ADD COLUMN {added}")
        db.commit()

    def check(self, db: duckdb.DuckDBPyConnection) -> None:
        """Raise `LayoutRefused` for a file that is newer than this program."""
        if self._exists(db, "meta") and (number := self._number(db)) is not None and number > SCHEMA_VERSION:
            raise SchemaRefused(
                f"its layout is {number}, and this version knows layouts up to {SCHEMA_VERSION}; use a newer version"
            )

    def check_complete(self, db: duckdb.DuckDBPyConnection) -> None:
        """Raise `LayoutRefused` for a file that would have to be changed before it can be read."""
        if not all(self._exists(db, table) for table in _POLLS) or self._missing(db):
            raise SchemaRefused("it is not up to date; start the exporter once, which adds what is missing")

    def _exists(self, db: duckdb.DuckDBPyConnection, table: str) -> bool:
        """Whether the file has a table of what polling remembers."""
        found = db.execute(
            "SELECT 1 FROM duckdb_tables() WHERE database_name = ? AND schema_name = 'polls' AND table_name = ?",
            [self.catalog, table],
        )
        return found.fetchone() is not None

    def _number(self, db: duckdb.DuckDBPyConnection) -> int | None:
        row = db.execute(f"SELECT max(layout) FROM {self.polls('meta')}").fetchone()
        return row[0] if row else None

    def _missing(self, db: duckdb.DuckDBPyConnection) -> list[tuple[str, Table, Column]]:
        """The schema, table and column of each that the file does not have."""
        found = db.execute(
            "SELECT schema_name, table_name, column_name FROM duckdb_columns() WHERE database_name = ?", [self.catalog]
        )
        present = set(found.fetchall())
        return [
            (schema, table, column)
            for table in TABLES.values()
            for schema in (("records", "history") if table.versioned else ("records",))
            for column in table.columns
            if (schema, table.name, column.name) not in present
        ]


def _default(column: Column) -> str:
    """What rows of before the column hold in it: the same as rows that come without it."""
    return "" if column.default is None else f" DEFAULT CAST({literal(column.default)} AS {column.type})"


def _columns(table: Table) -> str:
    typed = ", ".join(f"{name(column.name)} {column.type}" for column in table.columns)
    return f"company VARCHAR NOT NULL, source VARCHAR NOT NULL, {typed}, recorded_at TIMESTAMPTZ NOT NULL"
