"""Each kind of source in each fault: the poll fails with a reason, nothing is lost, and the next one is well.

A poll is a real one, into a real store, of a server or a file that does what no good one does.
"""

from __future__ import annotations

import gzip
import json
import os
import re
import sqlite3
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack, closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from exporter.polling.polled_source import PolledSource
from exporter.polling.source_poller import SourcePoller
from exporter.records.store import Store
from tests.servers.raw import RawServer, drip, silence
from tests.support.clocks import NOON
from tests.support.source_polls import options
from tests.support.stores import new_store

pytestmark = pytest.mark.slow

TIMEOUT = 1.0
"""Seconds of a poll in a fault; others have more than enough."""
GOOD, BETTER = ("a", "b"), ("a", "b", "c")

Pieces = Callable[[], Iterable[bytes]]


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = new_store(tmp_path / "records.duckdb")
    yield store
    store.close()


@dataclass
class Polled:
    """A source of leads and the store that it is polled into."""

    store: Store
    runs: SourcePoller

    def reason(self, timeout: float = 30.0) -> str:
        """Poll, and return why that failed; nothing if it did not."""
        timed = self.runs.source.options.model_copy(update={"timeout": timeout})
        self.runs.source = replace(self.runs.source, options=timed)
        self.runs.run()
        while self.runs._poll is not None:  # the thread of a poll that timed out is about to end
            time.sleep(0.01)
        state = self.store.polls.state("acme")["crm"]
        assert state.up == (state.error is None)
        return state.error or ""

    def leads(self) -> tuple[str, ...]:
        with self.store.reading("acme", "UTC") as cursor:
            return tuple(row[0] for row in cursor.execute("SELECT lead_id FROM leads ORDER BY lead_id").fetchall())

    def suffers(self, says: str, caplog: pytest.LogCaptureFixture) -> None:
        """Poll in a fault: it is told in the state and in the log, and the records stay."""
        reason = self.reason(TIMEOUT)
        assert re.search(says, reason), reason
        assert f"acme/crm: {reason}" in caplog.text
        assert "Traceback" not in caplog.text
        assert self.leads() == GOOD

    def is_well(self, leads: tuple[str, ...]) -> None:
        assert (self.reason(), self.leads()) == ("", leads)


Polls = Callable[[str, Path, Mapping[str, Any]], Polled]


@pytest.fixture
def polls(store: Store) -> Iterator[Polls]:
    """Yield what makes a source by its kind, folder and section of a catalogue; sources are closed afterwards."""
    with ExitStack() as closing_all:

        def make(kind: str, folder: Path, section: Mapping[str, Any]) -> Polled:
            built = options(kind, folder, **section)
            source = PolledSource("acme", "crm", built, built.build("crm"), "UTC", "EUR")
            runs = SourcePoller(source, store, lambda: NOON, lambda company, name: None)
            closing_all.callback(runs.retire)
            return Polled(store, runs)

        yield make


def ok(body: bytes, *headers: bytes, status: bytes = b"200 OK") -> Pieces:
    lines = (b"HTTP/1.1 " + status, b"Content-Length: %d" % len(body), *headers)
    return lambda: [b"\r\n".join(lines) + b"\r\n\r\n" + body]


def rows(ids: Iterable[str], created: str = "created_at") -> list[dict[str, str]]:
    return [{"lead_id": each, created: "2026-01-01"} for each in ids]


def as_csv(ids: Iterable[str], created: str = "created_at") -> bytes:
    return f"lead_id,{created}\n{''.join(f'{each},2026-01-01{chr(10)}' for each in ids)}".encode()


def as_json(ids: Iterable[str], created: str = "created_at") -> bytes:
    return json.dumps(rows(ids, created)).encode()


def as_vector(ids: Iterable[str], created: str = "created_at") -> bytes:
    result = [{"metric": row, "value": [1, "1"]} for row in rows(ids, created)]
    return json.dumps({"status": "success", "data": {"resultType": "vector", "result": result}}).encode()


