"""Reads tables and direct measures from any database that SQLAlchemy reaches, by queries that cannot change it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from typing import Annotated, Literal, TypeVar

from pydantic import AfterValidator, Field, SecretStr, ValidationInfo, field_validator
from sqlalchemy import Connection, make_url

from exporter.calendar.durations import Duration
from exporter.measures.totals import totals
from exporter.records.batch import Answer, Records, Row, about
from exporter.records.schema import Table
from exporter.records.tables import TABLES
from exporter.sources.answers import answers_from_rows
from exporter.sources.cursor import decode, encode
from exporter.sources.interface import NOT_SET, Context, MeasureOptions, Options, Source
from exporter.sources.mapping import CanonicalRows, RowMapping, check_tables, lacking
from exporter.sources.select import COMMON, check_queries, dialect_of, first_dialect, one_select, selected_names
from exporter.sources.sql_connection import Database, secrets
from exporter.sources.sql_dialects import Parameters, check_url, in_order


class SqlTable(RowMapping):
    """One row of the query is one of the table.

    With `cursor` only rows at or after the last seen value of that column are read, except at the first poll;
    rows deleted at the source then stay. Without it the query gives the whole table every time.
    """

    query: str = Field(description="a SELECT")
    cursor: str | None = Field(default=None, description="column of the query that grows when a row changes")
    overlap: Duration = Field(
        default=300.0, ge=0, description="how far behind the last time in `cursor` a row may be committed"
    )

    def mistakes(self, table: Table) -> Iterator[tuple[tuple[str, ...], str]]:
        """Yield what does not fit the table; a derived key needs all rows, as their number of equals counts."""
        yield from super().mistakes(table)
        if self.key is not None and self.cursor is not None:
            yield ("key",), "`key: row` needs the whole table each time; leave `cursor` out, or select an id"


class SqlMeasure(MeasureOptions):
    """The numbers that a query gives, with their labels."""

    query: str = Field(description="a SELECT of a column `value` and the labels in `by`")


Q = TypeVar("Q", SqlTable, SqlMeasure)


class SqlOptions(Options):
    """A database, and the queries that are run in it."""

    reads = "reads what SQL queries give"

    type: Literal["sql"]
    url: Annotated[SecretStr, AfterValidator(check_url)] = Field(
        description="postgresql://user:password@host/database, or another URL of SQLAlchemy"
    )
    tables: Annotated[Mapping[str, SqlTable], AfterValidator(check_tables)] = {}
    measures: Mapping[str, SqlMeasure] = {}

    @field_validator("tables", "measures")
    @classmethod
    def _only_read(cls, queried: Mapping[str, Q], info: ValidationInfo) -> Mapping[str, Q]:
        url: SecretStr | None = info.data.get("url")
        if url is None:
            return queried  # an error of its own: without the URL the dialect is unknown
        not_set = url.get_secret_value() == NOT_SET
        dialects = COMMON if not_set else (dialect_of(make_url(url.get_secret_value()).get_backend_name()),)
        return check_queries(queried, first_dialect(dialects, one_select))

    def record_tables(self) -> Mapping[str, tuple[str, ...]]:
        """Return the record tables, each with the columns that its mapping names."""
        return {name: table.mapped_columns() for name, table in self.tables.items()}

    def direct_measures(self) -> Mapping[str, MeasureOptions]:
        """Return the direct measures by name."""
        return self.measures

    def lacking_columns(self) -> Iterator[tuple[str, str]]:
        """Yield the tables whose SELECT names its columns, and not those that the table requires."""
        url = self.url.get_secret_value()
        dialect = "" if url == NOT_SET else dialect_of(make_url(url).get_backend_name())
        for name, table in self.tables.items():
            names = selected_names(table.query, dialect) if name in TABLES else None
            if names is None:
                continue
            # A database gives names in small or in large letters, whatever the query writes.
            folded = {column.lower() for column in names}
            same = [column for column in table.required(name) if column.lower() in folded and column not in names]
            if message := lacking(table, name, [*names, *same], "the query"):
                yield name, message

    def secrets(self) -> Iterator[str]:
        """Yield the password and the parameters of the URL."""
        return secrets(self.url)

    def build(self, name: str) -> Sql:
        """Return the source; it opens nothing before its first poll."""
        return Sql(self)


class Sql(Source):
    """Reads one database; every poll is one connection and one read-only transaction."""

    def __init__(self, options: SqlOptions, sleep: Callable[[float], None] = time.sleep) -> None:
        self._options = options
        self._database = Database(options.url, sleep)

    def poll(self, context: Context) -> Iterator[Records | Answer]:
        """Run the query of each table, then of each measure, all on one snapshot of the database."""
        with self._database.connected(context.deadline) as connection:
            for name, table in self._options.tables.items():
                since = decode(context.cursor.get(name), table.fingerprint(), table.overlap)
                context.trace(f"{name}: {_one_line(table.query)}")
                rows = self._rows(name, table, since, connection, context)
                yield Records(name, rows, since is None, table.limits)
            for name, measure in self._options.measures.items():
                with about(f"measure {name}"):
                    adapted = totals(measure.query, measure.by, dialect_of(connection.dialect.name))
                    context.trace(f"{name}: {_one_line(measure.query)}")
                    rows = self._database.read(adapted.sql, (), connection, context.deadline)
                    yield from answers_from_rows(name, measure, rows, adapted)

    def _rows(
        self, name: str, table: SqlTable, since: object | None, connection: Connection, context: Context
    ) -> Iterator[Row]:
        canonical = CanonicalRows(table, name)
        query: tuple[str, Parameters] = (table.query, ())
        if table.cursor:
            query = in_order(table.query, table.cursor, since, connection.dialect)
        last: object | None = None
        with about(f"table {name}"):
            for values in self._database.read(*query, connection, context.deadline, table.require(name)):
                yield canonical(values)
                last = values[table.cursor] if table.cursor and values.get(table.cursor) is not None else last
            if last is not None:
                context.cursor[name] = encode(last, table.fingerprint())


def _one_line(query: str) -> str:
    return " ".join(query.split())
