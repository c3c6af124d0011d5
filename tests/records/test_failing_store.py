"""A store without room, or whose file is damaged: what fails is told, nothing is lost, and it goes on by itself."""

from __future__ import annotations

import logging
import random
from pathlib import Path
from threading import Event, Thread

import duckdb
import pytest

from exporter.records import condition_log
from exporter.records.batch import Row
from exporter.records.condition_log import ConditionLog
from exporter.records.health import StoreFailed
from exporter.records.store import Store
from exporter.records.store_file import StoreRefused
from tests.support.full_disk import longest_file
from tests.support.polls import NOON, Poll, contents, poll_into, whole

SOURCES = [("acme", "crm"), ("acme", "billing")]
MANY = 20_000
ROOM = 3_000_000
"""Bytes: more than the log of a poll of so many rows takes, and less than the file after some of them."""
REASON = "the record store can keep nothing: file too large"
NO_SPACE = "the record store can keep nothing: no space left on device"


def leads(number: int, day: int = 1) -> list[Row]:
    """Return rows that no compression makes small."""
    rng = random.Random(day)
    return [
        {"lead_id": f"{rng.getrandbits(64):x}", "created_at": f"2026-01-{day:02}T{rng.randrange(24):02}:00:00Z"}
        for _ in range(number)
    ]


def fault(store: Store) -> str | None:
    return store.health.fault


def days(store: Store) -> set[str]:
    return {str(row[2])[:10] for row in contents(store, "leads")}


def abort_a_checkpoint(store: Store) -> None:
    """End the database by a fatal error, as a disk does that has no room for a checkpoint."""
    poll_into(store)(whole("leads", *leads(3)))
    with store.cursor() as cursor:
        cursor.execute("SET GLOBAL debug_checkpoint_abort = 'before_header'")
    with pytest.raises(StoreFailed, match="the record store can keep nothing"), store.cursor() as cursor:
        cursor.execute("CHECKPOINT")


@pytest.mark.parametrize("rows", [MANY, 3], ids=["spool", "write-ahead log"])
def test_a_poll_that_finds_no_room_is_as_if_it_had_not_been(store: Store, poll: Poll, rows: int) -> None:
    poll(whole("leads", *leads(3)))
    before = contents(store, "leads")
    with longest_file(store.path.with_name(f"{store.path.name}.wal").stat().st_size):
        with pytest.raises(StoreFailed, match=REASON):
            poll(whole("leads", *leads(rows, day=2)))
        assert (fault(store), store.health.waiting) == (REASON, {("acme", "crm")})
        assert contents(store, "leads") == before
        assert not store.probe(SOURCES)
    assert store.probe(SOURCES)
    assert fault(store) == REASON  # until the source was read again
    poll(whole("leads", *leads(rows, day=2)))
    assert store.probe(SOURCES)
    assert fault(store) is None
    assert len(contents(store, "leads")) == rows


def test_a_store_that_nobody_polls_into_is_full_until_it_can_be_written(store: Store, poll: Poll) -> None:
    poll(whole("leads", *leads(3)))
    with longest_file(store.path.with_name(f"{store.path.name}.wal").stat().st_size):
        for _ in range(3):
            assert not store.probe(())
            assert fault(store) == REASON
    assert store.probe(())
    assert fault(store) is None
    store.close()
    again = Store(store.path)
    assert len(contents(again, "leads")) == 3
    again.close()


def test_a_write_while_a_poll_fails_does_not_make_it_kept(store: Store) -> None:
    def poll_beside_a_write() -> None:
        with store.health.keeping("acme", "crm"):
            try:
                with store.health.watching():
                    raise duckdb.IOException("No space left on device")
            finally:
                assert store.probe(SOURCES)

    with pytest.raises(StoreFailed):
        poll_beside_a_write()
    assert (fault(store), store.health.waiting) == (NO_SPACE, {("acme", "crm")})
    assert store.probe(SOURCES)
    assert fault(store) == NO_SPACE


def test_without_room_for_a_checkpoint_the_file_is_opened_anew(store: Store, poll: Poll) -> None:
    polled = 0

    def poll_for_ever() -> None:
        nonlocal polled
        while True:
            poll(whole("leads", *leads(MANY, polled + 1)))
            polled += 1

    with longest_file(ROOM):
        with pytest.raises(StoreFailed) as failed:
            poll_for_ever()
        assert (str(failed.value), type(failed.value.__cause__)) == (REASON, duckdb.FatalException)
        assert days(store) == {f"2026-01-{polled:02}"}
        assert store.polls.state("acme")["crm"].up
        store.probe(SOURCES)  # which may find room for itself
        assert fault(store) == REASON
    poll(whole("leads", *leads(MANY, 28)))
    assert store.probe(SOURCES)
    assert fault(store) is None
    store.close()
    again = Store(store.path)
    assert days(again) == {"2026-01-28"}
    again.close()


