"""The state of polling: outcomes per source, the sources of each table, rejected rows, tables held back."""

# ruff: noqa: S608 - names come from the schema and are quoted, values are parameters or quoted literals

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import duckdb

from exporter.records.batch import Unfinished
from exporter.records.database_schema import DatabaseSchema
from exporter.records.sql import instant

UNRATED = "unrated"
"""The table name in `rejected` for subscription items that polls accept and that lack an exchange rate."""

_TABLE = f"""CASE "table" WHEN '{UNRATED}' THEN 'subscription_items' ELSE "table" END"""


@dataclass(frozen=True)
class SourceState:
    """The outcome of a source's polls. Times are those of the polls' starts, in UTC.

    `unfinished` is how far its first run has come, while that goes on over several polls. `corrections` counts what it
    showed in full otherwise than as reported, if it does such a thing.
    """

    last_attempt: datetime
    last_success: datetime | None
    error: str | None
    cursor: Mapping[str, str]
    unfinished: Unfinished | None = None
    corrections: int | None = None

    @property
    def up(self) -> bool:
        """Whether the last poll succeeded."""
        return self.error is None

    def doubting(self, success: datetime | None) -> SourceState:
        """Return the state without a success of that date, which is in the future."""
        if success is None or success != self.last_success:
            return self
        reason = f"its last success is of {success:%Y-%m-%d %H:%M} UTC, which is yet to come: a clock is or was wrong"
        return replace(self, last_success=None, error=self.error or reason)


@dataclass(frozen=True)
class RejectedRow:
    """A bad row: the texts of its key, its fault, and its texts by column, if they were stored."""

    key: tuple[str | None, ...]
    reason: str
    row: Mapping[str, str | None] | None


@dataclass(frozen=True)
class Rejected:
    """The number of bad rows of one source and table (`answers` for direct measures), with some examples."""

    source: str
    table: str
    count: int
    examples: tuple[RejectedRow, ...]

    @property
    def text(self) -> str:
        """A sentence for people: how many, of which table, and why the first is bad."""
        return set_aside(self.source, self.table, self.count, self.reason)

    @property
    def reason(self) -> str:
        """Why the first of them is bad."""
        return self.examples[0].reason


def set_aside(source: str, table: str, count: int, reason: str) -> str:
    """Return a sentence for people about bad rows; `reason` says why the first is bad."""
    rows = "1 row" if count == 1 else f"{count:,} rows"
    return f"{rows} of {table} of {source} set aside, the first because {reason}"


@dataclass(frozen=True)
class Held:
    """A table that is held back: the last snapshot would have removed too many rows, so it stays as it was.

    `missing` of its `present` rows were not among the `delivered` good ones. The present rows were read at `as_of`;
    `since` is when the table was first held back. With `accepted`, the next poll may remove that many.
    """

    source: str
    table: str
    present: int
    missing: int
    delivered: int
    as_of: datetime | None
    since: datetime
    accepted: bool

    @property
    def text(self) -> str:
        """A sentence for people: which table, how much of it is missing, and as of when its rows are."""
        as_of = "" if self.as_of is None else f" as of {self.as_of:%Y-%m-%d %H:%M:%S} UTC"
        accepted = "; that is accepted, and the next poll takes it in" if self.accepted else ""
        return (
            f"{self.table} of {self.source} is held back{as_of}, since {self._gone} are missing "
            f"from what the source gives now ({self.delivered:,} rows){accepted}"
        )

    def moved(self, by: timedelta) -> Held:
        """Return the table with its dates shifted, after the clock was set."""
        return replace(self, as_of=self.as_of and self.as_of + by, since=self.since + by)

    @property
    def accepted_text(self) -> str:
        """The confirmation for people who accept it."""
        return f"{self.table} of {self.source}: the next poll may take away {self._gone}"

    @property
    def _gone(self) -> str:
        return f"{'all' if self.missing == self.present else f'{self.missing:,} of'} {self.present:,} rows"


