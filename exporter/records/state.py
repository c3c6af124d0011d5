"""What polls leave besides records: how the sources did, which tables they fill, which rows were bad."""

# ruff: noqa: S608 - names come from the schema and are quoted, values are parameters or quoted literals

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

import duckdb

from exporter.records.layout import Layout
from exporter.records.sql import instant


@dataclass(frozen=True)
class SourceState:
    """How the polls of a source went. Times are in UTC, and those of the polls' starts."""

    last_attempt: datetime
    last_success: datetime | None
    error: str | None
    cursor: Mapping[str, str]

    @property
    def up(self) -> bool:
        """Whether the last poll succeeded."""
        return self.error is None

    def doubting(self, success: datetime | None) -> SourceState:
        """The same without a success of that date, which is yet to come."""
        if success is None or success != self.last_success:
            return self
        reason = f"its last success is of {success:%Y-%m-%d %H:%M} UTC, which is yet to come: a clock is or was wrong"
        return replace(self, last_success=None, error=self.error or reason)


@dataclass(frozen=True)
class RejectedRow:
    """A bad row: its key's texts, what is wrong with it, and its texts by column, if they were kept."""

    key: tuple[str | None, ...]
    reason: str
    row: Mapping[str, str | None] | None


@dataclass(frozen=True)
class Rejected:
    """The bad rows of one source and table (`answers` for direct measures): all counted, some shown."""

    source: str
    table: str
    count: int
    examples: tuple[RejectedRow, ...]


def states(cursor: duckdb.DuckDBPyConnection, layout: Layout, company: str) -> Mapping[str, SourceState]:
    rows = cursor.execute(
        "SELECT source, epoch_us(last_attempt), epoch_us(last_success), error, cursor "
        f"FROM {layout.polls('sources')} WHERE company = ? ORDER BY source",
        [company],
    ).fetchall()
    return {
        source: SourceState(
            instant(attempt), None if success is None else instant(success), error, json.loads(remembered)
        )
        for source, attempt, success, error, remembered in rows
    }


def fillers(cursor: duckdb.DuckDBPyConnection, layout: Layout, company: str) -> Mapping[str, Mapping[str, int]]:
    rows = cursor.execute(
        f'SELECT "table", source, row_count FROM {layout.polls("fills")} WHERE company = ? ORDER BY ALL',
        [company],
    ).fetchall()
    found: dict[str, dict[str, int]] = {}
    for table, source, count in rows:
        found.setdefault(table, {})[source] = count
    return found


def rejected(cursor: duckdb.DuckDBPyConnection, layout: Layout, company: str, examples: int) -> list[Rejected]:
    part = 'PARTITION BY source, "table"'
    rows = cursor.execute(
        f'SELECT source, "table", count(*) OVER ({part}), key, reason, "row" '
        f"FROM {layout.polls('rejected')} WHERE company = ? "
        f'QUALIFY row_number() OVER ({part} ORDER BY "row" IS NULL, key, "row") <= ? '
        'ORDER BY source, "table", "row" IS NULL, key, "row"',
        [company, examples],
    ).fetchall()
    found: dict[tuple[str, str], Rejected] = {}
    for source, table, count, key, reason, row in rows:
        example = RejectedRow(tuple(json.loads(key)), reason, None if row is None else json.loads(row))
        before = found.setdefault((source, table), Rejected(source, table, count, ()))
        found[source, table] = replace(before, examples=(*before.examples, example))
    return list(found.values())
