"""Reads the rows of a record table by a query of a database: as a set where its driver can copy, else one by one."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import Field
from sqlalchemy import Connection

from exporter.calendar.durations import Duration
from exporter.records.batch import Row, RowSet, about
from exporter.records.schema import Table
from exporter.records.tables import TABLES
from exporter.sources.cursor import encode
from exporter.sources.duckdb_files import duckdb_for
from exporter.sources.ending import ending
from exporter.sources.interface import Context
from exporter.sources.mapping import CanonicalRows, RowMapping
from exporter.sources.row_sets.column import set_columns
from exporter.sources.row_sets.texts import TextWriter
from exporter.sources.sql_connection import Database
from exporter.sources.sql_dialects import Parameters, in_order

if TYPE_CHECKING:
    from exporter.sources.row_sets.postgres_copy import Copy


class SqlTable(RowMapping):
    """One row of the query is one of the table.

    With `cursor` only rows at or after the last seen value of that column are read, except at the first poll;
    rows deleted at the source then stay. Without it the query gives the whole table every time.
    """

    query: str = Field(description="a SELECT")
    cursor: str | None = Field(default=None, description="column of the query that grows when a row changes")
    overlap: Duration = Field(
        default=300.0, ge=0, description="how far behind the last time in `cursor` a row may be committed"
    )

    def mistakes(self, table: Table) -> Iterator[tuple[tuple[str, ...], str]]:
        """Yield what does not fit the table; a derived key needs all rows, as their number of equals counts."""
        yield from super().mistakes(table)
        if self.key is not None and self.cursor is not None:
            yield ("key",), "`key: row` needs the whole table each time; leave `cursor` out, or select an id"


@dataclass
class QueryRows:
    """The rows of the record table `table` over an open connection, of values since `since` if that is not None."""

    table: str
    options: SqlTable
    database: Database
    connection: Connection
    context: Context
    since: object | None

    def rows(self) -> Iterator[Row] | RowSet:
        """Return the rows; they are not read before."""
        # With parameters there is no COPY, and the rows are few; an id of what a row holds is made in Python.
        can_copy = self.database.can_copy(self.connection)
        is_set = can_copy and not self._query[1] and self.options.key is None
        return RowSet(self.one_by_one, self.write) if is_set else self.one_by_one()

    @property
    def _query(self) -> tuple[str, Parameters]:
        if not self.options.cursor:
            return self.options.query, ()
        return in_order(self.options.query, self.options.cursor, self.since, self.connection.dialect)

    def one_by_one(self) -> Iterator[Row]:
        """Yield the rows."""
        canonical = CanonicalRows(self.options, self.table)
        require, deadline = self.options.require(self.table), self.context.deadline
        with self._noting_position() as position:
            for values in self.database.read(*self._query, self.connection, deadline, require):
                yield canonical(values)
                if self.options.cursor and values.get(self.options.cursor) is not None:
                    position[:] = [values[self.options.cursor]]

    def write(self, folder: Path) -> Iterator[Path]:
        """Write the rows as a `RowSet` does."""
        table, deadline = TABLES[self.table], self.context.deadline
        with self._noting_position() as position:
            copy = self._copy()
            with duckdb_for(deadline, f"table {self.table}", "UTC") as loaded:
                columns = tuple(set_columns(self.options, None, table, copy.stored))
                writer = TextWriter(loaded, table, self.options, columns, "row {}", deadline)
                with ending(self.database.copied(copy, folder, deadline)) as parts:
                    for number, (path, too_long) in enumerate(parts):
                        relation = copy.relation(loaded, path, too_long)
                        target = folder / f"{number}.parquet"
                        writer.write(relation, True, target)
                        if self.options.cursor and (last := copy.last(loaded, self.options.cursor)) is not None:
                            position[:] = [last]
                        yield target

    def _copy(self) -> Copy:
        """Return what copies the columns that are read."""
        wanted = {*self.options.origins(self.table).values(), self.options.cursor}
        require = self.options.require(self.table)
        return self.database.copy(self._query[0], wanted, self.connection, self.context.deadline, require)

    @contextmanager
    def _noting_position(self) -> Iterator[list[Any]]:
        """Name the table in failures, and remember the last value of the cursor's column that is put into the list."""
        position: list[Any] = []
        with about(f"table {self.table}"):
            yield position
            if position:
                self.context.cursor[self.table] = encode(position[0], self.options.fingerprint())
