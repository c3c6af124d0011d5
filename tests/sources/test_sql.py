"""The SQL source on a real PostgreSQL, and on SQLite."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import islice
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from pydantic import SecretStr, ValidationError

from exporter.records.batch import Answer, Records, SourceFailed
from exporter.sources.ending import ending
from exporter.sources.interface import Deadline
from exporter.sources.sql import Sql, SqlOptions
from exporter.sources.sql_connection import Database as Session
from tests.servers.postgres import Postgres
from tests.support.source_polls import LEAD_CONSTANTS, Clock, context, options, poll

pytestmark = pytest.mark.integration


class Database:
    """A database of the test's own."""

    def __init__(self, server: Postgres) -> None:
        self.server = server
        self.name = f"test_{uuid4().hex}"
        server.execute(f"CREATE DATABASE {self.name}")

    def execute(self, statements: str) -> list[tuple[Any, ...]]:
        return self.server.execute(statements, self.name)

    def sql(self, clock: Clock | None = None, **section: Any) -> Sql:
        section = {"url": self.server.dsn(database=self.name), **section}
        built = options("sql", **section)
        assert isinstance(built, SqlOptions)
        return Sql(built, clock.sleep) if clock else Sql(built)

    def leads(self, query: str = "SELECT * FROM leads", **table: Any) -> Sql:
        return self.sql(tables={"leads": {"query": query, **LEAD_CONSTANTS, **table}})

    def measured(self, query: str, **measure: Any) -> list[Answer]:
        return poll(self.sql(measures={"m": {"query": query, "unit": "count", **measure}})).answers


@pytest.fixture
def database(postgres: Postgres) -> Iterator[Database]:
    made = Database(postgres)
    yield made
    postgres.execute(f"DROP DATABASE {made.name} WITH (FORCE)")


def ids(rows: list[Any]) -> list[object]:
    return [row["lead_id"] for row in rows]


def test_rows_come_by_mapping_with_their_types(database: Database) -> None:
    database.execute("""CREATE TABLE opportunity (id int, net numeric, opened timestamptz, due date, won bool);
        INSERT INTO opportunity VALUES (1, 10.10, '2026-01-01 00:00+02', '2026-02-01', true),
                                       (2, 'NaN', NULL, NULL, NULL)""")
    mapping = {"deal_id": "id", "amount": "net", "created_at": "opened", "expected_close_on": "due"}
    table = {"query": "SELECT * FROM opportunity ORDER BY id;", "columns": mapping}
    source = database.sql(tables={"deals": {**table, "constants": {"currency": "EUR"}}})
    polled = poll(source)
    assert polled.snapshots == {"deals": True}
    assert polled.rows["deals"] == [
        {
            "deal_id": 1,
            "amount": Decimal("10.10"),
            "created_at": datetime(2025, 12, 31, 22, tzinfo=UTC),
            "expected_close_on": date(2026, 2, 1),
            "won": True,
            "currency": "EUR",
        },
        {
            "deal_id": 2,
            "amount": None,
            "created_at": None,
            "expected_close_on": None,
            "won": None,
            "currency": "EUR",
        },
    ]


@pytest.mark.parametrize("cursor", [None, "n"])
def test_a_query_reaches_the_database_as_it_is_written(database: Database, cursor: str | None) -> None:
    query = r"""SELECT '10%' || ' :x %s ? \:y' AS lead_id, 1::int AS n, '12:30' AS created_at
        WHERE 'abc' LIKE '%b%' -- :all of it; %(since)s"""
    remembered: dict[str, str] = {}
    for _ in range(2):
        polled = poll(database.leads(query, cursor=cursor, constants={}), remembered)
        assert polled.rows["leads"] == [{"lead_id": r"10% :x %s ? \:y", "created_at": "12:30"}]


