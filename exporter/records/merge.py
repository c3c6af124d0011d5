"""Merges staged rows into the records: writes what is new or changed and leaves the rest alone."""

# ruff: noqa: S608 - names come from the schema and are quoted, values are parameters or quoted literals

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

import duckdb

from exporter.records.batch import Estimated
from exporter.records.database_schema import ANSWERS, DatabaseSchema
from exporter.records.schema import Table
from exporter.records.sql import literal, micros, name, names
from exporter.records.table_versions import note_change
from exporter.records.versions import Versions

EXAMPLES = 1000
"""Rejected rows per source and table that are stored with their contents; further ones with key and reason only."""

_OWNED = "company = $company AND source = $source"


@dataclass(frozen=True)
class Counts:
    """The effect of one poll on one table: distinct good rows, distinct bad rows, rows that a snapshot removed."""

    taken: int
    rejected: int
    removed: int


@dataclass(frozen=True)
class Removal:
    """Rows to be removed from a table: those with the values that these columns have in the relation called `name`."""

    table: Table
    columns: tuple[str, ...]
    name: str

    @property
    def concerns(self) -> str:
        """The condition that a row called `present` is to be removed."""
        same = " AND ".join(f"present.{name(part)} = removed.{name(part)}" for part in self.columns)
        return f"EXISTS (FROM {self.name} AS removed WHERE {same})"

    @property
    def rejected(self) -> str:
        """The condition that a rejected row, of which there are its key and its texts, is to be removed."""
        if self.columns == self.table.key:
            key = ", ".join(f"removed.{name(part)}::VARCHAR" for part in self.columns)
            return f"key IN (SELECT to_json([{key}])::VARCHAR FROM {self.name} AS removed)"
        same = " AND ".join(
            f"""json_extract_string("row", {literal(f'$."{part}"')}) = removed.{name(part)}::VARCHAR"""
            for part in self.columns
        )
        return f"EXISTS (FROM {self.name} AS removed WHERE {same})"


