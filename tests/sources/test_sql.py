"""The SQL source on a real PostgreSQL: rows and measures, sessions that change nothing and leave nothing behind."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from pydantic import SecretStr, ValidationError

from exporter.records.batch import Answer, Records, SourceFailed
from exporter.sources.interface import Deadline
from exporter.sources.sql_connection import Database
from tests.sources.databases import PostgresDatabase, ids, leads, measure_answers, sql
from tests.support.source_polls import LEAD_CONSTANTS, Clock, context, options, poll

pytestmark = pytest.mark.integration


def test_rows_come_by_mapping_with_their_types(database: PostgresDatabase) -> None:
    database.execute("""CREATE TABLE opportunity (id int, net numeric, opened timestamptz, due date, won bool);
        INSERT INTO opportunity VALUES (1, 10.10, '2026-01-01 00:00+02', '2026-02-01', true),
                                       (2, 'NaN', NULL, NULL, NULL)""")
    mapping = {"deal_id": "id", "amount": "net", "created_at": "opened", "expected_close_on": "due"}
    table = {"query": "SELECT * FROM opportunity ORDER BY id;", "columns": mapping}
    source = sql(database, tables={"deals": {**table, "constants": {"currency": "EUR"}}})
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
def test_a_query_reaches_the_database_as_it_is_written(database: PostgresDatabase, cursor: str | None) -> None:
    query = r"""SELECT '10%' || ' :x %s ? \:y' AS lead_id, 1::int AS n, '12:30' AS created_at
        WHERE 'abc' LIKE '%b%' -- :all of it; %(since)s"""
    remembered: dict[str, str] = {}
    for _ in range(2):
        polled = poll(leads(database, query, cursor=cursor, constants={}), remembered)
        assert polled.rows["leads"] == [{"lead_id": r"10% :x %s ? \:y", "created_at": "12:30"}]


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


def unchecked(database: PostgresDatabase, query: str) -> object:
    """Run a query that only the session keeps from writing."""
    session = Database(SecretStr(database.url.replace(":", "+psycopg:", 1)))
    with session.connected(Deadline(30)) as connection:
        return list(session.read(query, (), connection, Deadline(30)))


@pytest.mark.parametrize("query", WRITES)
@pytest.mark.parametrize("place", ["table", "cursor", "measure", "session"])
def test_nothing_in_a_query_can_change_the_database(database: PostgresDatabase, query: str, place: str) -> None:
    """Most are refused before they are sent; the session, which the place of that name tries alone, stops all."""
    database.execute("CREATE TABLE leads (lead_id text); INSERT INTO leads VALUES ('kept')")
    database.execute("""CREATE FUNCTION wipe() RETURNS text LANGUAGE plpgsql VOLATILE AS
        $$ BEGIN DELETE FROM leads; RETURN 'gone'; END $$""")
    run: Callable[[], object] = {
        "table": lambda: poll(leads(database, query)),
        "cursor": lambda: poll(leads(database, query, cursor="lead_id")),
        "measure": lambda: measure_answers(database, query),
        "session": lambda: unchecked(database, query),
    }[place]
    with pytest.raises((SourceFailed, ValidationError)):
        run()
    rows = database.execute("SELECT (SELECT array_agg(lead_id) FROM leads), to_regclass('mine')")
    assert rows == [(["kept"], None)]


def test_no_transaction_of_the_session_may_write(database: PostgresDatabase) -> None:
    setting = "SELECT current_setting('default_transaction_read_only') AS lead_id"
    assert ids(poll(leads(database, setting)).rows["leads"]) == ["on"]


def test_a_poll_sees_one_point_in_time(database: PostgresDatabase) -> None:
    database.execute("CREATE TABLE leads (lead_id text); INSERT INTO leads VALUES ('a')")
    source = sql(
        database,
        tables={"leads": {"query": "SELECT * FROM leads", **LEAD_CONSTANTS}},
        measures={"m": {"query": "SELECT count(*) AS value FROM leads", "unit": "count"}},
    )
    items = source.poll(context())
    records = next(items)
    assert isinstance(records, Records)
    assert len(list(records.rows)) == 1
    database.execute("INSERT INTO leads VALUES ('b')")
    assert next(items) == Answer("m", Decimal(1))


def test_a_poll_leaves_no_session_behind(database: PostgresDatabase) -> None:
    poll(leads(database, "SELECT 1 AS lead_id"))
    sessions = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'kpi-exporter'"
    assert database.execute(f"{sessions} AND datname = current_database()") == [(0,)]


def test_a_query_that_takes_too_long_is_cancelled_at_the_server(database: PostgresDatabase) -> None:
    with pytest.raises(SourceFailed, match=r"table leads: (timed out|.*statement timeout)"):
        poll(leads(database, "SELECT pg_sleep(600)::text AS lead_id"), deadline=Deadline(0.5))
    running = "SELECT count(*) FROM pg_stat_activity WHERE state = 'active' AND query LIKE '%pg_sleep(600)%'"
    assert database.execute(f"{running} AND pid <> pg_backend_pid()") == [(0,)]


@pytest.fixture
def stopped(database: PostgresDatabase) -> Iterator[PostgresDatabase]:
    database.server.stop()
    yield database
    database.server.stop()
    database.server.start()


def test_a_server_that_comes_back_while_it_is_asked_again_answers(stopped: PostgresDatabase) -> None:
    class Restarting(Clock):
        def sleep(self, seconds: float) -> None:
            super().sleep(seconds)
            stopped.server.start()

    source = sql(stopped, Restarting(), tables={"leads": {"query": "SELECT 1 AS lead_id", **LEAD_CONSTANTS}})
    assert ids(poll(source).rows["leads"]) == [1]


def test_a_unix_socket_will_do(database: PostgresDatabase) -> None:
    source = sql(
        database, url=database.server.socket_dsn, measures={"m": {"query": "SELECT 1 AS value", "unit": "count"}}
    )
    assert poll(source).values() == {"m": 1}


def test_a_measure_is_one_number(database: PostgresDatabase) -> None:
    assert measure_answers(database, "SELECT 1.10::numeric AS value, 'x' AS note;") == [Answer("m", Decimal("1.10"))]
    assert measure_answers(database, "SELECT 0.1::float8 AS value") == [Answer("m", Decimal("0.1"))]


@pytest.mark.parametrize(
    "query",
    [
        "SELECT 'NaN'::numeric AS value",
        "SELECT 'Infinity'::float8 AS value",
    ],
)
def test_what_is_unknown_is_not_zero(database: PostgresDatabase, query: str) -> None:
    assert measure_answers(database, query) == [Answer("m", None)]


def test_a_breakdown_has_the_labels_of_by_and_no_other(database: PostgresDatabase) -> None:
    query = "SELECT * FROM (VALUES ('gold', 1, 'x'), (NULL, NULL, 'y')) t(tier, value, note)"
    assert measure_answers(database, query, by=["tier"]) == [
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
def test_a_measure_that_cannot_be_right_says_why(
    database: PostgresDatabase, query: str, by: list[str], says: str
) -> None:
    with pytest.raises(SourceFailed, match=says):
        measure_answers(database, query, by=by)


def test_a_mapping_to_a_column_that_is_not_there_names_those_that_are(database: PostgresDatabase) -> None:
    with pytest.raises(SourceFailed, match=r"table leads: the query has no column `ident`.*; it has id, opened"):
        poll(leads(database, "SELECT 1 AS id, 2 AS opened", columns={"lead_id": "ident"}))


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
