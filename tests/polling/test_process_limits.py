"""A process without descriptors, a file that may not be read, a store that may not be opened: one poll is lost."""

from __future__ import annotations

import os
import resource
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest

from exporter.polling.source_poller import SourcePoller
from exporter.records.batch import SourceFailed
from exporter.records.store import Store
from exporter.records.store_file import StoreRefused
from exporter.sources.interface import Source
from tests.polling.feeds import feed
from tests.servers.standin import HttpResponse, Standin
from tests.support.clocks import NOON
from tests.support.polls import column
from tests.support.source_polls import options, poll

CSV = "lead_id,created_at\na,2026-01-01\n"
NOBODY = 65534
Make = Callable[[str], Source]


@contextmanager
def no_descriptors() -> Iterator[None]:
    """Let the process open nothing more."""
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    with ExitStack() as opened:
        resource.setrlimit(resource.RLIMIT_NOFILE, (256, before[1]))
        opened.callback(resource.setrlimit, resource.RLIMIT_NOFILE, before)
        while True:
            try:
                opened.enter_context(Path(os.devnull).open())
            except OSError:
                break
        yield


@contextmanager
def ordinary_user() -> Iterator[None]:
    """Be nobody where the tests run as root, who may read everything."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(0)


@pytest.fixture
def make(tmp_path: Path) -> Iterator[Make]:
    """Make a source of one lead, of a kind."""
    (tmp_path / "leads.csv").write_text(CSV)
    with sqlite3.connect(tmp_path / "crm.sqlite") as db:
        db.execute("CREATE TABLE leads (lead_id TEXT, created_at TEXT)")
        db.execute("INSERT INTO leads VALUES ('a', '2026-01-01')")
    db.close()
    row = b'[{"lead_id": "a", "created_at": "2026-01-01"}]'

    def answer(path: str) -> HttpResponse:
        return HttpResponse(pieces=[CSV.encode() if path.endswith(".csv") else row])

    with Standin(lambda request: answer(request.path)) as server:

        def build(kind: str) -> Source:
            sections: dict[str, dict[str, Any]] = {
                "files": {"tables": {"leads": {"path": "leads.csv"}}},
                "elsewhere": {"tables": {"leads": {"path": f"{server.url}/leads.csv"}}},
                "http": {"url": server.url, "tables": {"leads": {"path": "/leads", "select": "@", "paginate": "none"}}},
                "sql": {"url": "sqlite:///crm.sqlite", "tables": {"leads": {"query": "SELECT * FROM leads"}}},
            }
            return options({"elsewhere": "files"}.get(kind, kind), tmp_path, **sections[kind]).build("crm")

        yield build


@pytest.mark.parametrize("kind", ["files", "elsewhere", "http", "sql"])
def test_without_descriptors_the_poll_fails_and_with_some_the_next_one_is_stored(
    kind: str, make: Make, store: Store
) -> None:
    runs = SourcePoller(feed(make(kind), timeout="2s"), store, lambda: NOON, lambda company, name: None)
    with no_descriptors():
        runs.run()
    assert (runs.stats.polls, runs.stats.failures) == (1, 1)
    assert column(store, "leads", "lead_id") == []
    runs.run()
    assert column(store, "leads", "lead_id") == ["a"]
    assert store.polls.state("acme")["crm"].up
    assert store.probe([("acme", "crm")])
    assert store.health.fault is None
    runs.retire()


def test_a_file_that_may_not_be_read_fails_the_poll_and_is_named(make: Make, tmp_path: Path) -> None:
    source, file = make("files"), tmp_path / "leads.csv"
    file.chmod(0)
    with ordinary_user(), pytest.raises(SourceFailed, match=r"leads\.csv.*ermission denied"):
        poll(source)
    file.chmod(0o644)
    assert len(poll(source).rows["leads"]) == 1


def test_a_store_that_may_not_be_opened_is_refused_in_words(tmp_path: Path) -> None:
    path = tmp_path / "kpi.duckdb"
    Store(path).close()
    path.chmod(0)
    with (
        ordinary_user(),
        pytest.raises(StoreRefused, match=r"kpi\.duckdb: the record store cannot be opened: permission"),
    ):
        Store(path)
    path.chmod(0o600)
    Store(path).close()
