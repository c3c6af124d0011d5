"""Polls of one source in a test: its options as in a catalogue, and a clock that only the test moves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from exporter.records.batch import Answer, Records, Row, RowSet, Unchanged
from exporter.records.store import Store
from exporter.sources.ending import ending
from exporter.sources.interface import Context, Cursor, Deadline, Options, Source
from exporter.sources.registry import kinds
from tests.support.row_sets import both_ways

NOON = datetime(2026, 3, 15, 12, tzinfo=UTC)

NO_LIMITS: Mapping[str, Any] = {"may_shrink": "100%", "may_reject": "100%"}
"""Options of a table for a test that is about what becomes of bad rows one by one."""

LEAD_CONSTANTS: Mapping[str, Any] = {"constants": {"created_at": "2026-01-01"}}
"""Options of `leads` for a test that is about its ids alone: the other column that the table requires."""


def options(kind: str, folder: Path | None = None, **section: Any) -> Options:
    """Return the options of a source, whose section of a catalogue in `folder` is given."""
    context = {"folder": folder} if folder else None
    return kinds()[kind].model_validate({"type": kind, **section}, context=context)


class Clock:
    """Seconds that pass only when somebody sleeps; `slept` remembers how long."""

    def __init__(self) -> None:
        self.seconds = 1000.0
        self.slept: list[float] = []

    def __call__(self) -> float:
        return self.seconds

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.seconds += seconds


@dataclass
class PollResult:
    """Everything that one poll yielded."""

    rows: dict[str, list[Row]] = field(default_factory=dict)
    snapshots: dict[str, bool] = field(default_factory=dict)
    unchanged: list[str] = field(default_factory=list)
    answers: list[Answer] = field(default_factory=list)

    def values(self) -> Mapping[str, Decimal | None]:
        """Return the answers without labels, by measure."""
        return {answer.measure: answer.value for answer in self.answers if not answer.labels}


def context(cursor: Cursor | None = None, deadline: Deadline | None = None, timezone: str = "Europe/Berlin") -> Context:
    return Context(deadline or Deadline(30), {} if cursor is None else cursor, NOON, timezone)


def poll(source: Source, cursor: Cursor | None = None, deadline: Deadline | None = None) -> PollResult:
    """Poll a source to its end; what it remembers stays in `cursor`."""
    polled = PollResult()
    with ending(source.poll(context(cursor, deadline))) as items:
        for item in items:
            match item:
                case Records(table, rows, snapshot):
                    polled.rows[table] = list(both_ways(table, rows, source) if isinstance(rows, RowSet) else rows)
                    polled.snapshots[table] = snapshot
                case Unchanged(table):
                    polled.unchanged.append(table)
                case Answer():
                    polled.answers.append(item)
    return polled


def poll_into_store(store: Store, source: Source) -> None:
    """Poll a source of the company `acme` once, with the cursor of its last poll, and commit what it gives."""
    state = store.polls.state("acme").get("source")
    polled = context(dict(state.cursor) if state else {})
    with store.intake("acme", "source", polled.timezone, "EUR") as intake:
        with ending(source.poll(polled)) as items:
            for item in items:
                intake.take(item)
        intake.commit(NOON, polled.cursor)


def stored_texts(store: Store, query: str) -> list[tuple[object, ...]]:
    """Return the rows of a query over the records of `acme`, all values as texts in UTC."""
    with store.reading("acme", "UTC") as cursor:
        return cursor.execute(f"SELECT COLUMNS(*)::VARCHAR FROM ({query})").fetchall()
