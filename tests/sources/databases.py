"""The databases that test the SQL source, all used alike: one of the test's own on each server, or a file."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any, Protocol
from uuid import uuid4

from exporter.records.batch import Answer
from exporter.sources.sql import Sql, SqlOptions
from tests.servers.mariadb import MariaDb
from tests.servers.postgres import Postgres
from tests.support.source_polls import LEAD_CONSTANTS, Clock, options, poll


class AnyDatabase(Protocol):
    """A database; `instant` is its type of an instant, `counted` a query of the numbers 1 to `last` as `n`."""

    @property
    def url(self) -> str: ...

    instant: str
    endless: str
    """A query that takes hours to give its first row."""

    def execute(self, statements: str) -> list[tuple[Any, ...]]: ...

    def drop(self) -> None: ...

    def counted(self, last: int) -> str: ...


class PostgresDatabase:
    instant = "timestamptz"
    endless = "SELECT pg_sleep(600)::text AS lead_id"

    def __init__(self, server: Postgres) -> None:
        self.server = server
        self.name = f"test_{uuid4().hex}"
        server.execute(f"CREATE DATABASE {self.name}")

    @property
    def url(self) -> str:
        return self.server.dsn(database=self.name)

    def execute(self, statements: str) -> list[tuple[Any, ...]]:
        return self.server.execute(statements, self.name)

    def drop(self) -> None:
        self.server.execute(f"DROP DATABASE {self.name} WITH (FORCE)")

    def end_sessions(self) -> None:
        """End every connection to the database, as an administrator does."""
        self.server.execute(
            f"SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = '{self.name}'"
        )

    def counted(self, last: int) -> str:
        return f"SELECT generate_series(1, {last}) AS n"


class MariaDbDatabase:
    instant = "timestamp(6)"
    endless = "SELECT SLEEP(600) AS lead_id"

    def __init__(self, server: MariaDb, scheme: str = "mariadb") -> None:
        self.server = server
        self.name = f"test_{uuid4().hex}"
        self._scheme = scheme
        server.execute(f"CREATE DATABASE {self.name}")

    @property
    def url(self) -> str:
        return self.server.dsn(database=self.name, scheme=self._scheme)

    def execute(self, statements: str) -> list[tuple[Any, ...]]:
        return self.server.execute(statements, self.name)

    def drop(self) -> None:
        self.server.execute(f"DROP DATABASE {self.name}")

    def end_sessions(self) -> None:
        """End every connection to the database, as an administrator does."""
        sessions = self.server.execute(f"SELECT id FROM information_schema.processlist WHERE db = '{self.name}'")
        for (session,) in sessions:
            self.server.execute(f"KILL {session}")

    def counted(self, last: int) -> str:
        return f"SELECT seq AS n FROM seq_1_to_{last}"


class SqliteDatabase:
    instant = "text"
    endless = "WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r) SELECT max(n) AS lead_id FROM r"

    def __init__(self, folder: Path) -> None:
        self.file = folder / "a database.db"
        self.execute("PRAGMA journal_mode = WAL")

    @property
    def url(self) -> str:
        return f"sqlite:///{self.file}"

    def execute(self, statements: str) -> list[tuple[Any, ...]]:
        *first, last = [each for each in statements.split(";") if each.strip()]
        with closing(sqlite3.connect(self.file)) as connection, connection:
            for statement in first:
                connection.execute(statement)
            return connection.execute(last).fetchall()

    def drop(self) -> None:
        self.file.unlink()

    def counted(self, last: int) -> str:
        numbers = f"WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r WHERE n < {last})"
        return f"{numbers} SELECT n FROM r"


def sql(place: AnyDatabase, clock: Clock | None = None, **section: Any) -> Sql:
    """Build a source of a database; it waits by `clock`."""
    built = options("sql", **{"url": place.url, **section})
    assert isinstance(built, SqlOptions)
    return Sql(built, clock.sleep) if clock else Sql(built)


def leads(place: AnyDatabase, query: str = "SELECT * FROM leads", **table: Any) -> Sql:
    """Build a source of the table `leads`."""
    return sql(place, tables={"leads": {"query": query, **LEAD_CONSTANTS, **table}})


def measure_answers(place: AnyDatabase, query: str, **measure: Any) -> list[Answer]:
    """Return the answers of a direct measure."""
    return poll(sql(place, measures={"m": {"query": query, "unit": "count", **measure}})).answers


def ids(rows: list[Any]) -> list[object]:
    return [row["lead_id"] for row in rows]
