"""The record store: one DuckDB file with the records and answers of every company and the state of its sources."""

# ruff: noqa: S608 - names come from the schema and are quoted, values are parameters or quoted literals

from __future__ import annotations

import shutil
from collections.abc import Collection, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb

from exporter.records.database_file import DatabaseFile
from exporter.records.database_schema import ANSWERS, PERIOD_ANSWERS, DatabaseSchema, SchemaRefused
from exporter.records.health import StoreFailed, StoreHealth, StoreStatus, reason_of
from exporter.records.intake import Intake
from exporter.records.polling_state import PollingState
from exporter.records.row_parser import RowParser
from exporter.records.schema import Table
from exporter.records.spool import Spool
from exporter.records.sql import literal, literals, micros, name, names
from exporter.records.store_file import StoreRefused, connector, make_folder, open_first
from exporter.records.tables import TABLES

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
        self.polls = PollingState(self._database, self._layout)
        """What is known of the polls."""

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
            with self.health.keeping(company, source), self.hold_commits(), self.cursor() as cursor:
                yield cursor
            self.health.note_kept(company, source)

        parser, zone = RowParser(currency, timezone), naive_timezone or timezone
        with self.health.keeping(company, source), self._spool() as spool:
            yield Intake(keeping, self._layout, spool, company, source, zone, parser, self.polls)

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
            self._show(cursor, company, timezone, only, known_at, tables)
            yield cursor

    def _show(
        self,
        cursor: duckdb.DuckDBPyConnection,
        company: str,
        timezone: str,
        only: Mapping[str, Collection[str]] | None,
        known_at: datetime | None,
        tables: Collection[str],
    ) -> None:
        cursor.execute(f"SET TimeZone = {literal(timezone)}")
        for table in tables:
            cursor.execute(f"CREATE TEMP VIEW {name(table)} AS {self.relation(table, company, only, known_at)}")

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
        with self.polls.writing(company) as cursor:
            self._show(cursor, company, timezone, only, None, tables)
            yield cursor

    def writing(self) -> AbstractContextManager[duckdb.DuckDBPyConnection]:
        """Open a cursor in a transaction that may write tables beside the records; polls wait until its end."""
        return self._database.writing()

    def hold_commits(self) -> AbstractContextManager[None]:
        """Let everyone else who writes wait until the end of the block."""
        return self._database.hold_commits()

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
