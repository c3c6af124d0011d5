"""Whether a poll is believed: too many bad rows fail it, and a snapshot that loses too many rows is held back."""

# ruff: noqa: S608 - names come from the schema and are quoted, values are parameters or quoted literals

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

import duckdb

from exporter.records.batch import Limits
from exporter.records.database_schema import DatabaseSchema
from exporter.records.schema import Table
from exporter.records.sql import literals, micros, name

MAY_REJECT = Decimal(1)
"""Percent of a table's rows that may be bad, unless the catalogue says otherwise."""

FEW = 5
"""So many rows must be missing before a table is held back, unless it becomes empty: a small table changes by a few.

So many bad rows, and no good one, fail a poll that gives only a part of a table.
"""

_OWNED = "company = $company AND source = $source"


@dataclass(frozen=True)
class Guard:
    """Judges the staged rows of one poll of one company's source; all statements run on `cursor`."""

    cursor: duckdb.DuckDBPyConnection
    layout: DatabaseSchema
    company: str
    source: str
    at: datetime

    def refusal(self, table: Table, staged: str, snapshot: bool, limits: Limits) -> str | None:
        """Why the poll fails for the bad rows of a table, None if they may be set aside.

        The share is that of the table as it would be after the poll. A snapshot is all of that; a part is added to what
        is there, so that one new row that is bad does not fail the poll of a large table.
        """
        good, bad = self._count(f"FROM {staged} WHERE reason IS NULL"), self._count(_bad(staged))
        if not bad:
            return None
        if not good and (snapshot or bad >= FEW):
            return f"{_all(bad)} bad; {self._first(staged)}"
        if not snapshot:
            good += self._count(f"FROM {self._present(table)} AND NOT {self._given(table, staged)}", table)
            bad += self._count(
                f'FROM {self.layout.polls("rejected")} WHERE {_OWNED} AND "table" = $table '
                f"AND key NOT IN (SELECT key FROM {staged})",
                table,
            )
        allowed = MAY_REJECT if limits.may_reject is None else limits.may_reject
        if bad * 100 <= allowed * (good + bad):
            return None
        return (
            f"{bad:,} of {good + bad:,} rows are bad, more than the {allowed:f}% of `may_reject`; {self._first(staged)}"
        )

    def holds(self, table: Table, staged: str, limits: Limits) -> bool:
        """Whether a snapshot takes too many of the table's rows away, and was not accepted; it is then noted as held.

        A row is taken away when its key is not among the good rows: other rows in the place of those that were there
        are a loss too. Where keys are moments, only their number tells.
        """
        present = self._count(f"FROM {self._present(table)}", table)
        given = self._count(f"FROM {staged} WHERE reason IS NULL")
        missing = max(0, present - given)
        if not table.sampled:
            missing = self._count(f"FROM {self._present(table)} AND NOT {self._given(table, staged)}")
        share = table.may_shrink if limits.may_shrink is None else limits.may_shrink
        believable = missing * 100 <= share * present or (missing < FEW and given > 0)
        if believable or missing <= self._accepted(table):
            return False
        self._run(
            f"INSERT INTO {self.layout.polls('held')} "
            '(company, source, "table", present, missing, given, as_of, since) '
            "SELECT $company, $source, $table, $present, $missing, $given, max(last_success), make_timestamptz($at) "
            f"FROM {self.layout.polls('sources')} WHERE {_OWNED} "
            "ON CONFLICT DO UPDATE SET present = excluded.present, missing = excluded.missing, "
            "given = excluded.given, accepted = false",
            table,
            present=present,
            missing=missing,
            given=given,
            at=micros(self.at),
        )
        return True

    def release(self, tables: Iterable[str]) -> None:
        """Note that these tables are no longer held: what their source gave was taken in."""
        held = f'{_OWNED} AND "table" IN {literals(tables)}'
        self._run(f"DELETE FROM {self.layout.polls('held')} WHERE {held}")

    def _accepted(self, table: Table) -> int:
        """How many rows may go missing because someone accepted it, -1 if nobody did."""
        found = self._run(
            f'SELECT missing FROM {self.layout.polls("held")} WHERE {_OWNED} AND "table" = $table AND accepted', table
        ).fetchone()
        return found[0] if found else -1

    def _present(self, table: Table) -> str:
        return f"{self.layout.records(table.name)} AS present WHERE {_OWNED}"

    def _given(self, table: Table, staged: str) -> str:
        """That a present row's key is among the good rows of the poll."""
        same = " AND ".join(f"present.{name(part)} = given.{name(part)}" for part in table.key)
        return f"EXISTS (FROM {staged} AS given WHERE reason IS NULL AND {same})"

    def _first(self, staged: str) -> str:
        """The key and the reason of the first bad row."""
        found = self._run(f"SELECT key, reason FROM {staged} WHERE reason IS NOT NULL ORDER BY rowid LIMIT 1")
        key, reason = found.fetchall()[0]
        return f"the first, {', '.join(part or 'no key' for part in json.loads(key))}: {reason}"

    def _count(self, relation: str, table: Table | None = None) -> int:
        return int(self._run(f"SELECT count(*) {relation}", table).fetchall()[0][0])

    def _run(self, statement: str, table: Table | None = None, **parameters: object) -> duckdb.DuckDBPyConnection:
        known = {"company": self.company, "source": self.source, "table": table and table.name, **parameters}
        return self.cursor.execute(statement, {key: each for key, each in known.items() if f"${key}" in statement})


def _bad(staged: str) -> str:
    """The bad rows, each once however often the poll gave it."""
    return f'FROM (SELECT DISTINCT key, reason, "row" FROM {staged} WHERE reason IS NOT NULL)'


def _all(count: int) -> str:
    return "its only row is" if count == 1 else f"all {count:,} rows are"