@dataclass(frozen=True)
class Merge:
    """Writes one poll of one company's source within the transaction of `cursor`.

    A staged relation has a table's columns and `reason`, `key` and `row`, as `RowParser.staging` returns them.
    """

    cursor: duckdb.DuckDBPyConnection
    layout: DatabaseSchema
    company: str
    source: str
    at: datetime

    def table(self, table: Table, staged: str, snapshot: bool, removals: Sequence[Removal] = ()) -> Counts:
        """Replace rows by key, or all of them with `snapshot`; the result depends on the set of rows alone.

        What `removals` concern is removed unless the poll delivers it.
        """
        target = self.layout.records(table.name)
        gone = self._gone(table, staged, snapshot, removals)
        fresh, removed = (self._versions if table.versioned else self._rows)(table, staged, gone)
        if fresh or removed:
            self._changed(table.name)
        self._run(
            f'INSERT OR REPLACE INTO {self.layout.polls("table_sources")} (company, source, "table", row_count) '
            f"SELECT $company, $source, $table, count(*) FROM {target} WHERE {_OWNED}",
            table=table.name,
        )
        rejected = self.rejected(table.name, staged, snapshot, removals)
        return Counts(self._count(f"FROM {staged} WHERE reason IS NULL"), rejected, removed)

    def _gone(self, table: Table, staged: str, snapshot: bool, removals: Sequence[Removal]) -> str | None:
        """Return the condition that a row called `present` is removed; None if none is."""
        same_key = " AND ".join(f"present.{name(part)} = given.{name(part)}" for part in table.key)
        missing = f"NOT EXISTS (FROM {staged} AS given WHERE reason IS NULL AND {same_key})"
        if snapshot:
            return missing
        return f"{missing} AND ({' OR '.join(each.concerns for each in removals)})" if removals else None

    def _rows(self, table: Table, staged: str, gone: str | None) -> tuple[int, int]:
        """Write new and changed rows, remove those that are gone, and return the numbers of both."""
        target, columns = self.layout.records(table.name), names(table.column_names)
        same_key = " AND ".join(f"present.{name(part)} = given.{name(part)}" for part in table.key)
        fresh = name(f"fresh_{table.name}")
        same_row = " AND ".join(
            f"present.{name(part)} IS NOT DISTINCT FROM given.{name(part)}" for part in table.column_names
        )
        written = self._run(  # not EXCEPT, which cannot spill to disk
            f"CREATE TEMP TABLE {fresh} AS SELECT {columns} FROM {staged} AS given WHERE reason IS NULL "
            f"AND NOT EXISTS (FROM {target} AS present WHERE {_OWNED} AND {same_row})"
        )
        removed = 0
        if gone is not None:
            removed = self._run(f"DELETE FROM {target} AS present WHERE {_OWNED} AND {gone}")
        self._run(f"DELETE FROM {target} AS present USING {fresh} AS given WHERE {_OWNED} AND {same_key}")
        self._run(
            f"INSERT INTO {target} (company, source, {columns}, recorded_at) "
            f"SELECT $company, $source, {columns}, make_timestamptz($at) FROM {fresh}",
            at=micros(self.at),
        )
        self._run(f"DROP TABLE {fresh}")
        return written, removed

    def _versions(self, table: Table, staged: str, gone: str | None) -> tuple[int, int]:
        """Merge into a table whose superseded versions are stored; return the numbers of rows written and removed."""
        versions, at = Versions(self.layout, table), micros(self.at)
        fresh, timeline = name(f"fresh_{table.name}"), name(f"timeline_{table.name}")
        written = self._run(f"CREATE TEMP TABLE {fresh} AS {versions.fresh(staged)}", at=at)
        self._run(versions.follow(fresh), at=at)
        if table.column("customer_id"):
            self._run(versions.touch(fresh, gone))
        removed = 0
        if gone is not None:
            keep, remove = versions.remove(gone)
            self._run(keep, at=at)
            removed = self._run(remove)
        if self._count(versions.earlier(fresh)) == 0:
            self._run(versions.begin(fresh))
        else:
            self._run(f"CREATE TEMP TABLE {timeline} AS {versions.timeline(fresh)}")
            for statement in versions.replace(fresh, timeline):
                self._run(statement)
            self._run(f"DROP TABLE {timeline}")
        self._run(f"DROP TABLE {fresh}")
        return written, removed

    def rejected(self, table: str, staged: str, snapshot: bool, removals: Sequence[Removal] = ()) -> int:
        """Store the bad rows, drop earlier ones that this poll delivered or removed, and return the number stored."""
        target = self.layout.polls("rejected")
        owned = f'{_OWNED} AND "table" = $table'
        again = [f"key IN (SELECT key FROM {staged})", *(each.rejected for each in removals)]
        dropped = "" if snapshot else f" AND ({' OR '.join(again)})"
        self._run(f"DELETE FROM {target} WHERE {owned}{dropped}", table=table)
        room = f'{EXAMPLES} - (SELECT count("row") FROM {target} WHERE {owned})'
        return self._run(
            f'INSERT INTO {target} (company, source, "table", key, reason, "row", rejected_at) '
            "SELECT $company, $source, $table, key, reason, "
            f'CASE WHEN row_number() OVER (ORDER BY key, "row") <= {room} THEN "row" END, '
            "make_timestamptz($at) "
            f'FROM (SELECT DISTINCT key, reason, "row" FROM {staged} WHERE reason IS NOT NULL)',
            table=table,
            at=micros(self.at),
        )

    def answers(self, staged: str) -> int:
        """Add answers to the history, replace all answers for periods, and return their number.

        Among several for the same labels, the greatest counts.
        """
        target, of_periods = self.layout.polls("answers"), self.layout.polls("period_answers")
        self._changed(ANSWERS)
        self._run(f"DELETE FROM {target} WHERE {_OWNED} AND asked_at = make_timestamptz($at)", at=micros(self.at))
        self._run(f"DELETE FROM {of_periods} WHERE {_OWNED}")
        added = self._run(
            f"INSERT INTO {of_periods} (company, source, measure, labels, starts, ends, value) "
            "SELECT $company, $source, measure, labels, starts, ends, max(value) "
            f"FROM {staged} WHERE starts IS NOT NULL GROUP BY measure, labels, starts, ends"
        )
        return added + self._run(
            f"INSERT INTO {target} (company, source, measure, labels, asked_at, value) "
            f"SELECT $company, $source, measure, labels, make_timestamptz($at), max(value) "
            f"FROM {staged} WHERE starts IS NULL GROUP BY measure, labels",
            at=micros(self.at),
        )

    def remembered(self, relation: str) -> None:
        """Replace what the source remembers by key, from a relation of keys and texts; NULL forgets a key."""
        target, staged = self.layout.polls("remembered"), name("staged_remembered")
        self._run(f"CREATE TEMP TABLE {staged} AS SELECT key, max(text) AS text FROM {relation} GROUP BY key")
        self._run(f"DELETE FROM {target} AS present USING {staged} AS given WHERE {_OWNED} AND present.key = given.key")
        self._run(
            f"INSERT INTO {target} (company, source, key, text) "
            f"SELECT $company, $source, key, text FROM {staged} WHERE text IS NOT NULL"
        )
        self._run(f"DROP TABLE {staged}")

    def estimated(self, estimates: Iterable[Estimated]) -> None:
        """Store until when the rows of tables are estimated."""
        for estimate in estimates:
            for table in estimate.tables:
                self._run(
                    f"INSERT OR REPLACE INTO {self.layout.polls('estimated')} "
                    '(company, source, "table", before, why) '
                    "VALUES ($company, $source, $table, make_timestamptz($before), $why)",
                    table=table,
                    before=micros(estimate.before),
                    why=estimate.why,
                )

    def corrected(self, total: int) -> None:
        """Store how much the source ever corrected."""
        self._run(
            f"INSERT OR REPLACE INTO {self.layout.polls('corrections')} (company, source, total) "
            "VALUES ($company, $source, $total)",
            total=total,
        )

    def _changed(self, table: str) -> None:
        note_change(self.cursor, self.layout, self.company, self.source, table, self.at)

    def _count(self, relation: str) -> int:
        statement = f"SELECT count(*) {relation}"
        owner = {"company": self.company, "source": self.source} if "$company" in statement else {}
        row = self.cursor.execute(statement, owner).fetchone()
        assert row is not None
        return int(row[0])

    def _run(self, statement: str, **parameters: str | int) -> int:
        """Execute, and return the number of rows changed."""
        values = {"company": self.company, "source": self.source, **parameters}
        row = self.cursor.execute(
            statement, {key: value for key, value in values.items() if f"${key}" in statement}
        ).fetchone()
        return int(row[0]) if row else 0


def deduplicate(cursor: duckdb.DuckDBPyConnection, table: Table, staged: str) -> None:
    """Delete all good rows of a key but the greatest, compared column by column, where a value is greater than none.

    In a versioned table, one row stays for each key and time at which it was learnt.
    """
    key = "key, learnt_at" if table.versioned else "key"
    order = ", ".join(f"{name(column)} DESC NULLS LAST" for column in table.column_names)
    cursor.execute(
        f"DELETE FROM {staged} WHERE rowid IN (SELECT rowid FROM {staged} WHERE reason IS NULL AND key IN "
        f"(SELECT key FROM {staged} WHERE reason IS NULL GROUP BY key HAVING count(*) > 1) "
        f"QUALIFY row_number() OVER (PARTITION BY {key} ORDER BY {order}) > 1)"
    )
