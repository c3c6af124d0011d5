"""Takes one poll into the store: spools it to disk, checks it as sets, merges it in one transaction or not at all."""

# ruff: noqa: S608 - names come from the schema and are quoted, values are parameters or quoted literals

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import chain

import duckdb

from exporter.records.batch import (
    Answer,
    Corrected,
    Estimated,
    Item,
    Limits,
    Records,
    Remembered,
    Removed,
    RowSet,
    SourceFailed,
    Unchanged,
    Unfinished,
)
from exporter.records.database_schema import ANSWERS, DatabaseSchema
from exporter.records.guard import Guard
from exporter.records.merge import Counts, Merge, Removal, deduplicate
from exporter.records.polling_state import PollingState
from exporter.records.row_parser import RowParser
from exporter.records.spool import UNREADABLE, Spool
from exporter.records.sql import literal, micros, name
from exporter.records.state import SourceState
from exporter.records.tables import TABLES

_REMEMBERED = "remembered"
_ANSWER_COLUMNS = ("measure", "labels", "value", "starts", "ends", "reason")


@dataclass(frozen=True)
class Applied:
    """The changes of a committed poll: counts per canonical table, number of answers, and tables held back."""

    tables: Mapping[str, Counts]
    answers: int
    held: Sequence[str] = ()