def test_with_a_cursor_only_what_is_new_is_read_and_nothing_is_lost(database: Database) -> None:
    database.execute("CREATE TABLE leads (lead_id text, n int); INSERT INTO leads VALUES ('a', 1), ('b', 2)")
    remembered: dict[str, str] = {}

    first = poll(database.leads(cursor="n"), remembered)
    assert (ids(first.rows["leads"]), first.snapshots) == (["a", "b"], {"leads": True})

    database.execute("INSERT INTO leads VALUES ('same as b', 2), ('c', 3), ('no number', NULL)")
    second = poll(database.leads(cursor="n"), remembered)
    assert sorted(map(str, ids(second.rows["leads"]))) == ["b", "c", "no number", "same as b"]
    assert second.snapshots == {"leads": False}

    third = poll(database.leads(cursor="n"), remembered)
    assert ids(third.rows["leads"]) == ["c", "no number"]
    database.execute("DELETE FROM leads")
    assert poll(database.leads(cursor="n"), remembered).rows["leads"] == []
    database.execute("INSERT INTO leads VALUES ('old', 2), ('new', 4)")
    assert ids(poll(database.leads(cursor="n"), remembered).rows["leads"]) == ["new"]


@pytest.mark.parametrize(
    ("kind", "old", "new"),
    [
        ("timestamptz", "2026-01-01 00:00+02", "2026-01-02 00:00+02"),
        ("timestamp", "2026-01-01 00:00", "2026-01-02 00:00:00.000001"),
        ("date", "2026-01-01", "2026-01-02"),
        ("bigint", "9000000000", "9000000001"),
        ("numeric", "1.5", "1.50000000000000000001"),
        ("double precision", "0.1", "0.2"),
        ("text", "O'Brien", "Ümlaut"),
        ("varchar(5)", "a", "b"),
    ],
)
def test_a_cursor_keeps_its_type(database: Database, kind: str, old: str, new: str) -> None:
    old, new = old.replace("'", "''"), new.replace("'", "''")
    database.execute(
        f"""CREATE TABLE leads (lead_id text, "Changed At" {kind}); INSERT INTO leads VALUES
        ('old', '{old}'), ('new', '{new}')"""
    )
    remembered: dict[str, str] = {}
    source = database.leads(cursor="Changed At")
    assert ids(poll(source, remembered).rows["leads"]) == ["old", "new"]
    assert ids(poll(source, remembered).rows["leads"]) == ["new"]


def test_rows_committed_late_are_seen_within_the_overlap(database: Database) -> None:
    database.execute("""CREATE TABLE leads (lead_id text, at timestamptz);
        INSERT INTO leads VALUES ('a', '2026-01-01 12:00+00')""")
    remembered: dict[str, str] = {}
    source = database.leads(cursor="at", overlap="10m")
    poll(source, remembered)
    database.execute("INSERT INTO leads VALUES ('late', '2026-01-01 11:51+00'), ('too late', '2026-01-01 11:49+00')")
    assert ids(poll(source, remembered).rows["leads"]) == ["late", "a"]


def test_another_query_starts_from_the_beginning(database: Database) -> None:
    database.execute("CREATE TABLE leads (lead_id text, n int); INSERT INTO leads VALUES ('a', 1), ('b', 2)")
    remembered: dict[str, str] = {}
    poll(database.leads(cursor="n"), remembered)
    polled = poll(database.leads("SELECT * FROM leads WHERE n > 0", cursor="n"), remembered)
    assert (ids(polled.rows["leads"]), polled.snapshots) == (["a", "b"], {"leads": True})


def test_a_poll_that_fails_remembers_nothing(database: Database) -> None:
    remembered: dict[str, str] = {}
    query = "SELECT n AS lead_id, n, 1 / (5000 - n) AS created_at FROM generate_series(1, 6000) n"
    with pytest.raises(SourceFailed, match=r"^table leads: the query failed: division by zero"):
        poll(database.leads(query, cursor="n", constants={}), remembered)
    assert remembered == {}


def test_a_cursor_that_has_no_order_is_refused(database: Database) -> None:
    with pytest.raises(SourceFailed, match="`cursor` column holds a bool"):
        poll(database.leads("SELECT 1 AS lead_id, true AS b", cursor="b"), {})


WRITES = [
    "INSERT INTO leads VALUES ('x')",
    "DELETE FROM leads",
    "DELETE FROM leads RETURNING lead_id",
    "WITH gone AS (DELETE FROM leads RETURNING *) SELECT lead_id FROM gone",
    "SELECT wipe() AS lead_id",
    "SELECT set_config('transaction_read_only', 'off', false) AS lead_id, wipe()",
    "SELECT 1 AS lead_id; COMMIT; DELETE FROM leads",
    "COMMIT; DELETE FROM leads",
    "CREATE TABLE mine AS SELECT 1 AS lead_id",
    "DROP TABLE leads",
]


