"""Tables and direct measures from any database that SQLAlchemy reaches, by queries that cannot change it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, SecretStr
from sqlalchemy import Connection, make_url
from sqlalchemy.engine import URL
from sqlalchemy.exc import SQLAlchemyError

from exporter.durations import Duration
from exporter.sources.answers import answers
from exporter.sources.databases import Parameters, begin, cancel, check_url, connect, in_order, refused, said
from exporter.sources.interface import (
    Answer,
    Context,
    Deadline,
    MeasureOptions,
    Options,
    Records,
    Row,
    Source,
    SourceFailed,
    about,
)
from exporter.sources.mapping import Mapped, row
from exporter.sources.position import recall, remember
from exporter.sources.redaction import redaction
from exporter.sources.retry import MayPass, persistently
from exporter.sources.watchdog import at_deadline

BATCH = 1000


def _one_statement(query: str) -> str:
    query = query.strip().rstrip(";").rstrip()
    if not query:
        raise ValueError("is empty; write a SELECT")
    return query


Query = Annotated[str, AfterValidator(_one_statement)]


class SqlTable(Mapped):
    """One row of the query is one of the table.

    With `cursor` only rows at or after the last seen value of that column are read, except at the first poll;
    rows deleted at the source then stay. Without it the query gives the whole table every time.
    """

    query: Query = Field(description="a SELECT")
    cursor: str | None = Field(default=None, description="column of the query that grows when a row changes")
    overlap: Duration = Field(
        default=300.0, ge=0, description="how far behind the last time in `cursor` a row may be committed"
    )


class SqlMeasure(MeasureOptions):
    query: Query = Field(description="a SELECT of a column `value` and the labels in `by`")


class SqlOptions(Options):
    type: Literal["sql"]
    url: Annotated[SecretStr, AfterValidator(check_url)] = Field(
        description="postgresql://user:password@host/database, or another URL of SQLAlchemy"
    )
    tables: Mapping[str, SqlTable] = {}
    measures: Mapping[str, SqlMeasure] = {}

    def fills(self) -> Mapping[str, tuple[str, ...]]:
        return {name: table.named() for name, table in self.tables.items()}

    def answers(self) -> Mapping[str, MeasureOptions]:
        return self.measures

    def build(self, name: str) -> Sql:
        return Sql(self)


OPTIONS = SqlOptions


class Sql(Source):
    """Every poll is one connection and one read-only transaction."""

    def __init__(self, options: SqlOptions, sleep: Callable[[float], None] = time.sleep) -> None:
        self._options = options
        self._sleep = sleep
        self._url = make_url(options.url.get_secret_value())
        self._clean = redaction(_secrets(self._url))

    def poll(self, context: Context) -> Iterator[Records | Answer]:
        with self._connected(context.deadline) as connection:
            for name, table in self._options.tables.items():
                since = recall(context.cursor.get(name), table.fingerprint(), table.overlap)
                rows = self._rows(name, table, since, connection, context)
                yield Records(name, rows, snapshot=since is None)
            for name, measure in self._options.measures.items():
                with about(f"measure {name}"):
                    rows = self._read(measure.query, (), connection, context.deadline)
                    yield from answers(name, measure, rows)

    def _rows(
        self, name: str, table: SqlTable, since: object | None, connection: Connection, context: Context
    ) -> Iterator[Row]:
        origins = table.origins(name)
        query: tuple[str, Parameters] = (table.query, ())
        if table.cursor:
            query = in_order(table.query, table.cursor, since, connection.dialect)
        last: object | None = None
        with about(f"table {name}"):
            for given in self._read(*query, connection, context.deadline, table.require):
                yield row(origins, table.constants, given)
                last = given[table.cursor] if table.cursor and given.get(table.cursor) is not None else last
            if last is not None:
                context.cursor[name] = remember(last, table.fingerprint())

    def _read(
        self,
        query: str,
        parameters: Parameters,
        connection: Connection,
        deadline: Deadline,
        require: Callable[[Iterable[str], str], None] = lambda columns, where: None,
    ) -> Iterator[Mapping[str, object]]:
        """The rows of a query as they arrive, each by column name."""
        streaming = {"stream_results": True, "max_row_buffer": BATCH, "no_parameters": not parameters}
        with self._plainly("the query failed", deadline):
            result = connection.exec_driver_sql(query, parameters, execution_options=streaming)
        with closing(result):
            if not result.returns_rows:
                raise SourceFailed("the query gives no rows; write a SELECT")
            names = list(result.keys())
            if twice := sorted({name for name in names if names.count(name) > 1}):
                raise SourceFailed(f"the query gives two columns called `{twice[0]}`; rename one with AS")
            require(names, "the query")
            while True:
                deadline.check()
                with self._plainly("the query failed", deadline):
                    batch = result.fetchmany(BATCH)
                if not batch:
                    return
                for values in batch:
                    yield dict(zip(names, values, strict=True))

    @contextmanager
    def _connected(self, deadline: Deadline) -> Iterator[Connection]:
        connection = persistently(lambda: self._connect(deadline), deadline, self._sleep)
        with connection, at_deadline(deadline, lambda: cancel(connection)):
            with self._plainly("the database refused a read-only transaction", deadline):
                begin(connection, deadline.remaining())
            yield connection

    def _connect(self, deadline: Deadline) -> Connection:
        deadline.check()
        try:
            return connect(self._url, deadline.remaining())
        except SQLAlchemyError as error:
            failure = SourceFailed if refused(error) else MayPass
            raise deadline.failure() or failure(self._clean(f"the database did not answer: {said(error)}")) from None

    @contextmanager
    def _plainly(self, what: str, deadline: Deadline) -> Iterator[None]:
        """Turn an error of SQLAlchemy, which repeats the statement and perhaps the URL, into a sentence."""
        try:
            yield
        except SQLAlchemyError as error:
            raise deadline.failure() or SourceFailed(self._clean(f"{what}: {said(error)}")) from None


def _secrets(url: URL) -> Iterator[str]:
    """The password, and every parameter of the URL but those that tell where the server is."""
    yield str(url.password or "")
    for name, values in url.normalized_query.items():
        if name not in ("host", "port"):
            yield from values
