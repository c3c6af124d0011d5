"""What polls leave besides records: how the sources did, which tables they fill, which rows were bad."""

# ruff: noqa: S608 - names come from the schema and are quoted, values are parameters or quoted literals

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import duckdb

from exporter.records.database_schema import DatabaseSchema
from exporter.records.sql import instant

UNRATED = "unrated"
"""What the table of bad rows has for the subscription items that polls accept and the revenue ledger sets aside."""

_TABLE = f"""CASE "table" WHEN '{UNRATED}' THEN 'subscription_items' ELSE "table" END"""


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

    @property
    def text(self) -> str:
        """What people read: how many, of which table, and why the first is bad."""
        return set_aside(self.source, self.table, self.count, self.reason)

    @property
    def reason(self) -> str:
        """Why the first of them is bad."""
        return self.examples[0].reason


def set_aside(source: str, table: str, count: int, reason: str) -> str:
    """What people read of bad rows; `reason` is why the first is bad."""
    rows = "1 row" if count == 1 else f"{count:,} rows"
    return f"{rows} of {table} of {source} set aside, the first because {reason}"


@dataclass(frozen=True)
class Held:
    """A table that is held back: the last snapshot took too many of its rows away, so it stays as it was.

    `missing` of its `present` rows were gone among the `given` good ones. What stays was read at `as_of`; `since` is
    when it was held back first. `accepted` says that a poll may now take that many.
    """

    source: str
    table: str
    present: int
    missing: int
    given: int
    as_of: datetime | None
    since: datetime
    accepted: bool

    @property
    def text(self) -> str:
        """What people read: which table, how much of it is missing, and as of when it is shown."""
        as_of = "" if self.as_of is None else f" as of {self.as_of:%Y-%m-%d %H:%M:%S} UTC"
        accepted = "; that is accepted, and the next poll takes it in" if self.accepted else ""
        return (
            f"{self.table} of {self.source} is held back{as_of}, since {self._gone} are missing "
            f"from what the source gives now ({self.given:,} rows){accepted}"
        )

    def moved(self, by: timedelta) -> Held:
        """The same after the clock was set by so much."""
        return replace(self, as_of=self.as_of and self.as_of + by, since=self.since + by)

    @property
    def accepted_text(self) -> str:
        """What is said to who accepts it."""
        return f"{self.table} of {self.source}: the next poll may take away {self._gone}"

    @property
    def _gone(self) -> str:
        return f"{'all' if self.missing == self.present else f'{self.missing:,} of'} {self.present:,} rows"


def states(cursor: duckdb.DuckDBPyConnection, layout: DatabaseSchema, company: str) -> Mapping[str, SourceState]:
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


def fillers(cursor: duckdb.DuckDBPyConnection, layout: DatabaseSchema, company: str) -> Mapping[str, Mapping[str, int]]:
    rows = cursor.execute(
        f'SELECT "table", source, row_count FROM {layout.polls("fills")} WHERE company = ? ORDER BY ALL',
        [company],
    ).fetchall()
    found: dict[str, dict[str, int]] = {}
    for table, source, count in rows:
        found.setdefault(table, {})[source] = count
    return found


def rejected(cursor: duckdb.DuckDBPyConnection, layout: DatabaseSchema, company: str, examples: int) -> list[Rejected]:
    part = 'PARTITION BY source, "table"'
    rows = cursor.execute(
        f'SELECT source, "table", count(*) OVER ({part}), key, reason, "row" '
        f'FROM (SELECT * REPLACE ({_TABLE} AS "table") FROM {layout.polls("rejected")} WHERE company = ?) '
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


def held(cursor: duckdb.DuckDBPyConnection, layout: DatabaseSchema, company: str) -> list[Held]:
    rows = cursor.execute(
        'SELECT source, "table", epoch_us(as_of), epoch_us(since), present, missing, given, accepted '
        f"FROM {layout.polls('held')} WHERE company = ? ORDER BY ALL",
        [company],
    ).fetchall()
    return [
        Held(
            source, table, present, missing, given, None if as_of is None else instant(as_of), instant(since), accepted
        )
        for source, table, as_of, since, present, missing, given, accepted in rows
    ]
