"""The record store: one DuckDB file with the records and answers of every company and the state of its sources."""

# ruff: noqa: S608 - names come from the schema and are quoted, values are parameters or quoted literals

from __future__ import annotations

import shutil
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager
from datetime import datetime
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Lock
from typing import TypeVar

import duckdb

from exporter.records.database_file import DatabaseFile
from exporter.records.database_schema import ANSWERS, PERIOD_ANSWERS, DatabaseSchema, SchemaRefused
from exporter.records.health import StoreFailed, StoreHealth, StoreStatus, reason_of
from exporter.records.intake import Intake, KnownState
from exporter.records.poll_facts import PollFacts
from exporter.records.row_parser import RowParser
from exporter.records.schema import Table
from exporter.records.spool import Spool
from exporter.records.sql import literal, literals, micros, name, names
from exporter.records.state import (
    EstimatedTable,
    Held,
    Rejected,
    SourceState,
    estimated,
    fillers,
    held,
    rejected,
    states,
)
from exporter.records.store_file import StoreRefused, connector, make_folder, open_first
from exporter.records.table_versions import Versions, note_loss, table_versions
from exporter.records.tables import TABLES

_T = TypeVar("_T")
_STATES = "states"

MEMORY = "256MB"
"""Enough for a ledger of 100,000 customers."""


_ANSWER_COLUMNS: Mapping[str, tuple[str, ...]] = {
    ANSWERS: ("source", "measure", "labels", "asked_at", "value"),
    PERIOD_ANSWERS: ("source", "measure", "labels", "starts", "ends", "value"),
}


