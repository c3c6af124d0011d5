"""Reads tables and direct measures from any database that SQLAlchemy reaches, by queries that cannot change it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from typing import Annotated, Literal, TypeVar

from pydantic import AfterValidator, Field, SecretStr, ValidationInfo, field_validator
from sqlalchemy import make_url

from exporter.measures.totals import totals
from exporter.records.batch import Answer, Records, about
from exporter.records.tables import TABLES
from exporter.sources.answers import answers_from_rows
from exporter.sources.cursor import decode
from exporter.sources.interface import NOT_SET, Context, MeasureOptions, Options, Source
from exporter.sources.mapping import check_tables, lacking
from exporter.sources.query_rows import QueryRows, SqlTable
from exporter.sources.select import COMMON, check_queries, dialect_of, first_dialect, one_select, selected_names
from exporter.sources.sql_connection import Database, secrets
from exporter.sources.sql_dialects import check_url


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
                queried = QueryRows(name, table, self._database, connection, context, since)
                yield Records(name, queried.rows(), since is None, table.limits)
            for name, measure in self._options.measures.items():
                with about(f"measure {name}"):
                    adapted = totals(measure.query, measure.by, dialect_of(connection.dialect.name))
                    context.trace(f"{name}: {_one_line(measure.query)}")
                    rows = self._database.read(adapted.sql, (), connection, context.deadline)
                    yield from answers_from_rows(name, measure, rows, adapted)


def _one_line(query: str) -> str:
    return " ".join(query.split())
