"""Plausibility of a poll: too many bad rows fail it, and a snapshot that loses too many rows is held back."""

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
"""Missing rows from which a table is held back, unless it becomes empty: small tables change by a few rows.

As many bad rows, without a good one, fail a poll that delivers only a part of a table.
"""

_OWNED = "company = $company AND source = $source"


@dataclass(frozen=True)
class Guard:
    """Checks the staged rows of one poll of one company's source; all statements run on `cursor`."""

    cursor: duckdb.DuckDBPyConnection
    layout: DatabaseSchema
    company: str
    source: str
    at: datetime

    def refusal(self, table: Table, staged: str, snapshot: bool, limits: Limits) -> str | None:
        """Return why the bad rows of a table fail the poll; None if it may reject them and go on.

        Their share is taken of the table as it would be after the poll. A snapshot is the whole table; a part is added
        to the rows that are present, so that one bad new row does not fail the poll of a large table.
        """
        good, bad = self._count(f"FROM {staged} WHERE reason IS NULL"), self._count(_bad(staged))
        if not bad:
            return None
        allowed = MAY_REJECT if limits.may_reject is None else limits.may_reject
        if not good and (snapshot or bad >= FEW) and not limits.may_reject_all:
            return f"{_all(bad)} bad; {self._first(staged)}"
        if not snapshot:
            good += self._count(f"FROM {self._present(table)} AND NOT {self._delivered(table, staged)}", table)
            bad += self._count(
                f'FROM {self.layout.polls("rejected")} WHERE {_OWNED} AND "table" = $table '
                f"AND key NOT IN (SELECT key FROM {staged})",
                table,
            )
        if bad * 100 <= allowed * (good + bad):
            return None
        return (
            f"{bad:,} of {good + bad:,} rows are bad, more than the {allowed:f}% of `may_reject`; {self._first(staged)}"
        )

    def holds(self, table: Table, staged: str, limits: Limits) -> bool:
        """Return whether a snapshot removes too many rows, and record it as held back unless someone accepted it.

        A row is removed when its key is not among the good rows: other rows in its place are a loss too. Where keys are
        instants, the number of rows is compared.
        """
        present = self._count(f"FROM {self._present(table)}", table)
        delivered = self._count(f"FROM {staged} WHERE reason IS NULL")
        missing = max(0, present - delivered)
        if not table.sampled:
            missing = self._count(f"FROM {self._present(table)} AND NOT {self._delivered(table, staged)}")
        share = table.may_shrink if limits.may_shrink is None else limits.may_shrink
        believable = missing * 100 <= share * present or (missing < FEW and delivered > 0)
        if believable or missing <= self._accepted(table):
            return False
        self._run(
            f"INSERT INTO {self.layout.polls('held')} "
            '(company, source, "table", present, missing, delivered, as_of, since) '
            "SELECT $company, $source, $table, $present, $missing, $delivered, max(last_success), "
            "make_timestamptz($at) "
            f"FROM {self.layout.polls('sources')} WHERE {_OWNED} "
            "ON CONFLICT DO UPDATE SET present = excluded.present, missing = excluded.missing, "
            "delivered = excluded.delivered, accepted = false",
            table,
            present=present,
            missing=missing,
            delivered=delivered,
            at=micros(self.at),
        )
        return True

    def release(self, tables: Iterable[str]) -> None:
        """Record that these tables are no longer held back, as their rows were taken in."""
        held = f'{_OWNED} AND "table" IN {literals(tables)}'
        self._run(f"DELETE FROM {self.layout.polls('held')} WHERE {held}")

    def _accepted(self, table: Table) -> int:
        """Return how many missing rows someone accepted, -1 if nobody did."""
        row = self._run(
            f'SELECT missing FROM {self.layout.polls("held")} WHERE {_OWNED} AND "table" = $table AND accepted', table
        ).fetchone()
        return row[0] if row else -1

    def _present(self, table: Table) -> str:
        return f"{self.layout.records(table.name)} AS present WHERE {_OWNED}"

    def _delivered(self, table: Table, staged: str) -> str:
        """Return the condition that a present row's key is among the good rows of the poll."""
        same = " AND ".join(f"present.{name(part)} = given.{name(part)}" for part in table.key)
        return f"EXISTS (FROM {staged} AS given WHERE reason IS NULL AND {same})"

    def _first(self, staged: str) -> str:
        """Return the key and the reason of the first bad row, as the end of a sentence."""
        rows = self._run(f"SELECT key, reason FROM {staged} WHERE reason IS NOT NULL ORDER BY rowid LIMIT 1")
        key, reason = rows.fetchall()[0]
        return f"the first, {', '.join(part or 'no key' for part in json.loads(key))}: {reason}"

    def _count(self, relation: str, table: Table | None = None) -> int:
        return int(self._run(f"SELECT count(*) {relation}", table).fetchall()[0][0])

    def _run(self, statement: str, table: Table | None = None, **parameters: object) -> duckdb.DuckDBPyConnection:
        values = {"company": self.company, "source": self.source, "table": table and table.name, **parameters}
        return self.cursor.execute(statement, {key: value for key, value in values.items() if f"${key}" in statement})


def _bad(staged: str) -> str:
    """Return the relation of the bad rows, each once however often the poll delivered it."""
    return f'FROM (SELECT DISTINCT key, reason, "row" FROM {staged} WHERE reason IS NOT NULL)'


def _all(count: int) -> str:
    return "its only row is" if count == 1 else f"all {count:,} rows are"