def unchecked(database: Database, query: str) -> object:
    """Run a query that only the session keeps from writing."""
    session = Session(SecretStr(database.server.dsn(database=database.name).replace(":", "+psycopg:", 1)))
    with session.connected(Deadline(30)) as connection:
        return list(session.read(query, (), connection, Deadline(30)))


@pytest.mark.parametrize("query", WRITES)
@pytest.mark.parametrize("place", ["table", "cursor", "measure", "session"])
def test_nothing_in_a_query_can_change_the_database(database: Database, query: str, place: str) -> None:
    """Most are refused before they are sent; the session, which the place of that name tries alone, stops all."""
    database.execute("CREATE TABLE leads (lead_id text); INSERT INTO leads VALUES ('kept')")
    database.execute("""CREATE FUNCTION wipe() RETURNS text LANGUAGE plpgsql VOLATILE AS
        $$ BEGIN DELETE FROM leads; RETURN 'gone'; END $$""")
    run: Callable[[], object] = {
        "table": lambda: poll(database.leads(query)),
        "cursor": lambda: poll(database.leads(query, cursor="lead_id")),
        "measure": lambda: database.measured(query),
        "session": lambda: unchecked(database, query),
    }[place]
    with pytest.raises((SourceFailed, ValidationError)):
        run()
    rows = database.execute("SELECT (SELECT array_agg(lead_id) FROM leads), to_regclass('mine')")
    assert rows == [(["kept"], None)]


def test_no_transaction_of_the_session_may_write(database: Database) -> None:
    setting = "SELECT current_setting('default_transaction_read_only') AS lead_id"
    assert ids(poll(database.leads(setting)).rows["leads"]) == ["on"]


def test_a_poll_sees_one_point_in_time(database: Database) -> None:
    database.execute("CREATE TABLE leads (lead_id text); INSERT INTO leads VALUES ('a')")
    source = database.sql(
        tables={"leads": {"query": "SELECT * FROM leads", **LEAD_CONSTANTS}},
        measures={"m": {"query": "SELECT count(*) AS value FROM leads", "unit": "count"}},
    )
    items = source.poll(context())
    records = next(items)
    assert isinstance(records, Records)
    assert len(list(records.rows)) == 1
    database.execute("INSERT INTO leads VALUES ('b')")
    assert next(items) == Answer("m", Decimal(1))


def test_rows_stream(database: Database) -> None:
    endless = "SELECT generate_series(1, 1000000000000) AS lead_id"
    items = database.leads(endless).poll(context())
    records = next(items)
    assert isinstance(records, Records)
    with ending(iter(records.rows)) as rows:
        assert ids(list(islice(rows, 3))) == [1, 2, 3]
    items.close()  # type: ignore[attr-defined] # every poll is a generator


def test_a_poll_leaves_no_session_behind(database: Database) -> None:
    poll(database.leads("SELECT 1 AS lead_id"))
    sessions = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'kpi-exporter'"
    assert database.execute(f"{sessions} AND datname = current_database()") == [(0,)]


def test_a_query_that_takes_too_long_is_cancelled_at_the_server(database: Database) -> None:
    with pytest.raises(SourceFailed, match=r"table leads: (timed out|.*statement timeout)"):
        poll(database.leads("SELECT pg_sleep(600)::text AS lead_id"), deadline=Deadline(0.5))
    running = "SELECT count(*) FROM pg_stat_activity WHERE state = 'active' AND query LIKE '%pg_sleep(600)%'"
    assert database.execute(f"{running} AND pid <> pg_backend_pid()") == [(0,)]


def test_rows_that_never_end_stop_at_the_deadline(database: Database) -> None:
    clock = Clock()
    endless = "SELECT generate_series(1, 1000000000000) AS lead_id"
    items = database.leads(endless).poll(context(deadline=Deadline(30, clock)))
    records = next(items)
    assert isinstance(records, Records)
    rows = iter(records.rows)
    next(rows)
    clock.seconds += 30
    with pytest.raises(SourceFailed, match=r"^table leads: timed out after 30s"):
        for _ in rows:
            pass


@pytest.fixture
def stopped(database: Database) -> Iterator[Database]:
    database.server.stop()
    yield database
    database.server.stop()
    database.server.start()


