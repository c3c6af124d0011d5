"""What the SQL source does alike on PostgreSQL, MariaDB and SQLite."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from uuid import uuid4

import pytest
from pydantic import ValidationError
from sqlalchemy import make_url

from exporter.records.batch import Answer, Records, SourceFailed
from exporter.sources.ending import ending
from exporter.sources.interface import Deadline
from exporter.sources.sql import SqlOptions
from exporter.sources.sql_connection import Database
from exporter.sources.transactions import cancel
from tests.servers.process import wait_until
from tests.servers.proxy import Proxy
from tests.sources.databases import (
    AnyDatabase,
    MariaDbDatabase,
    PostgresDatabase,
    SqliteDatabase,
    ids,
    leads,
    measure_answers,
    sql,
)
from tests.support.source_polls import LEAD_CONSTANTS, Clock, context, options, poll

pytestmark = pytest.mark.integration


@pytest.fixture(params=["postgresql", "mariadb", "mysql", "sqlite"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[AnyDatabase]:
    made: AnyDatabase
    if request.param == "postgresql":
        made = PostgresDatabase(request.getfixturevalue("postgres"))
    elif request.param == "sqlite":
        made = SqliteDatabase(tmp_path)
    else:
        made = MariaDbDatabase(request.getfixturevalue("mariadb"), request.param)
    yield made
    made.drop()


def test_a_table_is_read_whole(place: AnyDatabase) -> None:
    place.execute(
        "CREATE TABLE leads (lead_id varchar(9), note varchar(20)); INSERT INTO leads VALUES ('ä', '😀'), ('b', NULL)"
    )
    polled = poll(
        leads(place, "SELECT * FROM leads ORDER BY note IS NULL", columns={"created_at": "note"}, constants={})
    )
    assert polled.rows["leads"] == [{"lead_id": "ä", "created_at": "😀"}, {"lead_id": "b", "created_at": None}]
    assert polled.snapshots == {"leads": True}


@pytest.mark.parametrize("cursor", [None, "n"])
def test_a_query_reaches_the_database_as_it_is_written(place: AnyDatabase, cursor: str | None) -> None:
    query = (
        "SELECT '10% :x %s ?' AS lead_id, 1 AS n, '12:30' AS created_at WHERE 'abc' LIKE '%b%' -- :all of it; %(since)s"
    )
    remembered: dict[str, str] = {}
    for _ in range(2):
        polled = poll(leads(place, query, cursor=cursor, constants={}), remembered)
        assert polled.rows["leads"] == [{"lead_id": "10% :x %s ?", "created_at": "12:30"}]


@pytest.mark.parametrize(
    ("kind", "old", "new"),
    [
        ("{instant}", "'2026-01-01 00:00:00'", "'2026-01-02 00:00:00.000001'"),
        ("date", "'2026-01-01'", "'2026-01-02'"),
        ("bigint", "9000000000", "9000000001"),
        ("numeric(30, 20)", "0.5", "1.5"),
        ("double precision", "0.1", "0.2"),
        ("varchar(9)", "'O''Brien'", "'Ümlaut'"),
    ],
)
def test_with_a_cursor_only_what_is_new_is_read(place: AnyDatabase, kind: str, old: str, new: str) -> None:
    kind = kind.format(instant=place.instant)
    place.execute(f"CREATE TABLE leads (lead_id varchar(9), changed {kind} NULL)")
    place.execute(f"INSERT INTO leads VALUES ('new', {new}), ('old', {old})")
    source = leads(place, "SELECT lead_id, changed AS changed FROM leads", cursor="changed")
    remembered: dict[str, str] = {}
    assert ids(poll(source, remembered).rows["leads"]) == ["old", "new"]
    assert ids(poll(source, remembered).rows["leads"]) == ["new"]
    place.execute("INSERT INTO leads VALUES ('none', NULL)")
    assert sorted(map(str, ids(poll(source, remembered).rows["leads"]))) == ["new", "none"]


WRITES = [
    "INSERT INTO leads VALUES ('x')",
    "UPDATE leads SET lead_id = 'x'",
    "DELETE FROM leads",
    "CREATE TABLE mine AS SELECT 1 AS lead_id",
    "DROP TABLE leads",
    "ALTER TABLE leads ADD more int",
    "CREATE INDEX i ON leads (lead_id)",
]


@pytest.mark.parametrize("query", WRITES)
def test_a_statement_that_writes_is_refused_by_the_session_too(place: AnyDatabase, query: str) -> None:
    place.execute("CREATE TABLE leads (lead_id varchar(9)); INSERT INTO leads VALUES ('kept')")
    built = options("sql", url=place.url)
    assert isinstance(built, SqlOptions)
    database, deadline = Database(built.url), Deadline(30)
    with pytest.raises(SourceFailed, match=r"(?i)read.?only|not auth"), database.connected(deadline) as connection:
        database.run(query, connection, deadline)
    with database.connected(deadline) as connection:
        assert list(database.read("SELECT * FROM leads", (), connection, deadline)) == [{"lead_id": "kept"}]


def test_true_is_one(place: AnyDatabase) -> None:
    assert [answer.value for answer in measure_answers(place, "SELECT true AS value")] == [1]
    assert [answer.value for answer in measure_answers(place, "SELECT 1 > 2 AS value")] == [0]


@pytest.mark.parametrize(
    "query", ["SELECT NULL AS value", "SELECT 1 AS value FROM leads", "SELECT sum(1) AS value FROM leads"]
)
def test_what_is_unknown_is_not_zero(place: AnyDatabase, query: str) -> None:
    place.execute("CREATE TABLE leads (lead_id varchar(9))")
    assert measure_answers(place, query) == [Answer("m", None)]


def test_rows_stream_and_what_is_not_wanted_is_not_waited_for(place: AnyDatabase) -> None:
    items = leads(place, f"SELECT n AS lead_id FROM ({place.counted(10**12)}) x").poll(context())
    records = next(items)
    assert isinstance(records, Records)
    with ending(iter(records.rows)) as rows:
        assert ids(list(islice(rows, 3))) == [1, 2, 3]
    items.close()  # type: ignore[attr-defined] # every poll is a generator


def test_rows_that_never_end_stop_at_the_deadline(place: AnyDatabase) -> None:
    clock = Clock()
    items = leads(place, f"SELECT n AS lead_id FROM ({place.counted(10**12)}) x").poll(
        context(deadline=Deadline(30, clock))
    )
    records = next(items)
    assert isinstance(records, Records)
    rows = iter(records.rows)
    next(rows)
    clock.seconds += 30
    with pytest.raises(SourceFailed, match=r"^table leads: timed out after 30s"):
        for _ in rows:
            pass


def test_a_query_that_takes_too_long_is_ended(place: AnyDatabase) -> None:
    with pytest.raises(SourceFailed, match=r"table leads: (timed out|.*(statement timeout|max_statement_time))"):
        poll(leads(place, place.endless), deadline=Deadline(0.5))
    assert ids(poll(leads(place, "SELECT 1 AS lead_id")).rows["leads"]) == [1]


def test_a_measure_that_is_ambiguous_fails_its_poll_and_not_the_next(place: AnyDatabase) -> None:
    query = f"SELECT n AS value FROM ({place.counted(50_000)}) x"
    with pytest.raises(SourceFailed, match="measure m: several values; let the query give one"):
        measure_answers(place, query)
    assert len(measure_answers(place, "SELECT 1 AS value")) == 1


@pytest.mark.parametrize(
    "query",
    [
        "DROP TABLE leads",
        "SELECT lead_id FROM leads; DROP TABLE leads",
        "WITH gone AS (DELETE FROM leads RETURNING lead_id) SELECT lead_id FROM gone",
        "SELECT lead_id INTO mine FROM leads",
    ],
)
def test_a_query_that_is_not_one_select_is_refused_when_the_catalogue_loads(place: AnyDatabase, query: str) -> None:
    with pytest.raises(ValidationError, match=r"write one SELECT|only reads"):
        leads(place, query)
    with pytest.raises(ValidationError, match=r"write one SELECT|only reads"):
        measure_answers(place, query)


SERVED = pytest.mark.parametrize("place", ["postgresql", "mariadb"], indirect=True)


@SERVED
@pytest.mark.parametrize("user", ["owner", "nobody"])
def test_a_wrong_user_or_password_is_tried_once(place: PostgresDatabase | MariaDbDatabase, user: str) -> None:
    url, clock = place.server.dsn(user, "wr0ng/wörd"), Clock()
    logged = len(place.server.log)
    source = sql(place, clock, url=url, tables={"leads": {"query": "SELECT 1 AS lead_id"}})
    with pytest.raises(SourceFailed, match=rf"did not answer: .*{user}") as failure:
        poll(source)
    assert "wr0ng" not in str(failure.value)
    assert clock.slept == []
    wait_until(lambda: refusals(place.server.log[logged:]) > 0, "the log")
    assert refusals(place.server.log[logged:]) == 1


def refusals(log: str) -> int:
    return len(re.findall("password authentication failed|Access denied", log))


@SERVED
def test_a_database_that_the_user_may_not_enter_is_tried_once(place: PostgresDatabase | MariaDbDatabase) -> None:
    user = f"u{uuid4().hex[:12]}"
    if isinstance(place, MariaDbDatabase):
        place.execute(f"CREATE USER {user}@'%' IDENTIFIED BY 'x'")
    else:
        place.execute(f"CREATE USER {user} PASSWORD 'x'; REVOKE CONNECT ON DATABASE {place.name} FROM public")
    clock = Clock()
    with pytest.raises(SourceFailed, match="did not answer: "):
        poll(sql(place, clock, url=place.server.dsn(user, "x", place.name), tables={"leads": {"query": "SELECT 1"}}))
    assert clock.slept == []


@pytest.fixture
def stopped(place: PostgresDatabase | MariaDbDatabase) -> Iterator[PostgresDatabase | MariaDbDatabase]:
    place.server.stop()
    yield place
    place.server.stop()
    place.server.start()


@SERVED
def test_a_server_that_is_down_is_asked_again_within_the_deadline(stopped: PostgresDatabase | MariaDbDatabase) -> None:
    for seconds, times in ((60, 4), (2, 2)):
        clock = Clock()
        with pytest.raises(SourceFailed, match=r"the database did not answer: .*Connection refused"):
            poll(sql(stopped, clock, tables={"leads": {"query": "SELECT 1"}}), deadline=Deadline(seconds, clock))
        assert len(clock.slept) <= times
        assert clock.slept == sorted(set(clock.slept))
        assert sum(clock.slept) < seconds


@SERVED
def test_a_server_that_ends_in_the_middle_of_a_query_fails_the_poll_and_not_the_next(
    place: PostgresDatabase | MariaDbDatabase,
) -> None:
    source = leads(place, f"SELECT n AS lead_id FROM ({place.counted(1_000_000)}) x")
    records = next(items := source.poll(context()))
    assert isinstance(records, Records)
    rows = iter(records.rows)
    next(rows)
    place.server.restart()
    with pytest.raises(SourceFailed, match=r"^table leads: the query failed: "):
        list(rows)
    items.close()  # type: ignore[attr-defined] # every poll is a generator
    assert len(poll(leads(place, f"SELECT n AS lead_id FROM ({place.counted(5000)}) x")).rows["leads"]) == 5000


@SERVED
@pytest.mark.parametrize("last", [3, 1_000_000])
@pytest.mark.parametrize("read", [0, 1])
def test_a_poll_whose_connection_was_ended_closes_without_another_failure(
    place: PostgresDatabase | MariaDbDatabase, last: int, read: int
) -> None:
    items = leads(place, f"SELECT n AS lead_id FROM ({place.counted(last)}) x").poll(context())
    records = next(items)
    assert isinstance(records, Records)
    rows = iter(records.rows)
    assert len(list(islice(rows, read))) == read
    place.end_sessions()
    rows.close()  # type: ignore[attr-defined] # the rows are a generator
    items.close()  # type: ignore[attr-defined] # every poll is a generator


@SERVED
def test_a_failure_is_not_replaced_by_that_of_a_connection_that_was_ended(
    place: PostgresDatabase | MariaDbDatabase,
) -> None:
    built = options("sql", url=place.url)
    assert isinstance(built, SqlOptions)

    def failing() -> None:
        with Database(built.url).connected(Deadline(30)) as connection:
            place.end_sessions()
            cancel(connection)
            raise SourceFailed("what went wrong")

    with pytest.raises(SourceFailed, match=r"^what went wrong$"):
        failing()


def through(proxy: Proxy, place: PostgresDatabase | MariaDbDatabase) -> str:
    url = make_url(place.url).set(port=proxy.port)
    return url.render_as_string(hide_password=False)


@SERVED
def test_a_network_that_falls_silent_in_the_middle_of_a_query_ends_the_poll(
    place: PostgresDatabase | MariaDbDatabase,
) -> None:
    with Proxy(place.server.port) as proxy:
        table = {"query": f"SELECT n AS lead_id FROM ({place.counted(10**12)}) x"}
        source = sql(place, url=through(proxy, place), tables={"leads": {**table, **LEAD_CONSTANTS}})
        items = source.poll(context(deadline=Deadline(1)))
        records = next(items)
        assert isinstance(records, Records)
        rows = iter(records.rows)
        next(rows)
        proxy.silence()
        with pytest.raises(SourceFailed, match=r"^table leads: timed out after 1s"):
            list(rows)
        items.close()  # type: ignore[attr-defined] # every poll is a generator


@SERVED
def test_a_server_that_takes_connections_and_says_nothing_ends_the_poll(
    place: PostgresDatabase | MariaDbDatabase,
) -> None:
    with Proxy(place.server.port) as proxy:
        proxy.silence()
        source = sql(place, url=through(proxy, place), tables={"leads": {"query": "SELECT 1 AS lead_id"}})
        with pytest.raises(SourceFailed, match=r"timed out after 1s|did not answer"):
            poll(source, deadline=Deadline(1))
