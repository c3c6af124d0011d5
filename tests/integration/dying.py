"""A poll, an evaluation and a step of the history, in a process that ends itself before a given call of the database.

It ends as by `kill -9`: nothing is closed, and no transaction is rolled back.
"""

from __future__ import annotations

import json
import os
import signal
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb

from exporter.catalogue.loading import load
from exporter.history.writer import HistoryWriter
from exporter.kpis.snapshot import take_snapshot
from exporter.records.store import Store
from exporter.revenue.materialization import refresh
from tests.demo.simulations import poll

CALLS = "calls.json"
"""What was asked of the database, in order: written by a run that came to its end."""
POLLED = "polled"
"""Is there once the poll was committed."""


def run(folder: Path, now: datetime, before: int | None) -> None:
    """Poll the company of `folder`, evaluate it, compute a moment of its past, and close the store."""
    calls: list[str] = []

    def called(what: str) -> None:
        if len(calls) == before:
            os.kill(os.getpid(), signal.SIGKILL)
        calls.append(what)

    connect = duckdb.connect
    # Only in this process, which runs nothing else.
    setattr(duckdb, "connect", lambda *arguments, **options: _Watched(connect(*arguments, **options), called))  # noqa: B010 - mypy
    store = Store(folder / "records.duckdb")
    company = load(folder / "company.yaml", {})
    poll(company, store, now)
    (folder / POLLED).touch()
    refresh(store, company.ledger)
    take_snapshot(company, store, now)
    writer = HistoryWriter(store, lambda: now)
    writer.set_companies({company.name: company})
    writer.write_batch(company.name)
    store.close()
    (folder / CALLS).write_text(json.dumps(calls))


class _Watched:
    """A connection whose calls are counted, and those of its cursors."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, called: Any) -> None:
        self._connection = connection
        self._called = called

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._connection, name)

        def watched(*arguments: Any) -> Any:
            self._called(str(arguments[0]) if arguments else name)
            return method(*arguments)

        return watched if name in ("execute", "begin", "commit", "rollback", "close") else method

    def cursor(self) -> _Watched:
        return _Watched(self._connection.cursor(), self._called)

    def __enter__(self) -> _Watched:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()