KINDS: Mapping[str, tuple[str, Callable[..., bytes], Callable[[str], Mapping[str, Any]]]] = {
    "http": ("http", as_json, lambda url: {"url": url, "tables": {"leads": {"path": "leads"}}}),
    "prometheus": ("prometheus", as_vector, lambda url: {"url": url, "tables": {"leads": {"query": "leads"}}}),
    "elsewhere": ("files", as_csv, lambda url: {"tables": {"leads": {"path": f"{url}/leads.csv"}}}),
}
BOMB = gzip.compress(b"[" + b"{}," * 3_000_000 + b"{}]", 1)
TIMED_OUT = rf"timed out after {TIMEOUT:g}s"

FAULTS: Mapping[str, tuple[Callable[[bytes], Pieces], str]] = {
    "down": (lambda good: list, "did not answer|broke off"),
    "silent": (lambda good: silence, f"{TIMED_OUT}|did not answer"),
    "silent in the head": (lambda good: lambda: silence(b"HTTP/1.1 200 OK\r\nA: "), f"{TIMED_OUT}|did not answer"),
    "silent in the body": (
        lambda good: lambda: silence(ok(good)().__iter__().__next__()[:-5]),
        f"{TIMED_OUT}|did not answer",
    ),
    "drip": (lambda good: lambda: drip(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n", b" "), TIMED_OUT),
    "429": (lambda good: ok(b"", b"Retry-After: 60", status=b"429 Too Many"), "answered 429 .*asks to wait 60s"),
    "5xx": (lambda good: ok(b"", status=b"503 Busy"), f"answered 503|{TIMED_OUT}"),
    "500": (lambda good: ok(b"<html>", status=b"500 Broken"), "answered 500"),
    "half body": (lambda good: lambda: [b"".join(ok(good)())[:-5]], "did not answer|broke off"),
    "no HTTP": (lambda good: lambda: [b"SSH-2.0-OpenSSH_9\r\n"], "did not answer|is broken"),
    "wrong type": (
        lambda good: ok(b"<!doctype html><title>Log in</title>", b"Content-Type: text/html"),
        "not JSON|web page",
    ),
    "permission denied": (lambda good: ok(b"", status=b"403 Forbidden"), "answered 403 Forbidden; check `auth`"),
    "redirect": (
        lambda good: ok(b"", b"Location: http://127.0.0.2/", status=b"302 Found"),
        "redirects to http://127.0.0.2,",
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("kind", ["http", "elsewhere", pytest.param("prometheus", marks=pytest.mark.exhaustive)])
def test_a_server_in_a_fault_costs_one_poll(
    kind: str, fault: str, polls: Polls, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    type_, written, section = KINDS[kind]
    broken, says = FAULTS[fault]
    with RawServer(ok(written(GOOD))) as server:
        polled = polls(type_, tmp_path, section(server.url))
        polled.is_well(GOOD)
        server.answer = broken(written(GOOD))
        polled.suffers(says, caplog)
        server.answer = ok(written(BETTER))
        polled.is_well(BETTER)


@pytest.mark.parametrize("kind", KINDS)
def test_a_server_that_renames_a_column_is_told_what_is_missing(
    kind: str, polls: Polls, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    type_, written, section = KINDS[kind]
    with RawServer(ok(written(GOOD))) as server:
        polled = polls(type_, tmp_path, section(server.url))
        polled.is_well(GOOD)
        server.answer = ok(written(BETTER, "created"))
        polled.suffers("created_at", caplog)
        server.answer = ok(written(BETTER))
        polled.is_well(BETTER)


@pytest.mark.parametrize("kind", ["http", "prometheus"])
def test_an_answer_that_is_millions_of_values_is_not_decoded(
    kind: str, polls: Polls, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    type_, written, section = KINDS[kind]
    with RawServer(ok(written(GOOD))) as server:
        polled = polls(type_, tmp_path, section(server.url))
        polled.is_well(GOOD)
        server.answer = ok(BOMB, b"Content-Encoding: gzip")
        polled.suffers("holds more than 1,000,000 values|timed out", caplog)
        server.answer = ok(written(BETTER))
        polled.is_well(BETTER)


def replaced_by(content: bytes) -> Callable[[Path], None]:
    return emptied_into(lambda file: file.write_bytes(content))


def removed(file: Path) -> None:
    file.rmdir() if file.is_dir() else file.unlink(missing_ok=True)


def emptied_into(make: Callable[[Path], object]) -> Callable[[Path], None]:
    def put(file: Path) -> None:
        removed(file)
        make(file)

    return put


FILE_FAULTS: Mapping[str, tuple[Callable[[Path], None], str]] = {
    "down": (removed, "no file matches"),
    "a folder": (emptied_into(Path.mkdir), "no file matches"),
    "a pipe": (emptied_into(os.mkfifo), "no file matches"),
    "a link to itself": (emptied_into(lambda file: file.symlink_to(file.name)), "no file matches"),
    "a device": (emptied_into(lambda file: file.symlink_to("/dev/zero")), "no file matches"),
    "one that cannot be read": (emptied_into(lambda file: file.symlink_to("/proc/self/mem")), "cannot read leads.csv"),
    "wrong type": (replaced_by(b"\x50\x4b\x03\x04" + bytes(range(256)) * 9), "is not UTF-8 text"),
    "empty": (replaced_by(b""), "has no header"),
    "schema change": (replaced_by(as_csv(BETTER, "created")), "created_at"),
    "memory limit": (replaced_by(b"lead_id,created_at\n" + b"x" * 16_000_001), "is longer than 16,000,000 characters"),
}


@pytest.mark.parametrize("fault", FILE_FAULTS)
def test_a_file_in_a_fault_costs_one_poll(
    fault: str, polls: Polls, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    file, (broken, says) = tmp_path / "leads.csv", FILE_FAULTS[fault]
    replaced_by(as_csv(GOOD))(file)
    polled = polls("files", tmp_path, {"tables": {"leads": {"path": "leads.csv"}}})
    polled.is_well(GOOD)
    broken(file)
    polled.suffers(says, caplog)
    replaced_by(as_csv(BETTER))(file)
    polled.is_well(BETTER)


ENDLESS = {
    "files": "SELECT count(*)::VARCHAR AS lead_id, '2026-01-01' AS created_at "
    "FROM rows, range(1000000) a, range(1000000) b",
    "sqlite": "WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r) "
    "SELECT max(n) AS lead_id, '2026-01-01' AS created_at FROM r",
}


def database(file: Path, ids: Iterable[str], created: str = "created_at") -> None:
    file.unlink(missing_ok=True)
    with closing(sqlite3.connect(file)) as connection, connection:
        connection.execute(f"CREATE TABLE leads (lead_id, {created})")
        connection.executemany("INSERT INTO leads VALUES (?, '2026-01-01')", [(each,) for each in ids])


@pytest.mark.parametrize(
    ("broken", "says"),
    [
        (removed, "there is no database file"),
        (replaced_by(b"no database at all" * 99), "not a database"),
        (lambda file: database(file, BETTER, "created"), "created_at"),
        (lambda file: file.write_bytes(file.read_bytes()[:4096]), "malformed|no such table|disk image"),
    ],
    ids=["down", "wrong type", "schema change", "half a file"],
)
def test_a_database_file_in_a_fault_costs_one_poll(
    broken: Callable[[Path], None], says: str, polls: Polls, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    file = tmp_path / "crm.db"
    database(file, GOOD)
    section = {"url": f"sqlite:///{file}", "tables": {"leads": {"query": "SELECT * FROM leads"}}}
    polled = polls("sql", tmp_path, section)
    polled.is_well(GOOD)
    broken(file)
    polled.suffers(says, caplog)
    database(file, BETTER)
    polled.is_well(BETTER)


@pytest.mark.parametrize("kind", ENDLESS)
def test_a_query_without_an_end_is_interrupted(
    kind: str, polls: Polls, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    replaced_by(as_csv(GOOD))(tmp_path / "leads.csv")
    database(tmp_path / "crm.db", GOOD)
    table = {"query": ENDLESS[kind], **({"path": "leads.csv"} if kind == "files" else {})}
    section: dict[str, Any] = {} if kind == "files" else {"url": f"sqlite:///{tmp_path}/crm.db"}
    well = polls("files", tmp_path, {"tables": {"leads": {"path": "leads.csv"}}})
    well.is_well(GOOD)
    endless = polls("files" if kind == "files" else "sql", tmp_path, {**section, "tables": {"leads": table}})
    endless.suffers(TIMED_OUT, caplog)
    replaced_by(as_csv(BETTER))(tmp_path / "leads.csv")
    well.is_well(BETTER)