def states(cursor: duckdb.DuckDBPyConnection, layout: DatabaseSchema, company: str) -> Mapping[str, SourceState]:
    """Return the state of each source that was ever polled, by name."""
    rows = cursor.execute(
        "SELECT source, epoch_us(last_attempt), epoch_us(last_success), error, cursor, share, reached, total "
        f"FROM {layout.polls('sources')} LEFT JOIN {layout.polls('first_runs')} USING (company, source) "
        f"LEFT JOIN {layout.polls('corrections')} USING (company, source) "
        "WHERE company = ? ORDER BY source",
        [company],
    ).fetchall()
    return {
        source: SourceState(
            instant(attempt),
            None if success is None else instant(success),
            error,
            json.loads(remembered),
            None if share is None else Unfinished(share, reached),
            corrections,
        )
        for source, attempt, success, error, remembered, share, reached, corrections in rows
    }


def fillers(cursor: duckdb.DuckDBPyConnection, layout: DatabaseSchema, company: str) -> Mapping[str, Mapping[str, int]]:
    """Return the sources of each table, with their present numbers of rows."""
    rows = cursor.execute(
        f'SELECT "table", source, row_count FROM {layout.polls("table_sources")} WHERE company = ? ORDER BY ALL',
        [company],
    ).fetchall()
    by_table: dict[str, dict[str, int]] = {}
    for table, source, count in rows:
        by_table.setdefault(table, {})[source] = count
    return by_table


def rejected(cursor: duckdb.DuckDBPyConnection, layout: DatabaseSchema, company: str, examples: int) -> list[Rejected]:
    """Return the bad rows by source and table, each with so many `examples`."""
    part = 'PARTITION BY source, "table"'
    rows = cursor.execute(
        f'SELECT source, "table", count(*) OVER ({part}), key, reason, "row" '
        f'FROM (SELECT * REPLACE ({_TABLE} AS "table") FROM {layout.polls("rejected")} WHERE company = ?) '
        f'QUALIFY row_number() OVER ({part} ORDER BY "row" IS NULL, key, "row") <= ? '
        'ORDER BY source, "table", "row" IS NULL, key, "row"',
        [company, examples],
    ).fetchall()
    by_table: dict[tuple[str, str], Rejected] = {}
    for source, table, count, key, reason, row in rows:
        example = RejectedRow(tuple(json.loads(key)), reason, None if row is None else json.loads(row))
        before = by_table.setdefault((source, table), Rejected(source, table, count, ()))
        by_table[source, table] = replace(before, examples=(*before.examples, example))
    return list(by_table.values())


@dataclass(frozen=True)
class EstimatedTable:
    """A table of a source of which rows before an instant were reconstructed; `why` says by which rule."""

    source: str
    table: str
    before: datetime
    why: str

    @property
    def text(self) -> str:
        """A sentence for people: which table, up to when, and how it was reconstructed."""
        return f"{self.table} of {self.source} is estimated before {self.before:%Y-%m-%d %H:%M} UTC: {self.why}"


def estimated(cursor: duckdb.DuckDBPyConnection, layout: DatabaseSchema, company: str) -> list[EstimatedTable]:
    """Return the tables with reconstructed rows, by source and table."""
    rows = cursor.execute(
        'SELECT source, "table", epoch_us(before), why '
        f"FROM {layout.polls('estimated')} WHERE company = ? ORDER BY ALL",
        [company],
    ).fetchall()
    return [EstimatedTable(source, table, instant(before), why) for source, table, before, why in rows]


def held(cursor: duckdb.DuckDBPyConnection, layout: DatabaseSchema, company: str) -> list[Held]:
    """Return the tables that are held back, by source and table."""
    rows = cursor.execute(
        'SELECT source, "table", epoch_us(as_of), epoch_us(since), present, missing, delivered, accepted '
        f"FROM {layout.polls('held')} WHERE company = ? ORDER BY ALL",
        [company],
    ).fetchall()
    return [
        Held(
            source,
            table,
            present,
            missing,
            delivered,
            None if as_of is None else instant(as_of),
            instant(since),
            accepted,
        )
        for source, table, as_of, since, present, missing, delivered, accepted in rows
    ]
