"""Tables of the SQL source with a `cursor`, on a real PostgreSQL: what is new is read, and nothing is lost."""

from __future__ import annotations

import pytest

from exporter.records.batch import SourceFailed
from tests.sources.databases import PostgresDatabase, ids, leads
from tests.support.source_polls import poll

pytestmark = pytest.mark.integration


def test_with_a_cursor_only_what_is_new_is_read_and_nothing_is_lost(database: PostgresDatabase) -> None:
    database.execute("CREATE TABLE leads (lead_id text, n int); INSERT INTO leads VALUES ('a', 1), ('b', 2)")
    remembered: dict[str, str] = {}

    first = poll(leads(database, cursor="n"), remembered)
    assert (ids(first.rows["leads"]), first.snapshots) == (["a", "b"], {"leads": True})

    database.execute("INSERT INTO leads VALUES ('same as b', 2), ('c', 3), ('no number', NULL)")
    second = poll(leads(database, cursor="n"), remembered)
    assert sorted(map(str, ids(second.rows["leads"]))) == ["b", "c", "no number", "same as b"]
    assert second.snapshots == {"leads": False}

    third = poll(leads(database, cursor="n"), remembered)
    assert ids(third.rows["leads"]) == ["c", "no number"]
    database.execute("DELETE FROM leads")
    assert poll(leads(database, cursor="n"), remembered).rows["leads"] == []
    database.execute("INSERT INTO leads VALUES ('old', 2), ('new', 4)")
    assert ids(poll(leads(database, cursor="n"), remembered).rows["leads"]) == ["new"]


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
def test_a_cursor_keeps_its_type(database: PostgresDatabase, kind: str, old: str, new: str) -> None:
    old, new = old.replace("'", "''"), new.replace("'", "''")
    database.execute(
        f"""CREATE TABLE leads (lead_id text, "Changed At" {kind}); INSERT INTO leads VALUES
        ('old', '{old}'), ('new', '{new}')"""
    )
    remembered: dict[str, str] = {}
    source = leads(database, cursor="Changed At")
    assert ids(poll(source, remembered).rows["leads"]) == ["old", "new"]
    assert ids(poll(source, remembered).rows["leads"]) == ["new"]


def test_rows_committed_late_are_seen_within_the_overlap(database: PostgresDatabase) -> None:
    database.execute("""CREATE TABLE leads (lead_id text, at timestamptz);
        INSERT INTO leads VALUES ('a', '2026-01-01 12:00+00')""")
    remembered: dict[str, str] = {}
    source = leads(database, cursor="at", overlap="10m")
    poll(source, remembered)
    database.execute("INSERT INTO leads VALUES ('late', '2026-01-01 11:51+00'), ('too late', '2026-01-01 11:49+00')")
    assert ids(poll(source, remembered).rows["leads"]) == ["late", "a"]


def test_another_query_starts_from_the_beginning(database: PostgresDatabase) -> None:
    database.execute("CREATE TABLE leads (lead_id text, n int); INSERT INTO leads VALUES ('a', 1), ('b', 2)")
    remembered: dict[str, str] = {}
    poll(leads(database, cursor="n"), remembered)
    polled = poll(leads(database, "SELECT * FROM leads WHERE n > 0", cursor="n"), remembered)
    assert (ids(polled.rows["leads"]), polled.snapshots) == (["a", "b"], {"leads": True})


def test_a_poll_that_fails_remembers_nothing(database: PostgresDatabase) -> None:
    remembered: dict[str, str] = {}
    query = "SELECT n AS lead_id, n, 1 / (5000 - n) AS created_at FROM generate_series(1, 6000) n"
    with pytest.raises(SourceFailed, match=r"^table leads: the query failed: division by zero"):
        poll(leads(database, query, cursor="n", constants={}), remembered)
    assert remembered == {}


def test_a_cursor_that_has_no_order_is_refused(database: PostgresDatabase) -> None:
    with pytest.raises(SourceFailed, match="`cursor` column holds a bool"):
        poll(leads(database, "SELECT 1 AS lead_id, true AS b", cursor="b"), {})
