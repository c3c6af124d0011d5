"""Values that a database has and Python has not: each is right in the store, or one bad row that names its column."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from exporter.records.batch import Unreadable
from exporter.records.store import Store
from tests.servers.mariadb import MariaDb
from tests.servers.postgres import Postgres
from tests.sources.databases import (
    AnyDatabase,
    MariaDbDatabase,
    PostgresDatabase,
    SqliteDatabase,
    leads,
    measure_answers,
    sql,
)
from tests.support.source_polls import NO_LIMITS, poll, poll_into_store, stored_texts

pytestmark = pytest.mark.integration


@pytest.fixture
def on_mariadb(mariadb: MariaDb) -> Iterator[AnyDatabase]:
    place = MariaDbDatabase(mariadb)
    yield place
    place.drop()


DEAL = {"currency": "'EUR'", "amount": "1", "created_at": "'2026-01-01 00:00:00'"}


def deals(place: AnyDatabase, rows: dict[str, dict[str, str]], kind: str = "") -> dict[str, object]:
    """Build a source of deals, each with an id and the SQL of the columns that differ from `DEAL`."""
    queries = []
    for id_, values in rows.items():
        cast = {name: f"CAST({value} AS {kind})" if kind else value for name, value in values.items()}
        columns = {"deal_id": f"'{id_}'", **DEAL, **cast}
        queries.append("SELECT " + ", ".join(f"{value} AS {name}" for name, value in columns.items()))
    return {"deals": {"query": "\nUNION ALL ".join(queries), **NO_LIMITS}}


def stored(store: Store, column: str) -> dict[object, object]:
    return dict(stored_texts(store, f"SELECT deal_id, {column} FROM deals ORDER BY 1"))  # type: ignore[arg-type] # pairs


def set_aside(store: Store) -> list[str]:
    return sorted(example.reason for each in store.polls.rejected("acme") for example in each.examples)


@pytest.mark.parametrize("kind", ["timestamptz", "timestamp", "date"])
def test_infinity_is_no_end_and_no_beginning(store: Store, database: AnyDatabase, kind: str) -> None:
    ends = deals(database, {"a": {"demo_at": "'infinity'"}, "b": {"demo_at": "'2026-02-01'"}}, kind)
    poll_into_store(store, sql(database, tables=ends))
    assert stored(store, "demo_at IS NULL") == {"a": "true", "b": "false"}
    assert set_aside(store) == []


@pytest.mark.parametrize("value", ["infinity", "-infinity", "0044-03-15 BC", "20000-01-01"])
@pytest.mark.parametrize("kind", ["timestamptz", "date"])
def test_what_is_no_beginning_is_one_bad_row(store: Store, database: AnyDatabase, kind: str, value: str) -> None:
    begins = deals(database, {"a": {"created_at": f"'{value}'"}, "b": {"created_at": "'2026-02-01'"}}, kind)
    poll_into_store(store, sql(database, tables=begins))
    assert list(stored(store, "created_at")) == ["b"]
    (reason,) = set_aside(store)
    assert reason.startswith("created_at")


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("time '24:00'", "24:00:00"),
        ("timetz '24:00+02'", "24:00:00+02"),
        ("gen_random_uuid() IS NOT NULL", "true"),
        ("uuid '0b5cdd31-6a5c-4b0b-a4d5-3d1d2a6d1c55'", "0b5cdd31-6a5c-4b0b-a4d5-3d1d2a6d1c55"),
        ("jsonb '{\"a\": [1, 2]}'", '{"a": [1, 2]}'),
        ("jsonb '12345678901234567.1'", "12345678901234567.1"),
        ("ARRAY['a', NULL]", '["a", null]'),
        ("ARRAY[timestamp 'infinity']", '["infinity"]'),
        ("daterange('2026-01-01', 'infinity')", "[2026-01-01, infinity)"),
        ("int4range(1, 5)", "[1, 5)"),
        ("bytea 'abc'", "abc"),
        ("bytea '\\xff00'", "ff00"),
        ("inet '10.0.0.1/8'", "10.0.0.1/8"),
        ("xmlparse(content '<a/>')", "<a/>"),
        ("point(1, 2)", "(1,2)"),
        ("B'101'", "101"),
        ("'x'::\"char\"", "x"),
        ("money '1000'", "$1,000.00"),
        ("12345678901234567890.123456789::numeric", "12345678901234567890.123456789"),
    ],
)
def test_every_type_of_postgresql_has_a_text(database: AnyDatabase, value: str, text: str) -> None:
    (row,) = poll(leads(database, f"SELECT {value} AS lead_id")).rows["leads"]
    lead = str(row["lead_id"])
    assert (lead.lower() if text == "true" else lead) == text


@pytest.mark.parametrize("value", ["numeric 'NaN'", "numeric 'Infinity'", "float8 '-Infinity'", "real 'NaN'"])
def test_what_is_no_number_costs_no_other_row(store: Store, database: AnyDatabase, value: str) -> None:
    poll_into_store(store, sql(database, tables=deals(database, {"a": {"amount": value}, "b": {"amount": "2"}})))
    assert stored(store, "amount") == {"b": "2.00000000"}
    (reason,) = set_aside(store)
    assert reason.startswith("amount")


@pytest.mark.parametrize("interval", ["1 month", "-1 day", "100 years 2:03:04", "infinity"])
def test_an_interval_costs_no_other_row(database: AnyDatabase, interval: str) -> None:
    version = int(str(database.execute("SHOW server_version_num")[0][0]))
    if interval == "infinity" and version < 170000:
        interval = "178000000 years"
    query = f"SELECT 'a' AS lead_id, interval '{interval}' AS created_at UNION ALL SELECT 'b', NULL"
    assert len(poll(leads(database, query, constants={})).rows["leads"]) == 2


MARIADB_ROWS = """CREATE TABLE deal (deal_id varchar(9), currency char(3), amount decimal(30, 8),
        created_at timestamp NULL, demo_at datetime NULL, expected_close_on date,
        closed_at datetime NULL, won bit(1));
    SET SESSION time_zone = 'SYSTEM', sql_mode = '';
    INSERT INTO deal (deal_id, currency, amount, created_at, demo_at, expected_close_on, closed_at, won)
        VALUES
        ('a', 'EUR', 12345678901234567.10, FROM_UNIXTIME(1767225600), '2026-07-01 00:00', '2026-02-01', NOW(), b'1'),
        ('b', 'EUR', 1, FROM_UNIXTIME(1767225600), '0000-00-00 00:00:00', '0000-00-00', NOW(), b'0'),
        ('c', 'EUR', 1, 0, NULL, NULL, NULL, NULL),
        ('d', 'EUR', 1, FROM_UNIXTIME(1767225600), '2026-00-00 00:00:00', NULL, NULL, NULL)"""


def test_values_of_mariadb_arrive_as_what_they_were(store: Store, on_mariadb: AnyDatabase) -> None:
    on_mariadb.execute(MARIADB_ROWS)
    poll_into_store(store, sql(on_mariadb, tables={"deals": {"query": "SELECT * FROM deal", **NO_LIMITS}}))
    assert stored_texts(
        store, "SELECT deal_id, amount, created_at, demo_at, expected_close_on, won FROM deals ORDER BY deal_id"
    ) == [
        ("a", "12345678901234567.10000000", "2026-01-01 00:00:00+00", "2026-06-30 22:00:00+00", "2026-02-01", "true"),
        ("b", "1.00000000", "2026-01-01 00:00:00+00", None, None, "false"),
    ]
    assert [reason.partition(":")[0].partition(" ")[0] for reason in set_aside(store)] == ["created_at", "demo_at"]


@pytest.mark.parametrize("zone", ["+00:00", "+05:30", "-08:00"])
def test_a_timestamp_of_mariadb_is_the_same_instant_whatever_the_time_zone_of_the_server(
    on_mariadb: AnyDatabase, zone: str
) -> None:
    on_mariadb.execute("CREATE TABLE leads (lead_id int, created_at timestamp(6) NULL)")
    on_mariadb.execute("INSERT INTO leads VALUES (1, FROM_UNIXTIME(1767225600.5)), (2, FROM_UNIXTIME(1767225601))")
    remembered: dict[str, str] = {}
    try:
        on_mariadb.execute(f"SET GLOBAL time_zone = '{zone}'")
        source = leads(on_mariadb, cursor="created_at", overlap="500ms", constants={})
        first = poll(source, remembered).rows["leads"]
        assert [row["created_at"] for row in first] == [
            datetime(2026, 1, 1, 0, 0, 0, 500000, UTC),
            datetime(2026, 1, 1, 0, 0, 1, tzinfo=UTC),
        ]
        assert len(poll(source, remembered).rows["leads"]) == 2
        assert len(poll(leads(on_mariadb, cursor="created_at", overlap="0s", constants={}), {}).rows["leads"]) == 2
    finally:
        on_mariadb.execute("SET GLOBAL time_zone = 'SYSTEM'")


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("TIME('838:59:59')", "838:59:59"),
        ("TIME('-01:02:03')", "-01:02:03"),
        ("CAST(18446744073709551615 AS UNSIGNED)", "18446744073709551615"),
        ("x'616263'", "abc"),
        ("x'ff00'", "ff00"),
        ("b'101'", "\x05"),
        ("_latin1 x'e4'", "ä"),
        ("YEAR('2026-01-01')", "2026"),
        ("JSON_OBJECT('a', 1)", '{"a": 1}'),
        ("POINT(1, 2) IS NOT NULL", "1"),
        ("'😀'", "😀"),
    ],
)
def test_every_type_of_mariadb_has_a_text(on_mariadb: AnyDatabase, value: str, text: str) -> None:
    (row,) = poll(leads(on_mariadb, f"SELECT {value} AS lead_id")).rows["leads"]
    assert str(row["lead_id"]) == text


def test_bits_of_mariadb_are_numbers(on_mariadb: AnyDatabase) -> None:
    on_mariadb.execute("CREATE TABLE t (one bit(1), many bit(16)); INSERT INTO t VALUES (b'1', b'100000001')")
    assert [answer.value for answer in measure_answers(on_mariadb, "SELECT one AS value FROM t")] == [1]
    assert [answer.value for answer in measure_answers(on_mariadb, "SELECT many AS value FROM t")] == [257]


def test_columns_of_any_character_set_are_read_as_unicode(on_mariadb: AnyDatabase) -> None:
    on_mariadb.execute(
        """CREATE TABLE leads (lead_id varchar(9) CHARACTER SET latin1, created_at varchar(9) CHARACTER SET utf16);
        INSERT INTO leads VALUES ('Müller', 'Ω😀')"""
    )
    assert poll(leads(on_mariadb, constants={})).rows["leads"] == [{"lead_id": "Müller", "created_at": "Ω😀"}]


def test_values_of_sqlite_are_of_any_type(store: Store, tmp_path: Path) -> None:
    place = SqliteDatabase(tmp_path)
    with closing(sqlite3.connect(place.file)) as connection, connection:
        connection.execute("CREATE TABLE deal (deal_id TEXT, amount REAL, created_at TIMESTAMP)")
        connection.execute("INSERT INTO deal VALUES ('a', '12.50', '2026-01-01'), ('b', 'many', '2026-01-01')")
        connection.execute("INSERT INTO deal VALUES ('c', 3, '2026-01-01 12:00'), ('d', x'ff', '2026-01-01')")
        connection.execute(
            "INSERT INTO deal VALUES (CAST(x'4dfc' AS TEXT), 1, '2026-01-01'), ('e', 1e400, '2026-01-01')"
        )
    table = {"query": "SELECT * FROM deal", "constants": {"currency": "EUR"}, **NO_LIMITS}
    poll_into_store(store, sql(place, tables={"deals": table}))
    assert stored(store, "amount") == {"a": "12.50000000", "c": "3.00000000"}
    assert len(set_aside(store)) == 4


def test_text_that_is_not_unicode_in_a_database_that_checks_none(store: Store, postgres: Postgres) -> None:
    name = "ascii_only"
    postgres.execute(f"CREATE DATABASE {name} ENCODING 'SQL_ASCII' LOCALE 'C' TEMPLATE template0")
    try:
        postgres.execute("CREATE TABLE leads (lead_id text, created_at timestamptz)", name)
        postgres.execute("INSERT INTO leads VALUES ('a', now()), (convert_from('\\xe4', 'SQL_ASCII'), now())", name)
        postgres.execute("INSERT INTO leads VALUES ('ü', now())", name)

        class There(PostgresDatabase):
            def __init__(self) -> None:
                self.server, self.name = postgres, name

        rows = poll(leads(There())).rows["leads"]
        assert [row["lead_id"] for row in rows] == ["a", Unreadable("holds bytes that are not UTF-8"), "ü"]
    finally:
        postgres.execute(f"DROP DATABASE {name} WITH (FORCE)")