class Intake:
    """Collects the items of one poll. `Store.intake` opens it; without `commit`, nothing is stored.

    Until then it has no cursor of the database, so that a poll which waits for its source keeps none open.
    """

    def __init__(
        self,
        keeping: Callable[[], AbstractContextManager[duckdb.DuckDBPyConnection]],
        layout: DatabaseSchema,
        spool: Spool,
        company: str,
        source: str,
        timezone: str,
        parser: RowParser,
        polls: PollingState,
    ) -> None:
        self._keeping = keeping
        self._layout = layout
        self._spool = spool
        self._company = company
        self._source = source
        self._timezone = timezone
        self._polls = polls
        self._parser = parser
        self._snapshots: dict[str, bool] = {}
        self._limits: dict[str, Limits] = {}
        self._unchanged: set[str] = set()
        self._removals: list[Removal] = []
        self._estimates: list[Estimated] = []
        self._corrected: Corrected | None = None

    def take(self, item: Item) -> None:
        """Spool one item; the rows of `Records` and `Removed` are read to their end.

        Whoever reads the items decides whether to commit after an `Unfinished`.

        Raises:
            SourceFailed: The table is unknown, or one poll calls it both whole and partial, or unchanged and changed.
        """
        match item:
            case Records():
                self._agree(item.table, item.snapshot)
                self._limits[item.table] = item.limits
                if isinstance(item.rows, RowSet):
                    self._spool.add(item.table, item.rows)
                else:
                    self._spool.write(item.table, TABLES[item.table].column_names, item.rows)
            case Removed():
                self._agree(item.table, snapshot=False)
                self._limits.setdefault(item.table, Limits())
                self._spool.write(item.table, TABLES[item.table].column_names, ())
                self._spool_removal(item)
            case Remembered():
                rows = ({"key": key, "text": text} for key, text in item.texts)
                self._spool.write(_REMEMBERED, ("key", "text"), rows)
            case Corrected():
                self._corrected = item
            case Estimated():
                self._estimates.append(item)
            case Unchanged():
                self._agree(item.table, None)
            case Unfinished():
                pass
            case Answer():
                labels = json.dumps(dict(item.labels), sort_keys=True, ensure_ascii=False)
                row: dict[str, object] = {
                    "measure": item.measure,
                    "labels": labels,
                    "value": item.value,
                    "reason": item.reason,
                }
                if item.period is not None:
                    row |= {"starts": item.period.starts, "ends": item.period.ends}
                self._spool.write(ANSWERS, _ANSWER_COLUMNS, [row])

    def _spool_removal(self, item: Removed) -> None:
        table = TABLES[item.table]
        rows = iter(item.rows)
        if (first := next(rows, None)) is None:
            return
        unknown = [column for column in first if column not in table.column_names]
        if unknown or not first:
            raise SourceFailed(f"the source removes rows of {table.name} by {', '.join(unknown) or 'nothing'}")
        removal = Removal(table, tuple(first), f"removed_{len(self._removals)}")
        self._spool.write(removal.name, removal.columns, chain([first], rows))
        self._removals.append(removal)

    def commit(self, at: datetime, cursor: Mapping[str, str], unfinished: Unfinished | None = None) -> Applied:
        """Check and merge everything in one transaction, with the source's state; afterwards it is on disk.

        `at` is the time of the poll, `cursor` the positions of the source by table. Among several rows of a key the
        greatest counts, compared column by column in the table's order, where a value is greater than none; so neither
        the order of rows nor repetition matters. An unchanged row keeps its `recorded_at`. A snapshot removes a row
        whose new version is bad, as one that it lacks.

        A table that loses too many rows by a snapshot is held back: its rows and its position stay, so that it is read
        again. With `unfinished`, this is a slice of a first run: the source counts as tried, and not as read.

        Raises:
            SourceFailed: Too many rows of a table are bad; nothing is stored.
        """
        self._spool.close()
        with self._keeping() as db:
            if (moved := self._without_news(at, cursor, unfinished)) is not None:
                self._move(db, moved)
                return Applied({}, 0)
            db.execute(f"SET TimeZone = {literal(self._timezone)}")
            spooled = [table for table in self._spool.tables if table in TABLES or table == ANSWERS]
            staged = {table: self._stage(db, table) for table in spooled}
            removals = [self._stage_removal(db, removal) for removal in self._removals]
            answers_staged = staged.pop(ANSWERS, None)
            guard = Guard(db, self._layout, self._company, self._source, at)
            self._check(guard, staged)
            merge = Merge(db, self._layout, self._company, self._source, at)
            db.begin()
            try:
                held = [table for table, relation in staged.items() if self._holds(guard, table, relation)]
                guard.release((staged.keys() | self._unchanged) - set(held))
                counts = {
                    table: merge.table(
                        TABLES[table],
                        relation,
                        self._snapshots[table],
                        [removal for removal in removals if removal.table.name == table],
                    )
                    for table, relation in staged.items()
                    if table not in held
                }
                answers = 0
                if answers_staged is not None:
                    answers = merge.answers(answers_staged)
                    merge.rejected(ANSWERS, answers_staged, snapshot=True)
                if _REMEMBERED in self._spool.tables:
                    merge.remembered(self._spool.relation(_REMEMBERED, "key", "text"))
                merge.estimated(self._estimates)
                if self._corrected is not None:
                    merge.corrected(self._corrected.total)
                self._store_state(db, at, cursor, held, unfinished)
            except BaseException:
                db.rollback()
                raise
            db.commit()
        self._polls.forget(self._company)
        return Applied(counts, answers, held)

    def _without_news(
        self, at: datetime, cursor: Mapping[str, str], unfinished: Unfinished | None
    ) -> SourceState | None:
        """Return the state after a poll of which only the date is new; None if there is more."""
        if self._spool.tables or self._estimates or self._corrected or unfinished is not None:
            return None
        before = self._polls.state(self._company).get(self._source)
        if before is None or before.last_success is None or before.error is not None or before.unfinished is not None:
            return None
        if any(each.source == self._source for each in self._polls.held(self._company)):
            return None
        return replace(before, last_attempt=at, last_success=at, cursor=dict(cursor))

    def _move(self, db: duckdb.DuckDBPyConnection, state: SourceState) -> None:
        db.execute(
            f"UPDATE {self._layout.polls('sources')} SET last_attempt = make_timestamptz($at), "
            "last_success = make_timestamptz($at), cursor = $cursor WHERE company = $company AND source = $source",
            {
                "at": micros(state.last_attempt),
                "cursor": json.dumps(state.cursor),
                "company": self._company,
                "source": self._source,
            },
        )
        self._polls.note(self._company, self._source, state)

    def _agree(self, table: str, snapshot: bool | None) -> None:
        if table not in TABLES:
            raise SourceFailed(f"{table!r} is not a record table; the tables are {', '.join(TABLES)}")
        earlier = self._snapshots.get(table)
        if (table in self._unchanged and snapshot is not None) or (earlier is not None and snapshot is None):
            raise SourceFailed(f"the source said of {table} both that it is unchanged and what is in it")
        if earlier is not None and snapshot != earlier:
            raise SourceFailed(f"the source gave {table} both as a whole and in part; one of them must be dropped")
        if snapshot is None:
            self._unchanged.add(table)
        else:
            self._snapshots[table] = snapshot

    def _check(self, guard: Guard, staged: Mapping[str, str]) -> None:
        """Raise `SourceFailed` with all tables that have too many bad rows."""
        refusals = {
            table: guard.refusal(TABLES[table], relation, self._snapshots[table], self._limits[table])
            for table, relation in staged.items()
        }
        if reasons := [f"table {table}: {why}" for table, why in refusals.items() if why]:
            raise SourceFailed("; ".join(reasons))

    def _holds(self, guard: Guard, table: str, relation: str) -> bool:
        return self._snapshots[table] and guard.holds(TABLES[table], relation, self._limits[table])

    def _stage(self, db: duckdb.DuckDBPyConnection, table: str) -> str:
        """Read a spooled file into a temporary table, and return its name."""
        staged = name(f"staged_{table}")
        if table == ANSWERS:
            answers = _answers(self._spool.relation(table, *_ANSWER_COLUMNS))
            db.execute(f"CREATE TEMP TABLE {staged} AS {answers}")
        else:
            spooled = self._spool.relation(table, UNREADABLE, *TABLES[table].column_names)
            query = self._parser.staging(TABLES[table], spooled)
            db.execute(f"CREATE TEMP TABLE {staged} AS {query}")
            deduplicate(db, TABLES[table], staged)
        return staged

    def _stage_removal(self, db: duckdb.DuckDBPyConnection, removal: Removal) -> Removal:
        """Read the values of a removal into a temporary table."""
        staged = replace(removal, name=name(removal.name))
        query = self._parser.values(
            removal.table, removal.columns, self._spool.relation(removal.name, *removal.columns)
        )
        db.execute(f"CREATE TEMP TABLE {staged.name} AS {query}")
        return staged

    def _store_state(
        self,
        db: duckdb.DuckDBPyConnection,
        at: datetime,
        cursor: Mapping[str, str],
        held: Collection[str],
        unfinished: Unfinished | None,
    ) -> None:
        """Store the source's state. A table that is held back keeps its position of before."""
        sources, first_runs = self._layout.polls("sources"), self._layout.polls("first_runs")
        owner = [self._company, self._source]
        row = db.execute(
            f"SELECT cursor, epoch_us(last_success) FROM {sources} WHERE company = ? AND source = ?", owner
        ).fetchone()
        before, read = (json.loads(row[0]), row[1]) if row else ({}, None)
        taken = {table: position for table, position in cursor.items() if table not in held}
        held_positions = {table: position for table, position in before.items() if table in held}
        db.execute(
            f"INSERT OR REPLACE INTO {sources} "
            "(company, source, last_attempt, last_success, error, cursor) "
            "VALUES (?, ?, make_timestamptz(?), make_timestamptz(?), NULL, ?)",
            [*owner, micros(at), read if unfinished else micros(at), json.dumps({**taken, **held_positions})],
        )
        if unfinished is None:
            db.execute(f"DELETE FROM {first_runs} WHERE company = ? AND source = ?", owner)
        else:
            db.execute(
                f"INSERT OR REPLACE INTO {first_runs} (company, source, share, reached) VALUES (?, ?, ?, ?)",
                [*owner, unfinished.share, unfinished.reached],
            )


def _answers(spooled: str) -> str:
    """Return a query over spooled answers; a number too large to store becomes unknown, with a reason."""
    return (
        "SELECT measure, labels, TRY_CAST(value AS DECIMAL(38,10)) AS value, "
        "CAST(starts AS TIMESTAMPTZ) AS starts, CAST(ends AS TIMESTAMPTZ) AS ends, "
        "CASE WHEN spooled.reason IS NOT NULL THEN spooled.reason "
        "WHEN value IS NOT NULL AND TRY_CAST(value AS DECIMAL(38,10)) IS NULL THEN "
        "'value: \"' || left(value, 80) || '\" has more than 28 digits before the point' END AS reason, "
        "to_json([measure, labels])::VARCHAR AS key, json_object('value', value)::VARCHAR AS row "
        f"FROM {spooled} AS spooled"
    )