def test_what_reads_meanwhile_is_interrupted_and_waited_for(store: Store) -> None:
    reading, ended = Event(), Event()
    errors: list[Exception] = []

    def read_for_ever() -> None:
        try:
            with store.cursor() as cursor:
                reading.set()
                cursor.execute("SELECT count(*) FROM range(1000000000000) AS a, range(1000000000) AS b").fetchall()
        except Exception as error:
            errors.append(error)
        finally:
            ended.set()

    Thread(target=read_for_ever, daemon=True).start()
    reading.wait()
    abort_a_checkpoint(store)
    assert ended.wait(20)
    assert [type(error) for error in errors] == [StoreFailed]
    assert store.stuck == 0
    assert len(contents(store, "leads")) == 3


def test_a_cursor_that_does_not_end_keeps_the_file_from_being_opened(store: Store) -> None:
    with store.cursor():
        abort_a_checkpoint(store)
        with pytest.raises(StoreFailed, match="the record store can keep nothing"):
            contents(store, "leads")
        assert store.stuck > 0
    assert len(contents(store, "leads")) == 3
    assert store.probe(())
    assert fault(store) is None


def test_a_source_that_is_no_longer_polled_is_not_waited_for(store: Store, poll: Poll) -> None:
    with longest_file(2048), pytest.raises(StoreFailed):
        poll(whole("leads", *leads(MANY)), source="billing")
    assert store.probe(SOURCES[:1])
    assert fault(store) is None


def closed_store(path: Path, poll_rows: int = MANY) -> bytes:
    store = Store(path)
    with store.intake("acme", "crm", "UTC", "EUR") as intake:
        intake.take(whole("leads", *leads(poll_rows)))
        intake.commit(NOON, {})
    store.close()
    return path.read_bytes()


@pytest.mark.parametrize("share", [0, 0.0001, 0.004, 0.3, 0.5, 0.9, 0.999999])
def test_a_part_of_a_store_is_refused(tmp_path: Path, share: float) -> None:
    path = tmp_path / "kpi.duckdb"
    whole_file = closed_store(path)
    path.write_bytes(whole_file[: int(share * len(whole_file))])
    with pytest.raises(StoreRefused, match=r"restore a copy of it, or move it away"):
        Store(path)
    assert len(path.read_bytes()) == int(share * len(whole_file))


def test_a_log_without_its_store_is_no_empty_store(tmp_path: Path, store: Store, poll: Poll) -> None:
    poll(whole("leads", *leads(3)))
    log = store.path.with_name(store.path.name + ".wal").read_bytes()
    lone = tmp_path / "lost" / "kpi.duckdb"
    lone.parent.mkdir()
    lone.with_name("kpi.duckdb.wal").write_bytes(log)
    with pytest.raises(StoreRefused, match=r"the file is gone, and kpi\.duckdb\.wal beside it holds"):
        Store(lone)
    assert lone.with_name("kpi.duckdb.wal").read_bytes() == log


def opened(path: Path) -> Store | None:
    try:
        return Store(path)
    except StoreRefused:
        return None


def rows_or_failure(store: Store) -> int | str:
    try:
        return len(contents(store, "leads"))
    except StoreFailed as failed:
        return str(failed)


def test_bytes_that_changed_are_refused_or_told_when_they_are_read(tmp_path: Path) -> None:
    path, rng = tmp_path / "kpi.duckdb", random.Random(4)
    good = closed_store(path, 3 * MANY)
    outcomes = set()
    for _ in range(8):
        damaged = bytearray(good)
        at = rng.randrange(12_288, len(good) - 64)
        damaged[at : at + 64] = bytes(byte ^ 0xFF for byte in damaged[at : at + 64])
        path.write_bytes(damaged)
        store = opened(path)
        result = None if store is None else rows_or_failure(store)
        if store is not None and isinstance(result, str):
            assert "the record store is damaged: corrupt database file" in result.lower()
            store.probe(SOURCES)
            assert store.health.fault == result  # as long as the process runs
        outcomes.add(type(result))
        assert result in (None, 3 * MANY) or isinstance(result, str)
        if store is not None:
            store.close()
    assert str in outcomes


def test_a_condition_is_logged_when_it_begins_changes_and_ends_and_now_and_then(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO)
    now = [0.0]
    log = ConditionLog(logging.getLogger("test"), lambda: now[0])
    for minute in range(24 * 60):
        now[0] = 60.0 * minute
        log.begin("crm", "no answer" if minute < 12 * 60 else "refused")
    log.end("crm", "well")
    log.end("crm", "well")
    each = int(12 * 3600 / condition_log.REMIND_SECONDS)
    assert caplog.messages == ["crm: no answer"] * each + ["crm: refused"] * each + ["crm: well"]
