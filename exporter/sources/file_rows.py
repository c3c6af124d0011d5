"""Reads the rows of a record table from files: as a set where DuckDB reads them, else one by one."""

# ruff: noqa: S608 - names that files have, quoted

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import duckdb

from exporter.records.batch import Row, RowSet, SourceFailed, Unreadable, about
from exporter.records.spool import UNREADABLE
from exporter.records.sql import literal, name
from exporter.records.tables import TABLES
from exporter.sources.csv_records import csv_file, csv_text
from exporter.sources.dialect import Convert
from exporter.sources.duckdb_files import duckdb_for, parquet_rows, parquet_types
from exporter.sources.ending import ending
from exporter.sources.file_options import FileTable
from exporter.sources.file_query import query_rows
from exporter.sources.file_row import FileRow, UnreadableRow
from exporter.sources.file_set import FileSet
from exporter.sources.interface import Context, Deadline
from exporter.sources.json_lines import jsonl_rows
from exporter.sources.mapping import CanonicalRows, ItemPicker
from exporter.sources.number_formats import OtherDialect
from exporter.sources.remote_files import Listing
from exporter.sources.row_sets.column import Stored, set_columns
from exporter.sources.row_sets.csv_lines import CsvLines, field_name
from exporter.sources.row_sets.kinds import TEXT, duckdb_kind
from exporter.sources.row_sets.texts import NUMBER, TextWriter
from exporter.sources.workbook import sheet_rows

CHECK_EVERY = 1000
"""Rows between two checks of the deadline."""


@dataclass(frozen=True)
class FileRows:
    """The rows of the record table `table` from the files of a listing."""

    table: str
    options: FileTable
    listing: Listing
    context: Context

    def rows(self) -> Iterator[Row] | RowSet:
        """Return the rows; they are not read before."""
        # An id that is made of what a row holds is made in Python.
        is_set = self.options.kind in ("csv", "parquet") and self.options.query is None and self.options.key is None
        return RowSet(self.one_by_one, self.write) if is_set else self.one_by_one()

    def one_by_one(self) -> Iterator[Row]:
        """Yield the rows."""
        origins, pick = self.options.origins(self.table), ItemPicker(self.options, self.table)
        canonical = CanonicalRows(self.options, self.table, dict(zip(origins, origins, strict=True)))
        types = {column.name: column.type for column in TABLES[self.table].columns if column.name in origins}
        converts = self.options.converters(types)
        with self._current() as files:
            for part in self._parts(files, pick):
                with ending(part) as lines:
                    for count, line in enumerate(lines):
                        if count % CHECK_EVERY == 0:
                            self.context.deadline.check()
                        if isinstance(line, UnreadableRow):
                            yield {UNREADABLE: line.text}
                        else:
                            yield canonical(_canonical_values(line, origins, converts))
            pick.check(self.options.path.name)

    def write(self, folder: Path) -> Iterator[Path]:
        """Write the rows as a `RowSet` does."""
        with self._current() as files:
            for number, path in enumerate(files.paths):
                parts = self._parquet_parts(path) if self.options.kind == "parquet" else self._csv_parts(path)
                with ending(parts) as written:
                    for part, (writer, relation, has_faults) in enumerate(written):
                        target = folder / f"{number}-{part}.parquet"
                        writer.write(relation, has_faults, target)
                        yield target

    def _parquet_parts(self, path: Path) -> Iterator[Part]:
        with duckdb_for(self.context.deadline, path.name, "UTC") as connection:
            types = parquet_types(connection, path)
            self.options.require(self.table)(types, path.name)
            stored = {column: (column, duckdb_kind(kind)) for column, kind in types.items()}
            relation = f"(SELECT *, row_number() OVER () AS {name(NUMBER)} FROM read_parquet({literal(str(path))}))"
            yield self._writer(connection, stored, f"{path.name}, row {{}}"), relation, False

    def _csv_parts(self, path: Path) -> Iterator[Part]:
        with csv_text(path, self.options) as text:
            origins = self.options.origins(self.table).values()
            _check_header(text.header, origins, self.options.require(self.table), path.name)
            places = {origin: place for place, origin in enumerate(text.header) if origin in origins}
            stored = {origin: (field_name(place), TEXT) for origin, place in places.items()}
            with duckdb_for(self.context.deadline, path.name, "UTC") as connection:
                writer = self._writer(connection, stored, f"{path.name}, line {{}}")
                lines = CsvLines(connection, places.values(), self.context.deadline)
                for _ in lines.load(text):
                    yield writer, lines.relation, True

    def _writer(self, connection: duckdb.DuckDBPyConnection, stored: Stored, place: str) -> TextWriter:
        table = TABLES[self.table]
        columns = tuple(set_columns(self.options, self.options, table, stored))
        return TextWriter(connection, table, self.options, columns, place, self.context.deadline)

    @contextmanager
    def _current(self) -> Iterator[FileSet]:
        """Give the files, name the table in failures, and fail at the end if a file changed."""
        with about(f"table {self.table}"):
            files = self.listing.files()
            with files.unchanged():
                yield files

    def _parts(self, files: FileSet, pick: ItemPicker) -> Iterator[Iterator[FileRow | UnreadableRow]]:
        """Yield the rows of each file, or once those of the query over all of them."""
        table = self.options
        if table.query is not None:
            yield query_rows(files, table.kind, table, table.query, self.context, table.require(self.table))
        else:
            yield from (_lines(self.table, path, table, pick, self.context.deadline) for path in files.paths)


Part = tuple[TextWriter, str, bool]
"""What writes some rows, the relation that has them, and whether some of them may have a fault."""


def _canonical_values(
    line: FileRow, origins: Mapping[str, str], converts: Mapping[str, Convert]
) -> Mapping[str, object]:
    """Return the values of a line by canonical column, numbers and dates as programs write them."""
    values = {column: line.values[origin] for column, origin in origins.items() if origin in line.values}
    for column, convert in converts.items():
        value = values.get(column)
        if value is not None and value != "":
            try:
                values[column] = read = convert(value)
            except OtherDialect as error:
                raise SourceFailed(f"{line.place}: `{origins[column]}`: {error}") from None
            if isinstance(read, Unreadable):
                values[column] = Unreadable(f"{read.reason} ({line.place})")
    return values


def _lines(
    name: str, path: Path, table: FileTable, pick: ItemPicker, deadline: Deadline
) -> Iterator[FileRow | UnreadableRow]:
    origins = table.origins(name).values()
    match table.kind:
        case "csv":
            with csv_file(path, table) as (header, lines):
                _check_header(header, origins, table.require(name), path.name)
                yield from lines
        case "workbook":
            header, rows = sheet_rows(path, table.sheet, table.cells, table.skip_rows)
            _check_header(header, origins, table.require(name), path.name)
            yield from rows
        case "jsonl":
            for line in jsonl_rows(path, table.encoding):
                yield line if isinstance(line, UnreadableRow) else FileRow(line.place, pick(line.values))
        case "parquet":
            yield from parquet_rows(path, origins, table.require(name), deadline)


def _check_header(
    header: Sequence[str], origins: Collection[str], require: Callable[[Iterable[str], str], None], file: str
) -> None:
    """Raise `SourceFailed` if a column that is needed is missing, or stands there twice."""
    require(header, file)
    if twice := [origin for origin in origins if header.count(origin) > 1]:
        raise SourceFailed(f"{file} has two columns called `{twice[0]}`")