def test_a_server_that_is_down_is_asked_again_within_the_deadline(stopped: Database) -> None:
    clock = Clock()
    with pytest.raises(SourceFailed, match=r"the database did not answer: .*Connection refused"):
        poll(
            stopped.sql(clock, tables={"leads": {"query": "SELECT 1", **LEAD_CONSTANTS}}), deadline=Deadline(60, clock)
        )
    assert len(clock.slept) == 4
    assert all(later > earlier for earlier, later in zip(clock.slept, clock.slept[1:], strict=False))

    clock = Clock()
    with pytest.raises(SourceFailed, match="Connection refused"):
        poll(stopped.sql(clock, tables={"leads": {"query": "SELECT 1", **LEAD_CONSTANTS}}), deadline=Deadline(2, clock))
    assert sum(clock.slept) < 2


def test_a_server_that_comes_back_while_it_is_asked_again_answers(stopped: Database) -> None:
    class Restarting(Clock):
        def sleep(self, seconds: float) -> None:
            super().sleep(seconds)
            stopped.server.start()

    source = stopped.sql(Restarting(), tables={"leads": {"query": "SELECT 1 AS lead_id", **LEAD_CONSTANTS}})
    assert ids(poll(source).rows["leads"]) == [1]


def test_after_a_restart_in_the_middle_of_a_poll_the_next_one_works(database: Database) -> None:
    source = database.leads("SELECT n AS lead_id FROM generate_series(1, 100000) n")
    records = next(items := source.poll(context()))
    assert isinstance(records, Records)
    rows = iter(records.rows)
    next(rows)
    database.server.restart()
    with pytest.raises(SourceFailed, match=r"^table leads: the query failed: "):
        list(rows)
    items.close()  # type: ignore[attr-defined] # every poll is a generator
    assert len(poll(source).rows["leads"]) == 100_000


def test_a_wrong_password_is_not_tried_again(database: Database) -> None:
    clock = Clock()
    source = database.sql(
        clock,
        url=database.server.dsn(password="wr0ng/wörd"),
        tables={"leads": {"query": "SELECT 1", **LEAD_CONSTANTS}},
    )
    with pytest.raises(SourceFailed, match='password authentication failed for user "owner"'):
        poll(source)
    assert clock.slept == []


def test_a_unix_socket_will_do(database: Database) -> None:
    source = database.sql(
        url=database.server.socket_dsn, measures={"m": {"query": "SELECT 1 AS value", "unit": "count"}}
    )
    assert poll(source).values() == {"m": 1}


def test_a_measure_is_one_number(database: Database) -> None:
    assert database.measured("SELECT 1.10::numeric AS value, 'x' AS note;") == [Answer("m", Decimal("1.10"))]
    assert database.measured("SELECT 0.1::float8 AS value") == [Answer("m", Decimal("0.1"))]


@pytest.mark.parametrize(
    "query",
    [
        "SELECT NULL::int AS value",
        "SELECT 'NaN'::numeric AS value",
        "SELECT 'Infinity'::float8 AS value",
        "SELECT sum(1) AS value FROM pg_class WHERE false",
        "SELECT 1 AS value WHERE false",
    ],
)
def test_what_is_unknown_is_not_zero(database: Database, query: str) -> None:
    assert database.measured(query) == [Answer("m", None)]


def test_a_breakdown_has_the_labels_of_by_and_no_other(database: Database) -> None:
    query = "SELECT * FROM (VALUES ('gold', 1, 'x'), (NULL, NULL, 'y')) t(tier, value, note)"
    assert database.measured(query, by=["tier"]) == [
        Answer("m", Decimal(1), {"tier": "gold"}),
        Answer("m", None, {"tier": "none"}),
    ]


