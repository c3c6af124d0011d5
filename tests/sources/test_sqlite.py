"""The SQL source on SQLite files: opened for reading only, whatever the URL says."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from exporter.records.batch import SourceFailed
from exporter.sources.interface import Deadline
from exporter.sources.sql import SqlOptions
from exporter.sources.sql_connection import Database
from tests.sources.databases import ids
from tests.support.source_polls import LEAD_CONSTANTS, options, poll


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "50% ?of #all.db"
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("CREATE TABLE leads (lead_id TEXT)")
        connection.execute("INSERT INTO leads VALUES ('a')")
    return path


def read(url: str, query: str, folder: Path | None = None) -> list[object]:
    source = options("sql", folder, url=url, tables={"leads": {"query": query, **LEAD_CONSTANTS}}).build("crm")
    return ids(poll(source).rows["leads"])


@pytest.mark.parametrize(
    "url",
    [
        "sqlite:///{file}",
        "sqlite:///{file.name}",
        "sqlite+pysqlite:///{file}",
        "sqlite:///{file}?timeout=3",
        "sqlite:///{file}?mode=rwc",
        "sqlite:///{file}?mode=rw&uri=true",
        "sqlite:///{file}?immutable=1",
        "sqlite:///file:{uri}?mode=rwc&uri=true",
        "sqlite:///file:{uri}?uri=true",
    ],
)
def test_however_the_url_names_a_file_it_is_opened_for_reading(file: Path, url: str) -> None:
    escaped = str(file).replace("%", "%25").replace("?", "%3f").replace("#", "%23")
    named = Path(str(file).replace("%", "%25").replace("?", "%3F").replace("#", "%23"))
    url = url.format(file=named, uri=escaped.replace("%", "%25"))
    assert read(url, "SELECT lead_id FROM leads", file.parent) == ["a"]
    built = options("sql", file.parent, url=url)
    assert isinstance(built, SqlOptions)
    database, deadline = Database(built.url), Deadline(30)
    with pytest.raises(SourceFailed, match="not authorized"), database.connected(deadline) as connection:
        database.run("PRAGMA query_only = OFF", connection, deadline)
    with database.connected(deadline) as connection:
        connection.connection.driver_connection.set_authorizer(None)  # type: ignore[union-attr] # sqlite3's
        connection.exec_driver_sql("PRAGMA query_only = OFF")
        with pytest.raises(SourceFailed, match="readonly database"):
            database.run("DELETE FROM leads", connection, deadline)


@pytest.mark.parametrize(
    "statement",
    [
        "ATTACH 'other.db' AS other",
        "ATTACH ':memory:' AS other",
        "DETACH main",
        "PRAGMA query_only = OFF",
        "PRAGMA table_list",
        "SELECT * FROM pragma_table_list",
        "SELECT load_extension('x')",
        "CREATE TEMP TABLE mine (a)",
        "VACUUM INTO 'other.db'",
    ],
)
def test_a_session_reaches_nothing_but_its_file_and_changes_nothing(file: Path, statement: str) -> None:
    built = options("sql", url=f"sqlite:///{file.parent}/50%25 %3Fof %23all.db")
    assert isinstance(built, SqlOptions)
    database, deadline = Database(built.url), Deadline(30)
    with (
        pytest.raises(SourceFailed, match=r"not auth|prohibited|readonly|within a transaction"),
        database.connected(deadline) as connection,
    ):
        database.run(statement, connection, deadline)
    assert sorted(path.name for path in file.parent.iterdir()) == [file.name]


def test_what_a_select_needs_is_allowed(tmp_path: Path) -> None:
    file = tmp_path / "crm.db"
    with closing(sqlite3.connect(file)) as connection, connection:
        connection.execute("CREATE VIRTUAL TABLE notes USING fts5(lead_id)")
        connection.execute("INSERT INTO notes VALUES ('a word')")
        connection.execute("CREATE VIEW seen AS SELECT upper(lead_id) AS lead_id FROM notes")
    url = f"sqlite:///{file}"
    assert read(url, "SELECT lead_id FROM notes WHERE notes MATCH 'word'") == ["a word"]
    assert read(url, "SELECT lead_id FROM seen") == ["A WORD"]
    assert read(url, "SELECT value AS lead_id FROM json_each('[1, 2]')") == [1, 2]
    numbers = "WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r WHERE n < 3) SELECT n AS lead_id FROM r"
    assert read(url, numbers) == [1, 2, 3]
    assert read(url, "SELECT name AS lead_id FROM sqlite_master WHERE name = 'seen'") == ["seen"]


def test_without_a_file_there_is_an_empty_database_in_memory() -> None:
    assert read("sqlite://", "SELECT 1 AS lead_id") == [1]
    assert read("sqlite:///:memory:", "SELECT 1 AS lead_id") == [1]


def test_a_missing_sqlite_file_is_an_error_and_stays_missing(tmp_path: Path) -> None:
    path = tmp_path / "none.db"
    source = options("sql", url=f"sqlite:///{path}", tables={"leads": {"query": "SELECT 1", **LEAD_CONSTANTS}}).build(
        "crm"
    )
    with pytest.raises(SourceFailed, match=r"there is no database file .*none\.db"):
        poll(source)
    assert not path.exists()


@pytest.fixture
def written(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    """Open a database in WAL mode, as its application does."""
    with closing(sqlite3.connect(tmp_path / "app.db", isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("CREATE TABLE leads (lead_id TEXT)")
        yield connection


def test_a_database_that_is_written_to_is_read_at_one_point_in_time(
    written: sqlite3.Connection, tmp_path: Path
) -> None:
    url = f"sqlite:///{tmp_path / 'app.db'}"
    written.execute("INSERT INTO leads VALUES ('a')")
    assert read(url, "SELECT lead_id FROM leads") == ["a"]
    written.execute("BEGIN IMMEDIATE")
    written.execute("INSERT INTO leads VALUES ('b')")
    assert read(url, "SELECT lead_id FROM leads") == ["a"]
    written.execute("COMMIT")
    assert read(url, "SELECT lead_id FROM leads ORDER BY 1") == ["a", "b"]
    written.close()
    assert read(url, "SELECT lead_id FROM leads ORDER BY 1") == ["a", "b"]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_in_a_folder_that_cannot_be_written_a_copy_is_read_as_immutable(tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    with closing(sqlite3.connect(folder / "copy.db")) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("CREATE TABLE leads AS SELECT 'a' AS lead_id")
        connection.commit()
    folder.chmod(0o500)
    url = f"sqlite:///{folder / 'copy.db'}"
    with pytest.raises(SourceFailed, match=r"its folder cannot be written to; .*immutable=1"):
        read(url, "SELECT lead_id FROM leads")
    assert read(f"{url}?immutable=1", "SELECT lead_id FROM leads") == ["a"]
