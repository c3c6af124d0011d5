"""The reading of a query against that of the databases: what passes as one SELECT, a database takes as no more."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing, suppress

import psycopg
import pymysql
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exporter.mistakes import TextError
from exporter.sources.select import one_select
from tests.servers.mariadb import MariaDb
from tests.servers.postgres import Postgres

pytestmark = pytest.mark.integration

PIECES = st.sampled_from(
    [
        *("'", "''", '"', "`", "\\", "\\'", "$$", "$a$", "E'", "U&'", "n'", "[", "]", "(", ")", ";", ",", "\n", " "),
        *("--", "-- ", "#", "/*", "*/", "/*!", "/*!50000 ", "/*M!", "/*+", "{#", "#}", "//", "-", "1", "a", "AS b"),
        *("SELECT 1", "SELECT 'x'", "WITH c AS (SELECT 1)", "FROM t", "DELETE FROM t", "DROP TABLE t", "INTO @v"),
    ]
)
TEXTS = st.lists(PIECES, min_size=1, max_size=9).map(lambda pieces: "SELECT 1 " + "".join(pieces))
ENDINGS = ("; DELETE FROM t", "\n; DELETE FROM t --", "'; DELETE FROM t; --", "*/; DELETE FROM t; /*")
QUERIES = st.tuples(TEXTS, st.sampled_from(["", *ENDINGS])).map("".join)


def passes(text: str, dialect: str) -> bool:
    try:
        one_select(text, dialect)
    except TextError:
        return False
    return True


def deletes(run: Callable[[str], object], count: Callable[[], int], text: str) -> bool:
    """Tell whether a database that may write does so."""
    with suppress(psycopg.Error, pymysql.Error, sqlite3.Error, sqlite3.Warning, UnicodeError):
        run(text)
    return count() == 0


@settings(deadline=None)
@given(text=QUERIES)
def test_what_passes_deletes_nothing_on_postgresql(postgres: Postgres, text: str) -> None:
    if not passes(text, "postgres"):
        return
    with postgres.connect() as connection:
        connection.execute("CREATE TEMP TABLE t AS SELECT 1 AS a")

        def count() -> int:
            (tables,) = connection.execute("SELECT count(*) FROM pg_class WHERE relname = 't'").fetchone() or (0,)
            return int(tables) and int(connection.execute("SELECT count(*) FROM t").fetchall()[0][0])

        assert not deletes(lambda text: connection.execute(text.encode()), count, text)


@settings(deadline=None)
@given(text=QUERIES)
def test_what_passes_deletes_nothing_on_mariadb(mariadb: MariaDb, text: str) -> None:
    if not passes(text, "mysql"):
        return
    with closing(mariadb.connect("main")) as connection, connection.cursor() as cursor:
        cursor.execute("CREATE OR REPLACE TABLE t AS SELECT 1 AS a")

        def run(text: str) -> None:
            cursor.execute(text)
            while cursor.nextset():
                pass

        def count() -> int:
            with closing(mariadb.connect("main")) as other, other.cursor() as asking:
                asking.execute("SELECT count(*) FROM t")
                tables = int(asking.fetchall()[0][0])
            with suppress(pymysql.Error):
                cursor.execute("SELECT @v IS NULL")
                return tables and int(cursor.fetchall()[0][0])
            return tables

        assert not deletes(run, count, text)


@settings(deadline=None)
@given(text=QUERIES)
def test_what_passes_deletes_nothing_on_sqlite(text: str) -> None:
    assert not (passes(text, "sqlite") and deletes_on_sqlite(text))


def deletes_on_sqlite(text: str) -> bool:
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.execute("CREATE TABLE t AS SELECT 1 AS a")
        connection.commit()
        return deletes(connection.executescript, lambda: len(connection.execute("SELECT 1 FROM t").fetchall()), text)


@pytest.mark.parametrize("text", ["SELECT 1; DELETE FROM t", "SELECT '--'; DELETE FROM t; -- '"])
def test_what_a_database_would_delete_by_is_found_out(text: str) -> None:
    """So that the tests above can fail."""
    assert deletes_on_sqlite(text)
