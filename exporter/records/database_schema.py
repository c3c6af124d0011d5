"""The tables of the store's file: records, versions, the state of polling, the ledger, and KPIs over time."""

# ruff: noqa: S608 - names come from the schema and are quoted, values are parameters or quoted literals

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import duckdb

from exporter.records.schema import Column, Table
from exporter.records.sql import literal, name
from exporter.records.tables import TABLES

SCHEMA_VERSION = 3
"""Raised when older programs must not write a file; files with a higher number are refused. 2 added versions and the
ledger, 3 gave tables the names that they have now."""

ANSWERS = "answers"
"""The name under which direct measures are reported beside record tables."""

PERIOD_ANSWERS = "period_answers"
"""The name of the table of answers for periods."""

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
    "table_sources": (
        'company VARCHAR, source VARCHAR, "table" VARCHAR, row_count BIGINT NOT NULL, '
        'PRIMARY KEY (company, source, "table")'
    ),
    "table_versions": (
        'company VARCHAR, source VARCHAR, "table" VARCHAR, number BIGINT NOT NULL, changed_at TIMESTAMPTZ NOT NULL, '
        'PRIMARY KEY (company, source, "table")'
    ),
    "rejected": (
        'company VARCHAR NOT NULL, source VARCHAR NOT NULL, "table" VARCHAR NOT NULL, key VARCHAR NOT NULL, '
        'reason VARCHAR NOT NULL, "row" VARCHAR, rejected_at TIMESTAMPTZ NOT NULL'
    ),
    "held": (
        'company VARCHAR, source VARCHAR, "table" VARCHAR, present BIGINT NOT NULL, missing BIGINT NOT NULL, '
        "delivered BIGINT NOT NULL, as_of TIMESTAMPTZ, since TIMESTAMPTZ NOT NULL, "
        'accepted BOOLEAN NOT NULL DEFAULT false, PRIMARY KEY (company, source, "table")'
    ),
    "first_runs": (
        "company VARCHAR, source VARCHAR, share DOUBLE NOT NULL, reached VARCHAR NOT NULL, "
        "PRIMARY KEY (company, source)"
    ),
    "remembered": "company VARCHAR NOT NULL, source VARCHAR NOT NULL, key VARCHAR NOT NULL, text VARCHAR NOT NULL",
    "estimated": (
        'company VARCHAR, source VARCHAR, "table" VARCHAR, before TIMESTAMPTZ NOT NULL, why VARCHAR NOT NULL, '
        'PRIMARY KEY (company, source, "table")'
    ),
    "corrections": "company VARCHAR, source VARCHAR, total BIGINT NOT NULL, PRIMARY KEY (company, source)",
    "changed_customers": "company VARCHAR NOT NULL, customer_id VARCHAR NOT NULL",
}

_KPI_HISTORY = {
    "kpi_history": (
        "company VARCHAR NOT NULL, kpi VARCHAR NOT NULL, moment TIMESTAMPTZ NOT NULL, "
        "value DOUBLE, status UTINYINT, plan DOUBLE, previous DOUBLE, to_date DOUBLE"
    ),
    "kpi_history_state": (
        "company VARCHAR PRIMARY KEY, definition VARCHAR NOT NULL, begun TIMESTAMPTZ, complete TIMESTAMPTZ, "
        "latest TIMESTAMPTZ"
    ),
}
"""KPIs over time; they can be computed again from the records."""

DEFINITIONS = "definitions"
"""The table of the definition by which each company's ledger was computed."""

_RENAMED = (
    ("polls", "touched", "changed_customers"),
    ("polls", "fills", "table_sources"),
    ("kept", "values", "kpi_history"),
    ("kept", "filled", "kpi_history_state"),
    ("ledger", "kept", "definitions"),
)
"""Schema, name and present name of tables that files up to layout 2 have under another name."""


class SchemaRefused(Exception):
    """This program cannot use the file's layout; the message says why and what to do."""