@pytest.mark.parametrize(
    ("query", "by", "says"),
    [
        ("SELECT 1 AS n", [], "measure m: no column is called `value`; there is n"),
        ("SELECT 1 AS value", ["tier"], "measure m: no `tier`, which is named in `by`; there is value"),
        ("SELECT 'many' AS value", [], "measure m: its value 'many' is not a number"),
        (
            "SELECT * FROM (VALUES (1, 'a', 0), (2, 'b', 0)) t(value, tier, same)",
            [],
            r"measure m: several values; name in `by` what tells them apart \(tier\)",
        ),
        (
            "SELECT * FROM (VALUES (1, 'a', 'x'), (2, 'a', 'y')) t(value, tier, plan)",
            ["tier"],
            r"several values for the same tier; name in `by` what tells them apart \(plan\)",
        ),
        ("SELECT 1 AS value UNION ALL SELECT 2", [], "several values; let the query give one"),
        ("SELECT 1 AS value, 2 AS value", [], "two columns called `value`; rename one with AS"),
        ("SELECT * FROM missing", [], 'measure m: the query failed: relation "missing" does not exist'),
        ("SELECT n AS tier, 1 AS value FROM generate_series(1, 10001) n", ["tier"], "more than 10000 label sets"),
    ],
)
def test_a_measure_that_cannot_be_right_says_why(database: Database, query: str, by: list[str], says: str) -> None:
    with pytest.raises(SourceFailed, match=says):
        database.measured(query, by=by)


def test_a_mapping_to_a_column_that_is_not_there_names_those_that_are(database: Database) -> None:
    with pytest.raises(SourceFailed, match=r"table leads: the query has no column `ident`.*; it has id, opened"):
        poll(database.leads("SELECT 1 AS id, 2 AS opened", columns={"lead_id": "ident"}))


@pytest.fixture
def sqlite(tmp_path: Path) -> Path:
    path = tmp_path / "crm.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript("""CREATE TABLE leads (lead_id TEXT, n INTEGER, rate REAL);
            INSERT INTO leads VALUES ('a', 1, 0.5), ('b', 2, NULL)""")
    return path


def test_sqlite_beside_the_catalogue(sqlite: Path) -> None:
    table = {"query": "SELECT * FROM leads WHERE lead_id <> '100%'", "cursor": "n", **LEAD_CONSTANTS}
    source = options("sql", sqlite.parent, url="sqlite:///crm.db", tables={"leads": table}).build("crm")
    remembered: dict[str, str] = {}
    assert ids(poll(source, remembered).rows["leads"]) == ["a", "b"]
    assert ids(poll(source, remembered).rows["leads"]) == ["b"]


@pytest.mark.parametrize(
    "query", ["DELETE FROM leads", "INSERT INTO leads VALUES ('x', 3, 1)", "DELETE FROM leads RETURNING lead_id"]
)
def test_nothing_in_a_query_can_change_sqlite(sqlite: Path, query: str) -> None:
    with pytest.raises(ValidationError, match="write one SELECT"):
        options("sql", url=f"sqlite:///{sqlite}", tables={"leads": {"query": query}})
    with closing(sqlite3.connect(sqlite)) as connection:
        assert connection.execute("SELECT count(*) FROM leads").fetchall() == [(2,)]


def test_a_query_of_sqlite_that_takes_too_long_is_interrupted(sqlite: Path) -> None:
    endless = "WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r) SELECT max(n) AS value FROM r"
    measure = {"query": endless, "unit": "count"}
    source = options("sql", url=f"sqlite:///{sqlite}", measures={"m": measure}).build("crm")
    with pytest.raises(SourceFailed, match=r"timed out after 0\.5s"):
        poll(source, deadline=Deadline(0.5))


def test_a_missing_sqlite_file_is_an_error_and_stays_missing(tmp_path: Path) -> None:
    path = tmp_path / "none.db"
    source = options("sql", url=f"sqlite:///{path}", tables={"leads": {"query": "SELECT 1", **LEAD_CONSTANTS}}).build(
        "crm"
    )
    with pytest.raises(SourceFailed, match=r"there is no database file .*none\.db"):
        poll(source)
    assert not path.exists()


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("s3cret", "is not a database URL; write postgresql://"),
        ("postgresql://u:s3cret@host:99x/d", "is not a database URL; write postgresql://"),
        ("nosuch://u:s3cret@host/d", "SQLAlchemy knows no database 'nosuch'"),
        ("oracle+cx_oracle://u:s3cret@host/d", "the driver for 'oracle\\+cx_oracle' is not installed"),
    ],
)
def test_a_url_that_cannot_be_used_is_refused_at_load_without_repeating_it(url: str, says: str) -> None:
    with pytest.raises(ValidationError, match=says) as refused:
        options("sql", url=url)
    assert "s3cret" not in str(refused.value)


def test_an_empty_query_is_refused_at_load() -> None:
    with pytest.raises(ValidationError, match="is empty; write a SELECT"):
        options("sql", url="sqlite://", tables={"leads": {"query": " ; "}})
