"""The file: who may open it, what a reader sees, and what a poll leaves that was not committed."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Barrier, Thread

import duckdb
import pytest

from exporter.records.batch import Limits, Records, Row
from exporter.records.store import Store
from exporter.records.store_file import StoreBusy, StoreRefused
from tests.support.polls import NOON, Poll, column, contents, deal, part, poll_into, whole

OPEN = """
import sys
from exporter.records.store import Store
store = Store(sys.argv[1])
print("open", flush=True)
sys.stdin.read()
"""


@pytest.mark.process
def test_a_file_held_by_another_process_is_busy(tmp_path: Path) -> None:
    path = tmp_path / "made" / "records.duckdb"
    other = [sys.executable, "-c", OPEN, str(path)]
    with subprocess.Popen(other, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "open\n"
        for read_only in (False, True):
            with pytest.raises(StoreBusy, match="another process holds it; ask the running exporter"):
                Store(path, read_only=read_only)
        process.communicate()
    Store(path).close()


def test_the_database_takes_no_more_than_it_is_given(tmp_path: Path) -> None:
    store = Store(tmp_path / "records.duckdb", memory="64MB")
    with store.cursor() as cursor, pytest.raises(duckdb.OutOfMemoryException):
        cursor.execute("SELECT list(repeat('x', 1000) || range) FROM range(1_000_000)")
    store.close()


def test_what_is_not_a_store_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("buy milk\n" * 1000)
    with pytest.raises(StoreRefused, match="not a record store"):
        Store(path)
    with pytest.raises(StoreRefused, match="there is no record store yet"):
        Store(tmp_path / "missing", read_only=True)
    assert not (tmp_path / "missing").exists()


def test_a_newer_layout_is_refused_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "store.duckdb"
    Store(path).close()
    with duckdb.connect(path) as db:
        db.execute("UPDATE polls.meta SET layout = 99")
    before = path.read_bytes()
    with pytest.raises(StoreRefused, match="its layout is 99, and this version knows layouts up to 3"):
        Store(path)
    assert path.read_bytes() == before


def test_an_older_file_gets_the_tables_and_columns_it_lacks(tmp_path: Path) -> None:
    path = tmp_path / "store.duckdb"
    store = Store(path)
    poll_into(store)(whole("deals", deal("a", customer_id="c")))
    store.close()
    with duckdb.connect(path) as db:
        db.execute("ALTER TABLE records.deals DROP COLUMN customer_id")
        db.execute("DROP TABLE records.leads")
    with pytest.raises(StoreRefused, match="start the exporter once"):
        Store(path, read_only=True)
    store = Store(path)
    assert column(store, "deals", "customer_id") == [None]
    assert column(store, "leads", "lead_id") == []
    poll_into(store)(whole("deals", deal("a", customer_id="c")))
    assert column(store, "deals", "customer_id") == ["c"]
    store.close()


def test_everything_is_there_after_a_restart_and_can_be_read_without_an_exporter(tmp_path: Path) -> None:
    path = tmp_path / "store.duckdb"
    store = Store(path)
    poll_into(store)(whole("deals", deal("a"), deal("b", amount="x")), cursor={"deals": "page 7"})
    store.polls.failed("acme", "crm", NOON + timedelta(hours=1), "no answer")
    store.polls.failed("acme", "shop", NOON, "no route")
    before = (
        contents(store, "deals"),
        store.polls.state("acme"),
        store.polls.fillers("acme"),
        store.polls.rejected("acme"),
    )
    store.close()
    for read_only in (True, False):
        store = Store(path, read_only=read_only)
        after = (
            contents(store, "deals"),
            store.polls.state("acme"),
            store.polls.fillers("acme"),
            store.polls.rejected("acme"),
        )
        assert after == before
        store.close()


def test_the_state_of_sources(store: Store, poll: Poll) -> None:
    poll(whole("deals", deal("a")), cursor={"deals": "1"})
    store.polls.failed("acme", "crm", NOON + timedelta(hours=1), "no answer")
    crm = store.polls.state("acme")["crm"]
    assert (crm.last_attempt, crm.last_success) == (NOON + timedelta(hours=1), NOON)
    assert (crm.up, crm.error, crm.cursor) == (False, "no answer", {"deals": "1"})
    assert column(store, "deals", "deal_id") == ["a"]
    poll(cursor={"deals": "2"}, at=NOON + timedelta(hours=2))
    crm = store.polls.state("acme")["crm"]
    assert (crm.up, crm.error, crm.cursor) == (True, None, {"deals": "2"})
    store.polls.failed("acme", "new", NOON, "no route")
    assert store.polls.state("acme")["new"].last_success is None
    assert store.polls.state("elsewhere") == {}


def test_without_a_commit_nothing_is_left(store: Store, poll: Poll) -> None:
    poll(whole("deals", deal("a")))

    def broken() -> Iterator[Row]:
        yield deal("b")
        raise ConnectionError

    with pytest.raises(ConnectionError):
        poll(Records("deals", broken(), snapshot=True))
    with store.intake("acme", "new", "UTC", "EUR") as intake:
        intake.take(whole("leads", {"lead_id": "l", "created_at": "2026-01-01"}))
    assert column(store, "deals", "deal_id") == ["a"]
    assert column(store, "leads", "lead_id") == []
    assert list(store.polls.state("acme")) == ["crm"]
    assert list(store.path.parent.rglob("*.ndjson")) == []


def test_readers_neither_wait_for_an_intake_nor_see_half_of_it(store: Store, poll: Poll) -> None:
    poll(whole("deals", deal("a")))
    seen: list[list[object]] = []

    def rows() -> Iterator[Row]:
        yield deal("b")
        seen.append(column(store, "deals", "deal_id"))
        yield deal("c")

    with store.intake("acme", "crm", "UTC", "EUR") as intake:
        intake.take(whole("deals", *rows()))
        seen.append(column(store, "deals", "deal_id"))
        intake.commit(NOON, {})
    assert [*seen, column(store, "deals", "deal_id")] == [["a"], ["a"], ["b", "c"]]


def test_a_reader_who_began_a_transaction_sees_one_state(store: Store, poll: Poll) -> None:
    poll(whole("deals", deal("a")))
    with store.reading("acme", "UTC") as cursor:
        cursor.begin()
        counts = [cursor.execute("SELECT count(*) FROM deals").fetchall()]
        poll(whole("deals"))
        counts.append(cursor.execute("SELECT count(*) FROM deals").fetchall())
        cursor.rollback()
        counts.append(cursor.execute("SELECT count(*) FROM deals").fetchall())
    assert counts == [[(1,)], [(1,)], [(0,)]]


def test_a_reader_sees_its_company_its_zone_and_the_sources_that_count(store: Store, poll: Poll) -> None:
    poll(whole("deals", deal("a")), whole("leads", {"lead_id": "l", "created_at": "2026-01-01"}))
    poll(whole("deals", deal("b")), source="old")
    poll(whole("deals", deal("z")), company="else'where")
    with store.reading("acme", "Asia/Tokyo", only={"deals": ["crm"]}) as cursor:
        rows = cursor.execute("SELECT source, deal_id, created_at::VARCHAR FROM deals").fetchall()
        assert rows == [("crm", "a", "2026-01-05 17:00:00+09")]
        assert cursor.execute("SELECT count(*) FROM leads").fetchall() == [(0,)]
        assert cursor.execute("SELECT count(*) FROM backups").fetchall() == [(0,)]
    assert column(store, "deals", "deal_id", "else'where") == ["z"]


def test_sql_of_a_catalogue_reads_no_file(store: Store, tmp_path: Path) -> None:
    (tmp_path / "secret.csv").write_text("a\n1\n")
    with store.reading("acme", "UTC") as cursor:
        with pytest.raises(duckdb.PermissionException):
            cursor.execute(f"SELECT * FROM read_csv('{tmp_path}/secret.csv')")
        with pytest.raises(duckdb.PermissionException):
            cursor.execute(f"ATTACH '{tmp_path}/other.duckdb'")


@pytest.mark.slow
def test_many_threads_poll_and_read_at_once(store: Store, poll: Poll) -> None:
    together = Barrier(6)
    failures: list[BaseException] = []

    def work(number: int) -> None:
        try:
            together.wait()
            for turn in range(5):
                at = NOON + timedelta(hours=turn)
                poll(
                    whole("deals", *(deal(f"{number}-{row}-{turn}") for row in range(50))),
                    source=f"s{number}",
                    at=at,
                )
                with store.reading("acme", "UTC") as cursor:
                    counts = dict(cursor.execute("SELECT source, count(*) FROM deals GROUP BY source").fetchall())
                assert counts[f"s{number}"] == 50
                assert set(counts.values()) == {50}
        except BaseException as failure:
            failures.append(failure)

    threads = [Thread(target=work, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert store.polls.fillers("acme") == {"deals": {f"s{number}": 50 for number in range(6)}}


def test_instants_need_no_other_library(store: Store, poll: Poll, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pytz", None)
    poll(part("deals", deal("a"), deal("b", created_at="x")), at=datetime(2026, 3, 2, tzinfo=UTC))
    assert store.polls.state("acme")["crm"].last_success == datetime(2026, 3, 2, tzinfo=UTC)
    assert store.polls.rejected("acme")[0].count == 1


LAYOUT_2 = """
ALTER TABLE polls.changed_customers RENAME TO touched;
ALTER TABLE polls.table_sources RENAME TO fills;
ALTER TABLE polls.held RENAME COLUMN delivered TO given;
CREATE SCHEMA kept;
CREATE TABLE kept.values AS SELECT * EXCLUDE (to_date) FROM kpis.kpi_history;
CREATE TABLE kept.filled AS FROM kpis.kpi_history_state;
DROP SCHEMA kpis CASCADE;
UPDATE polls.meta SET layout = 2;
"""
"""Gives the tables of a file the names that they had in layout 2."""


def test_a_file_of_layout_2_keeps_everything_under_its_new_names(tmp_path: Path) -> None:
    path = tmp_path / "store.duckdb"
    store = Store(path)
    poll_into(store)(whole("deals", *(deal(f"d{number}", customer_id="c") for number in range(20))))
    poll_into(store)(whole("deals", deal("d1", customer_id="c"), limits=Limits()))
    with store.writing() as cursor:
        cursor.execute("INSERT INTO polls.changed_customers VALUES ('acme', 'c')")
        cursor.execute(
            "INSERT INTO kpis.kpi_history VALUES ('acme', 'mrr', '2026-01-01 00:00:00+00', 7, 0, NULL, 6, NULL)"
        )
        cursor.execute("INSERT INTO kpis.kpi_history_state VALUES ('acme', 'd', NULL, '2026-01-01 00:00:00+00', NULL)")
    before = everything(store)
    assert before["polls.held"]
    store.close()
    with duckdb.connect(path) as db:
        db.execute(LAYOUT_2)
    with pytest.raises(StoreRefused, match="start the exporter once"):
        Store(path, read_only=True)
    store = Store(path)
    assert everything(store) == before
    store.close()
    Store(path).close()


def test_a_file_without_the_column_of_running_periods_is_given_it(tmp_path: Path) -> None:
    path = tmp_path / "store.duckdb"
    Store(path).close()
    with duckdb.connect(path) as db:
        db.execute("ALTER TABLE kpis.kpi_history DROP COLUMN to_date")
    with pytest.raises(StoreRefused, match="start the exporter once"):
        Store(path, read_only=True)
    Store(path).close()
    Store(path, read_only=True).close()


def everything(store: Store) -> dict[str, list[tuple[object, ...]]]:
    """Return the rows of every table of a store's file."""
    with store.cursor() as cursor:
        tables = cursor.execute(
            "SELECT schema_name || '.' || table_name FROM duckdb_tables() WHERE database_name = 'store' ORDER BY 1"
        ).fetchall()
        return {table: cursor.execute(f"FROM {table} ORDER BY ALL").fetchall() for (table,) in tables}