class Store:
    """Opens `path`, which only one process at a time can; its folder is made if needed.

    With `read_only` the file must exist and be up to date, and any number of processes can read it.
    Raises `StoreBusy` when another process holds the file, and `StoreRefused` when it cannot be used.
    All methods may be called from any thread. Polls are committed one at a time; readers never wait.
    """

    def __init__(self, path: Path | str, *, read_only: bool = False, memory: str = MEMORY) -> None:
        self.path = Path(path).absolute()
        self.read_only = read_only
        self.memory = memory
        self._spools = self.path.with_name(self.path.name + ".spool")
        if read_only and not self.path.exists():
            raise StoreRefused(f"{self.path}: there is no record store yet; start the exporter once, which makes it")
        make_folder(self.path)
        connect = connector(self.path, self._spools, read_only=read_only, memory=memory)
        connection = open_first(self.path, connect)
        self._layout = DatabaseSchema.of(connection)
        try:
            self._layout.check(connection)
            if read_only:
                self._layout.check_complete(connection)
            else:
                self._layout.prepare(connection)
                shutil.rmtree(self._spools, ignore_errors=True)  # left by a process that was killed
        except SchemaRefused as refused:
            connection.close()
            raise StoreRefused(f"{self.path}: {refused}") from None
        except duckdb.Error as error:
            connection.close()
            raise StoreRefused(f"{self.path}: the store cannot be brought up to date: {reason_of(error)}") from None
        self.health = StoreHealth(self.path)
        """Whether the store keeps what it is given."""
        self._database = DatabaseFile(connection, connect, self.health)
        self._writing = Lock()
        self._facts = PollFacts()
        self._doubted: dict[tuple[str, str], datetime | None] = {}

    def cursor(self) -> AbstractContextManager[duckdb.DuckDBPyConnection]:
        """Open a cursor over the tables of `layout`. Every statement sees what is committed by then.

        Raises:
            StoreFailed: In the block or before it, when the store cannot be read or written.
        """
        return self._database.cursor()

    @contextmanager
    def intake(
        self, company: str, source: str, timezone: str, currency: str, *, naive_timezone: str | None = None
    ) -> Iterator[Intake]:
        """Open one poll for taking in; without a `commit`, nothing of it is stored.

        `timezone` and `currency` are the company's. `naive_timezone` is that of times without an offset, if it differs.
        """

        @contextmanager
        def keeping() -> Iterator[duckdb.DuckDBPyConnection]:
            with self.health.keeping(company, source), self._writing, self.cursor() as cursor:
                yield cursor
            self.health.note_kept(company, source)

        parser = RowParser(currency, timezone)
        state = KnownState(partial(self._before, company, source), partial(self._moved, company, source))
        with self.health.keeping(company, source), self._spool() as spool:
            changed, zone = partial(self._facts.drop, company), naive_timezone or timezone
            yield Intake(keeping, self._layout, spool, company, source, zone, parser, state, changed)

    def _before(self, company: str, source: str) -> SourceState | None:
        """Return the state of a source none of whose tables is held back."""
        if any(each.source == source for each in self.held(company)):
            return None
        return self._states(company).get(source)

    def _moved(self, company: str, source: str, state: SourceState) -> None:
        """Note the state of a source after a poll that brought nothing."""

        def moved(states: Mapping[str, SourceState]) -> Mapping[str, SourceState]:
            return {**states, source: state}

        self._facts.replace(company, _STATES, moved)

    @contextmanager
    def folder(self) -> Iterator[Path]:
        """Make a folder beside the file, which is removed at the end of the block."""
        try:
            self._spools.mkdir(exist_ok=True)
            folder = TemporaryDirectory(dir=self._spools, ignore_cleanup_errors=True)
        except OSError as error:
            raise self.health.failed(error) from error
        with folder:
            yield Path(folder.name)

    @contextmanager
    def _spool(self) -> Iterator[Spool]:
        """Open files for the rows of a poll, which are removed at the end of the block."""
        with ExitStack() as made:
            spool = Spool(lambda: made.enter_context(self.folder()), self.health.failed)
            try:
                yield spool
            finally:
                spool.close()

    def failed(self, company: str, source: str, at: datetime, message: str) -> None:
        """Record that a poll failed; the last success, the cursor and all records stay."""
        with self._writing, self.cursor() as cursor:
            cursor.execute(
                f"INSERT INTO {self._layout.polls('sources')} (company, source, last_attempt, error, cursor) "
                "VALUES (?, ?, make_timestamptz(?), ?, '{}') "
                "ON CONFLICT DO UPDATE SET last_attempt = excluded.last_attempt, error = excluded.error",
                [company, source, micros(at), message],
            )
        self._facts.drop(company)

    @property
    def doubted(self) -> Mapping[tuple[str, str], datetime | None]:
        """The successes that are ignored, by company and source."""
        return dict(self._doubted)

    def doubt(self, company: str, source: str, success: datetime | None) -> None:
        """Ignore a success of this date, which is in the future; with None, ignore none."""
        self._doubted[company, source] = success

    def redate(self, company: str, source: str, was: datetime, at: datetime) -> None:
        """Change the date of a poll and of its answers, after the clock was set.

        The dates of tables that are held back move with the last successful poll.
        """
        with self.writing() as cursor:
            cursor.execute(
                f"UPDATE {self._layout.polls('held')} SET as_of = make_timestamptz(epoch_us(as_of) + $shift), "
                "since = make_timestamptz(epoch_us(since) + $shift) WHERE company = $company AND source = $source "
                f"AND EXISTS (FROM {self._layout.polls('sources')} AS polled WHERE polled.company = $company "
                "AND polled.source = $source AND last_success = make_timestamptz($was))",
                {"company": company, "source": source, "was": micros(was), "shift": micros(at) - micros(was)},
            )
            for table, column in (("sources", "last_success"), ("sources", "last_attempt"), ("answers", "asked_at")):
                cursor.execute(
                    f"UPDATE {self._layout.polls(table)} SET {column} = make_timestamptz($at) "
                    f"WHERE company = $company AND source = $source AND {column} = make_timestamptz($was)",
                    {"company": company, "source": source, "was": micros(was), "at": micros(at)},
                )
            cursor.execute(
                f"UPDATE {self._layout.polls('table_versions')} SET changed_at = make_timestamptz($at), "
                f"number = number + CAST(\"table\" = '{ANSWERS}' AS INTEGER) "
                "WHERE company = $company AND source = $source AND changed_at = make_timestamptz($was)",
                {"company": company, "source": source, "was": micros(was), "at": micros(at)},
            )
        self._facts.drop(company)

    @contextmanager
    def reading(
        self,
        company: str,
        timezone: str,
        only: Mapping[str, Collection[str]] | None = None,
        known_at: datetime | None = None,
        tables: Collection[str] = (*TABLES, ANSWERS, PERIOD_ANSWERS),
    ) -> Iterator[duckdb.DuckDBPyConnection]:
        """Open a cursor that sees one company: a view per canonical table of `tables` (source, columns, recorded_at).

        It also has the views `answers` (source, measure, labels, asked_at, value) and `period_answers`, with `starts`
        and `ends` in place of `asked_at`. `only` names the sources whose rows count, per table; it hides rows of a
        source that was taken out of the catalogue. With `known_at`, versioned tables have the versions that were
        believed at that instant. The session's time zone is `timezone`. Every statement sees the last committed poll;
        use `begin` and `rollback` where several must see the same.
        """
        with self.cursor() as cursor:
            cursor.execute(f"SET TimeZone = {literal(timezone)}")
            for table in tables:
                cursor.execute(f"CREATE TEMP VIEW {name(table)} AS {self.relation(table, company, only, known_at)}")
            yield cursor

    def relation(
        self,
        table: str,
        company: str,
        only: Mapping[str, Collection[str]] | None = None,
        known_at: datetime | None = None,
    ) -> str:
        """Return the SELECT of a table of one company, as the views of `reading` have it."""
        if (columns := _ANSWER_COLUMNS.get(table)) is not None:
            return f"SELECT {names(columns)} FROM {self._layout.polls(table)} WHERE company = {literal(company)}"
        columns = ("source", *TABLES[table].column_names, "recorded_at")
        of_sources = "" if only is None else f" AND source IN {literals(only.get(table, ()))}"
        rows = self._rows(TABLES[table], known_at)
        return f"SELECT {names(columns)} FROM {rows} WHERE company = {literal(company)}{of_sources}"

    @property
    def layout(self) -> DatabaseSchema:
        """The names of the tables, for rooms that derive tables from the records."""
        return self._layout

    @contextmanager
    def writing_ledger(
        self,
        company: str,
        timezone: str,
        only: Mapping[str, Collection[str]] | None,
        tables: Collection[str] = TABLES.keys(),
    ) -> Iterator[duckdb.DuckDBPyConnection]:
        """Open a cursor as `reading` does, in a transaction that may write the ledger; polls wait until its end."""
        with self._writing, self.reading(company, timezone, only, tables=tables) as cursor, _transaction(cursor):
            yield cursor
        self._facts.drop(company)

    @contextmanager
    def writing(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """Open a cursor in a transaction that may write tables beside the records; polls wait until its end."""
        with self._writing, self.cursor() as cursor, _transaction(cursor):
            yield cursor

    @contextmanager
    def hold_commits(self) -> Iterator[None]:
        """Let everyone who writes wait until the end of the block."""
        with self._writing:
            yield

    def _rows(self, table: Table, known_at: datetime | None) -> str:
        """Return the relation of a table's rows as they are believed now, or were at an instant."""
        if known_at is None or not table.versioned:
            return self._layout.records(table.name)
        instant = f"make_timestamptz({micros(known_at)})"
        return (
            f"(FROM {self._layout.records(table.name)} WHERE recorded_at <= {instant} UNION ALL BY NAME "
            f"SELECT * EXCLUDE (superseded_at) FROM {self._layout.history(table.name)} "
            f"WHERE recorded_at <= {instant} AND superseded_at > {instant})"
        )

    def state(self, company: str) -> Mapping[str, SourceState]:
        """Return the state of each source that was ever polled, by name."""
        states = self._states(company).items()
        return {source: state.doubting(self._doubted.get((company, source))) for source, state in states}

    def _states(self, company: str) -> Mapping[str, SourceState]:
        return self.of_polls(company, _STATES, states)

    def changes(self, company: str) -> int:
        """Return a number that rises when more has changed of a company than when its sources were read last."""
        return self._facts.changes(company)

    def fillers(self, company: str) -> Mapping[str, Mapping[str, int]]:
        """Return the sources that ever delivered each canonical table, with their present numbers of rows."""
        return self.of_polls(company, "fillers", fillers)

    def versions(self, company: str) -> Versions:
        """Return the versions of the tables of a company, by source and table."""
        return self.of_polls(company, "versions", table_versions)

    def of_polls(
        self, company: str, kind: str, read: Callable[[duckdb.DuckDBPyConnection, DatabaseSchema, str], _T]
    ) -> _T:
        """Return what the tables of polling have of a company, read anew only after they changed."""

        def anew() -> _T:
            with self.cursor() as cursor:
                return read(cursor, self._layout, company)

        return self._facts.get(company, kind, anew)

    def remembered(self, company: str, source: str, keys: Collection[str]) -> Mapping[str, str]:
        """Return the texts that a source remembers of these keys."""
        with self.cursor() as cursor:
            rows = cursor.execute(
                f"SELECT key, text FROM {self._layout.polls('remembered')} "
                "WHERE company = ? AND source = ? AND key IN (SELECT unnest(?::VARCHAR[]))",
                [company, source, list(keys)],
            ).fetchall()
        return dict(rows)

    def estimated(self, company: str) -> list[EstimatedTable]:
        """Return the tables of which rows before an instant are estimated."""
        return self.of_polls(company, "estimated", estimated)

    def rejected(self, company: str, examples: int = 20) -> list[Rejected]:
        """Return the bad rows that no later poll corrected, per source and table; `examples` is at least 1."""
        return self.of_polls(company, f"rejected {examples}", partial(rejected, examples=examples))

    def held(self, company: str) -> list[Held]:
        """Return the tables that are held back, by source and table."""
        return self.of_polls(company, "held", held)

    def accept(self, company: str, source: str, table: str | None = None) -> list[Held]:
        """Let the next poll remove as many rows as are missing now, from one table of a source or from all held back.

        Returns:
            The tables that it concerns.

        Raises:
            ValueError: No table of that source, or not that table, is held back.
        """
        waiting = self.held(company)
        chosen = [held for held in waiting if held.source == source and table in (None, held.table)]
        if not chosen:
            others = ", ".join(f"{held.source} {held.table}" for held in waiting) or "nothing"
            what = f"{source} {table}" if table else f"no table of {source}"
            raise ValueError(f"{company}: {what} is {'not ' if table else ''}held back; there is {others}")
        with self.writing() as cursor:
            cursor.execute(
                f"UPDATE {self._layout.polls('held')} SET accepted = true "
                f'WHERE company = ? AND source = ? AND "table" IN {literals(held.table for held in chosen)}',
                [company, source],
            )
        self._facts.drop(company)
        return chosen

    def thin_answers(self, company: str, source: str, oldest: datetime, before: datetime, step: float) -> None:
        """Drop a source's answers of before `oldest`, and thin those of before `before` to one per `step` seconds."""
        answers = self._layout.polls("answers")
        owned = "company = $company AND source = $source AND asked_at < make_timestamptz($before)"
        with self.writing() as cursor:
            cursor.execute(
                f"DELETE FROM {answers} WHERE {owned} AND (asked_at < make_timestamptz($oldest) "
                "OR (measure, asked_at) NOT IN (SELECT (measure, max(asked_at)) "
                f"FROM {answers} WHERE {owned} GROUP BY measure, floor(epoch(asked_at) / $step)))",
                {
                    "company": company,
                    "source": source,
                    "oldest": micros(oldest),
                    "before": micros(before),
                    "step": step,
                },
            )
            note_loss(cursor, self._layout, company, source, ANSWERS)
        self._facts.drop(company)

    def probe(self, sources: Collection[tuple[str, str]]) -> bool:
        """Write something into the file, and note in `health` whether that can be done; `sources` are polled now."""
        meta = self._layout.polls("meta")
        try:
            with self.writing() as cursor:  # an update that changes nothing would write nothing
                rows = cursor.execute(f"DELETE FROM {meta} RETURNING layout").fetchall()
                cursor.executemany(f"INSERT INTO {meta} VALUES (?)", rows)
        except StoreFailed:
            return False
        self.health.written(sources)
        return True

    def status(self) -> StoreStatus:
        """Return what is wrong with the store, how large it is, and how much room is left for it."""
        try:
            files = (self.path, self.path.with_name(self.path.name + ".wal"))
            size = sum(file.stat().st_size for file in files if file.exists())
            return StoreStatus(self.health.fault, size, shutil.disk_usage(self.path.parent).free)
        except OSError:
            return StoreStatus(self.health.fault)

    @property
    def stuck(self) -> float:
        """The seconds for which work that does not end has kept a store that failed from being opened anew."""
        return self._database.stuck

    def close(self) -> None:
        """Write everything into the file and release it. Calling it again is harmless; no other method may follow."""
        self._database.close()


@contextmanager
def _transaction(cursor: duckdb.DuckDBPyConnection) -> Iterator[None]:
    """Commit on success, roll back on any error."""
    cursor.begin()
    try:
        yield
    except BaseException:
        cursor.rollback()
        raise
    cursor.commit()
