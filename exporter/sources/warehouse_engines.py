"""The kinds of warehouse, and how each is reached."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import Protocol

from pydantic import SecretStr, ValidationInfo
from sqlalchemy import Connection, make_url

from exporter.measures.pushdown.script import Script
from exporter.sources import spark, sql_connection
from exporter.sources.interface import NOT_SET, Deadline
from exporter.sources.sql_connection import Database
from exporter.sources.sql_dialects import check_url

DIALECTS: Mapping[str, str] = {"postgresql": "postgres"}
"""sqlglot's name of the SQL of each kind of database, by SQLAlchemy's name."""

POSSIBLE = (*DIALECTS.values(), spark.Spark.dialect)
"""The dialects that a query may be in where the URL of its warehouse is not set."""


class Session(Protocol):
    """A connection to a warehouse, for one poll. Every method raises `SourceFailed`."""

    def run(self, statement: str) -> None:
        """Execute a statement without rows, such as a SET."""

    def columns(self, query: str) -> Sequence[str]:
        """Return the names of the columns that a query gives."""

    def rows(self, script: Script) -> Sequence[Mapping[str, object]]:
        """Return the rows of a script, each by column name."""


class Engine(Protocol):
    """A warehouse; `dialect` is sqlglot's name of its SQL."""

    dialect: str

    def connected(self, deadline: Deadline) -> AbstractContextManager[Session]:
        """Open a session that is ended at the deadline.

        Raises:
            SourceFailed: If the warehouse does not answer.
        """


def check_engine(url: SecretStr, info: ValidationInfo) -> SecretStr:
    """Return the URL as `engine` takes it.

    Raises:
        ValueError: If measures cannot be computed there; the message repeats nothing of the URL but the kind.
    """
    if url.get_secret_value() == NOT_SET:
        return url
    if url.get_secret_value().startswith(spark.SCHEME):
        return spark.check_url(url)
    url = check_url(url, info)
    backend = make_url(url.get_secret_value()).get_backend_name()
    if backend not in DIALECTS:
        places = f"{' and '.join(DIALECTS)} databases and in Apache Spark (sc://host:15002)"
        raise ValueError(f"is of {backend}; measures are computed in {places}")
    return url


def secrets(url: SecretStr) -> Iterator[str]:
    """Yield what no message may repeat of a URL."""
    return spark.secrets(url) if url.get_secret_value().startswith(spark.SCHEME) else sql_connection.secrets(url)


def engine(url: SecretStr) -> Engine:
    """Return the warehouse at a URL that `check_engine` returned; it opens no connection."""
    return spark.Spark(url) if url.get_secret_value().startswith(spark.SCHEME) else _Relational(url)


class _Relational:
    """A database that SQLAlchemy reaches and that needs no more than one statement: a poll is one transaction."""

    def __init__(self, url: SecretStr) -> None:
        self.dialect = DIALECTS[make_url(url.get_secret_value()).get_backend_name()]
        self._database = Database(url)

    @contextmanager
    def connected(self, deadline: Deadline) -> Iterator[Session]:
        with self._database.connected(deadline) as connection:
            yield _Transaction(self._database, connection, deadline)


class _Transaction:
    def __init__(self, database: Database, connection: Connection, deadline: Deadline) -> None:
        self._database, self._connection, self._deadline = database, connection, deadline

    def run(self, statement: str) -> None:
        self._database.run(statement, self._connection, self._deadline)

    def columns(self, query: str) -> Sequence[str]:
        return self._database.columns(query, self._connection, self._deadline)

    def rows(self, script: Script) -> Sequence[Mapping[str, object]]:
        assert not script.first, "a read-only transaction keeps nothing"
        return list(self._database.read(script.rows, (), self._connection, self._deadline))