@dataclass(frozen=True)
class DatabaseSchema:
    """The qualified names of the tables.

    They carry the catalog, which DuckDB names after the file, so that a file `records.duckdb` is not taken for the
    schema.
    """

    catalog: str

    @classmethod
    def of(cls, db: duckdb.DuckDBPyConnection) -> DatabaseSchema:
        """Return the schema of the file that a connection has open."""
        row = db.execute("SELECT current_database()").fetchone()
        assert row is not None
        return cls(row[0])

    def records(self, table: str) -> str:
        """Return the name of a canonical table; it has company, source, the table's columns and recorded_at."""
        return f"{name(self.catalog)}.records.{name(table)}"

    def polls(self, table: str) -> str:
        """Return the name of a table of polling.

        They are meta, answers, period_answers, sources, table_sources, table_versions, rejected, held, first_runs,
        which are not yet over, remembered, which are texts of sources by key, estimated, which are tables with
        reconstructed rows, corrections, which are numbers, and changed_customers, whose versioned rows changed since
        the ledger was refreshed.
        """
        return f"{name(self.catalog)}.polls.{name(table)}"

    def history(self, table: str) -> str:
        """Return the name of a table's superseded versions; they have superseded_at beside the columns of records."""
        return f"{name(self.catalog)}.history.{name(table)}"

    @property
    def kpi_history(self) -> str:
        """The name of the table of KPIs over time."""
        return self._kpis("kpi_history")

    @property
    def kpi_history_state(self) -> str:
        """The name of the table that says how far each company's KPI history goes."""
        return self._kpis("kpi_history_state")

    def _kpis(self, table: str) -> str:
        return f"{name(self.catalog)}.kpis.{name(table)}"

    def ledger(self, table: str) -> str:
        """Return the name of a table that the ledger derives from the records."""
        return f"{name(self.catalog)}.ledger.{name(table)}"

    def prepare(self, db: duckdb.DuckDBPyConnection) -> None:
        """Create the schemas, tables and columns that the file lacks; a file that is up to date is only read."""
        if self._number(db) == SCHEMA_VERSION and self._is_complete(db):
            return
        db.begin()
        for schema in ("records", "history", "polls", "ledger", "kpis"):
            db.execute(f"CREATE SCHEMA IF NOT EXISTS {name(self.catalog)}.{schema}")
        self._rename(db)
        for state, columns in _POLLS.items():
            db.execute(f"CREATE TABLE IF NOT EXISTS {self.polls(state)} ({columns})")
        for table_name, columns in _KPI_HISTORY.items():
            db.execute(f"CREATE TABLE IF NOT EXISTS {self._kpis(table_name)} ({columns})")
        db.execute(f"ALTER TABLE {self.kpi_history} ADD COLUMN IF NOT EXISTS to_date DOUBLE")
        columns = "company VARCHAR PRIMARY KEY, definition VARCHAR NOT NULL"
        db.execute(f"CREATE TABLE IF NOT EXISTS {self.ledger(DEFINITIONS)} ({columns})")
        if self._number(db) is None:
            db.execute(f"INSERT INTO {self.polls('meta')} VALUES (?)", [SCHEMA_VERSION])
        db.execute(f"UPDATE {self.polls('meta')} SET layout = ?", [SCHEMA_VERSION])
        for table in TABLES.values():
            db.execute(f"CREATE TABLE IF NOT EXISTS {self.records(table.name)} ({_columns(table)})")
            if table.versioned:
                past = f"{_columns(table)}, superseded_at TIMESTAMPTZ NOT NULL"
                db.execute(f"CREATE TABLE IF NOT EXISTS {self.history(table.name)} ({past})")
        for schema, table, column in _missing(self._present(db)):
            added = f"{name(column.name)} {column.type}{_default(column)}"
            db.execute(f"ALTER TABLE {name(self.catalog)}.{schema}.{name(table.name)} ADD COLUMN {added}")
        db.commit()

    def _rename(self, db: duckdb.DuckDBPyConnection) -> None:
        """Give the tables and the column of an older file the names that they have now."""
        for schema, old, new in _RENAMED:
            if not self._has(db, schema, old):
                continue
            if schema == "kept":  # a table cannot be moved to another schema
                columns = _KPI_HISTORY[new]
                db.execute(f"CREATE TABLE {self._kpis(new)} ({columns})")
                db.execute(f"INSERT INTO {self._kpis(new)} BY NAME FROM {name(self.catalog)}.kept.{name(old)}")
                db.execute(f"DROP TABLE {name(self.catalog)}.kept.{name(old)}")
            else:
                db.execute(f"ALTER TABLE {name(self.catalog)}.{schema}.{name(old)} RENAME TO {name(new)}")
        if self._has(db, "polls", "held", "given"):
            db.execute(f"ALTER TABLE {self.polls('held')} RENAME COLUMN given TO delivered")
        db.execute("DROP SCHEMA IF EXISTS kept")

    def check(self, db: duckdb.DuckDBPyConnection) -> None:
        """Raise `SchemaRefused` for a file that is newer than this program."""
        number = self._number(db)
        if number is not None and number > SCHEMA_VERSION:
            raise SchemaRefused(
                f"its layout is {number}, and this version knows layouts up to {SCHEMA_VERSION}; use a newer version"
            )

    def check_complete(self, db: duckdb.DuckDBPyConnection) -> None:
        """Raise `SchemaRefused` for a file that must be changed before it can be read."""
        if not self._is_complete(db):
            raise SchemaRefused("it is not up to date; start the exporter once, which adds what is missing")

    def _has(self, db: duckdb.DuckDBPyConnection, schema: str, table: str, column: str | None = None) -> bool:
        """Tell whether the file has a table, with a column of this name if one is given."""
        rows = db.execute(
            "SELECT 1 FROM duckdb_columns() WHERE database_name = $catalog AND schema_name = $schema "
            "AND table_name = $table AND ($column IS NULL OR column_name = $column)",
            {"catalog": self.catalog, "schema": schema, "table": table, "column": column},
        )
        return rows.fetchone() is not None

    def _number(self, db: duckdb.DuckDBPyConnection) -> int | None:
        """Return the version of the file's layout; None if the file has no tables yet."""
        try:
            row = db.execute(f"SELECT max(layout) FROM {self.polls('meta')}").fetchone()
        except duckdb.CatalogException:
            return None
        return row[0] if row else None

    def _is_complete(self, db: duckdb.DuckDBPyConnection) -> bool:
        """Return whether the file has all tables and columns of this program."""
        present = self._present(db)
        tables = {(schema, table) for schema, table, _ in present}
        expected = {("polls", table) for table in _POLLS} | {("kpis", table) for table in _KPI_HISTORY}
        expected.add(("ledger", DEFINITIONS))
        added_later = ("kpis", "kpi_history", "to_date")
        return expected <= tables and added_later in present and not _missing(present)

    def _present(self, db: duckdb.DuckDBPyConnection) -> Collection[tuple[str, str, str]]:
        """Return schema, table and column of each column that the file has."""
        columns = db.execute(
            "SELECT schema_name, table_name, column_name FROM duckdb_columns() WHERE database_name = ?", [self.catalog]
        )
        return set(columns.fetchall())


def _missing(present: Collection[tuple[str, str, str]]) -> list[tuple[str, Table, Column]]:
    """Return schema, table and column of each column of a record table that is not among those present."""
    return [
        (schema, table, column)
        for table in TABLES.values()
        for schema in (("records", "history") if table.versioned else ("records",))
        for column in table.columns
        if (schema, table.name, column.name) not in present
    ]


def _default(column: Column) -> str:
    """Return the DEFAULT clause of a new column: older rows get the value of rows that come without it."""
    return "" if column.default is None else f" DEFAULT CAST({literal(column.default)} AS {column.type})"


def _columns(table: Table) -> str:
    typed = ", ".join(f"{name(column.name)} {column.type}" for column in table.columns)
    return f"company VARCHAR NOT NULL, source VARCHAR NOT NULL, {typed}, recorded_at TIMESTAMPTZ NOT NULL"
