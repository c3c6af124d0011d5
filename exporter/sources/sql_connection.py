"""Connects to a database that SQLAlchemy reaches: one connection and one read-only transaction for each poll."""

from __future__ import annotations

import time
from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import SecretStr
from sqlalchemy import Connection, CursorResult, make_url
from sqlalchemy.exc import SQLAlchemyError

from exporter.records.batch import SourceFailed
from exporter.sources import transactions
from exporter.sources.ending import ending
from exporter.sources.interface import Deadline
from exporter.sources.redaction import redactor
from exporter.sources.retry import TransientFailure, with_retries
from exporter.sources.sql_dialects import Parameters, connect
from exporter.sources.sql_errors import driver_message, is_auth_failure
from exporter.sources.watchdog import at_deadline

if TYPE_CHECKING:
    from exporter.sources.row_sets.postgres_copy import Copy

BATCH = 1000


class Database:
    """A database; its `url` is as `sql_dialects.check_url` returns it, and no error repeats a secret of it."""

    def __init__(self, url: SecretStr, sleep: Callable[[float], None] = time.sleep) -> None:
        self._sleep = sleep
        self._url = make_url(url.get_secret_value())
        self._redact = redactor(secrets(url))

    @contextmanager
    def connected(self, deadline: Deadline) -> Iterator[Connection]:
        """Open a connection in a read-only transaction, which is cancelled at the deadline."""
        connection = with_retries(lambda: self._connect(deadline), deadline, self._sleep)
        with transactions.closing(connection), at_deadline(deadline, lambda: transactions.cancel(connection)):
            with self._short_failures("the database refused a read-only transaction", deadline):
                transactions.begin(connection, deadline.remaining())
            with transactions.discarding_unread(connection):
                yield connection

    def read(
        self,
        query: str,
        parameters: Parameters,
        connection: Connection,
        deadline: Deadline,
        require: Callable[[Iterable[str], str], None] = lambda columns, where: None,
    ) -> Iterator[Mapping[str, object]]:
        """Yield the rows of a query as they arrive, each by column name.

        `require` is called with the columns before the first row, and raises if one is missing.
        """
        with self._opened(query, parameters, connection, deadline, require) as (result, names):
            while True:
                deadline.check()
                with self._short_failures("the query failed", deadline):
                    batch = result.fetchmany(BATCH)
                if not batch:
                    return
                for values in batch:
                    yield dict(zip(names, values, strict=True))

    @contextmanager
    def _opened(
        self,
        query: str,
        parameters: Parameters,
        connection: Connection,
        deadline: Deadline,
        require: Callable[[Iterable[str], str], None],
    ) -> Iterator[tuple[CursorResult[Any], Sequence[str]]]:
        """Give the result of a query, of which no row was read, and the names of its columns."""
        streaming = {"stream_results": True, "max_row_buffer": BATCH, "no_parameters": not parameters}
        with self._short_failures("the query failed", deadline):
            result = connection.exec_driver_sql(query, parameters, execution_options=streaming)
        with transactions.closing_result(result), transactions.discarding_unread(connection):
            if not result.returns_rows:
                raise SourceFailed("the query gives no rows; write a SELECT")
            names = list(result.keys())
            if twice := sorted({name for name in names if names.count(name) > 1}):
                raise SourceFailed(f"the query gives two columns called `{twice[0]}`; rename one with AS")
            require(names, "the query")
            yield result, names

    @staticmethod
    def can_copy(connection: Connection) -> bool:
        """Tell whether rows can be copied over a connection, as texts in UTF-8."""
        driver: Any = connection.connection.driver_connection
        return connection.dialect.driver == "psycopg" and driver.info.encoding == "utf-8"

    def copy(
        self,
        query: str,
        wanted: Container[str | None],
        connection: Connection,
        deadline: Deadline,
        require: Callable[[Iterable[str], str], None],
    ) -> Copy:
        """Return what copies those columns of a query that are wanted; `require` is as of `read`."""
        from exporter.sources.row_sets.postgres_copy import CopiedColumn, Copy

        with self._opened(query, (), connection, deadline, require) as (result, names):
            description: Any = result.cursor.description
            types = ((name, oid) for name, (_, oid, *_) in zip(names, description, strict=True) if name in wanted)
            columns = [CopiedColumn(name, oid) for name, oid in types]
        driver: Any = connection.connection.driver_connection
        return Copy(driver, query, columns)

    def copied(self, copy: Copy, folder: Path, deadline: Deadline) -> Iterator[tuple[Path, Sequence[int]]]:
        """Yield the parts of a copy."""
        import psycopg

        with ending(copy.parts(folder)) as parts:
            while True:
                deadline.check()
                try:
                    part = next(parts, None)
                except psycopg.Error as error:
                    raise deadline.failure() or SourceFailed(self._redact(f"the query failed: {error}")) from None
                if part is None:
                    return
                yield part

    def run(self, statement: str, connection: Connection, deadline: Deadline) -> None:
        """Execute a statement without rows, such as a SET."""
        with self._short_failures("the database refused its settings", deadline):
            connection.exec_driver_sql(statement)

    def columns(self, query: str, connection: Connection, deadline: Deadline) -> Sequence[str]:
        """Return the names of the columns that a query gives."""
        with self._short_failures("the query failed", deadline):
            result = connection.exec_driver_sql(query, execution_options={"no_parameters": True})
        with transactions.closing_result(result):
            return list(result.keys())

    def _connect(self, deadline: Deadline) -> Connection:
        deadline.check()
        try:
            return connect(self._url, deadline.remaining())
        except SQLAlchemyError as error:
            failure = SourceFailed if is_auth_failure(error) else TransientFailure
            raise deadline.failure() or failure(
                self._redact(f"the database did not answer: {driver_message(error)}")
            ) from None

    @contextmanager
    def _short_failures(self, what: str, deadline: Deadline) -> Iterator[None]:
        """Raise the errors of SQLAlchemy, which repeat the statement and perhaps the URL, as short failures."""
        try:
            yield
        except SQLAlchemyError as error:
            raise deadline.failure() or SourceFailed(self._redact(f"{what}: {driver_message(error)}")) from None


def secrets(secret: SecretStr) -> Iterator[str]:
    """Yield the password, and every parameter of the URL but those that name the server."""
    url = make_url(secret.get_secret_value())
    yield str(url.password or "")
    for name, values in url.normalized_query.items():
        if name not in ("host", "port"):
            yield from values
