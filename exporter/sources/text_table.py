"""Loads CSV and JSON Lines files into DuckDB: columns are texts, but for those whose type is declared or inferred."""

# ruff: noqa: S608 - names are quoted, and types come from the schema

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb

from exporter.records.batch import SourceFailed, Unreadable
from exporter.records.row_parser import RowParser
from exporter.records.schema import Column, Type
from exporter.records.spool import as_text
from exporter.records.sql import literal
from exporter.records.sql import name as quoted
from exporter.sources.column_types import column_types
from exporter.sources.csv_records import csv_file
from exporter.sources.dialect import Convert, Dialect
from exporter.sources.duckdb_files import redact
from exporter.sources.file_row import FileRow, UnreadableRow
from exporter.sources.file_set import FileSet, Format
from exporter.sources.interface import Deadline
from exporter.sources.json_lines import jsonl_rows
from exporter.sources.mapping import cell_value
from exporter.sources.number_formats import MAX_QUOTED, OtherDialect
from exporter.sources.workbook import sheet_rows

CHECK_EVERY = 1000
"""Rows between two looks at the clock."""
_PLACE = "\x1fplace"  # in no header: DuckDB takes `Place` and `place` for one name


@dataclass(frozen=True, slots=True)
class _Column:
    """A column by its name in the files; `declared` means that the catalogue gives its type, rather than the query."""

    name: str
    type: Type
    convert: Convert | None
    declared: bool

    def text(self, line: FileRow) -> str | None:
        """Return the value of a line as text, ready for a cast to the type of the column."""
        value = line.values.get(self.name)
        if self.convert is None:
            value = cell_value(value)
        elif value is not None:
            try:
                value = cell_value(self.convert(value))
            except OtherDialect as error:
                raise SourceFailed(f"{line.place}: `{self.name}`: {error}") from None
        if isinstance(value, Unreadable):
            raise SourceFailed(f"{line.place}: `{self.name}`: {value.reason}")
        if self.type == Type.DATE and not self.declared and _has_time(value):
            remedy = "write under `types` whether it is an instant or a date"
            raise SourceFailed(f"{line.place}: `{self.name}`: {str(value)[:MAX_QUOTED]!r} has a time; {remedy}")
        return value if isinstance(value, str) else as_text(value)


class TextTable:
    """The relation `rows` that a query reads, from some files; `types` are those that the catalogue gives.

    A row or a value that cannot be read fails the poll, for nobody would see what a query leaves out.
    """

    def __init__(self, files: FileSet, kind: Format, dialect: Dialect, types: Mapping[str, Type], query: str) -> None:
        self._files = files
        self._kind = kind
        self._dialect = dialect
        self._query = query
        self._declared = {name.lower(): type_ for name, type_ in types.items()}
        self._types = {**column_types(query), **self._declared}
        self._columns: dict[str, _Column] = {}
        """By lower-case name: to DuckDB `Amount` and `amount` are one."""
        self._names: set[str] = set()
        self._twice: set[str] = set()

    def load(self, connection: duckdb.DuckDBPyConnection, timezone: str, deadline: Deadline) -> None:
        """Create `rows` in a database; `timezone` is that of times without an offset."""
        with TemporaryDirectory() as folder:
            path = Path(folder, "rows.csv")
            with path.open("w", encoding="utf-8", errors="replace", newline="") as file:
                writer = csv.writer(file, quoting=csv.QUOTE_ALL, lineterminator="\n")
                for count, line in enumerate(self._lines()):
                    if count % CHECK_EVERY == 0:
                        deadline.check()
                    if isinstance(line, UnreadableRow):
                        raise SourceFailed(line.text)
                    writer.writerow([line.place, *self._row(line)])
            self._require_declared(empty=path.stat().st_size == 0)
            columns = ", ".join(f"{quoted(name)}: 'VARCHAR'" for name in self._stored)
            connection.execute(
                f"CREATE TABLE texts AS FROM read_csv({literal(str(path))}, columns = {{{columns}}}, header = false, "
                "auto_detect = false, delim = ',', quote = '\"', escape = '\"', new_line = '\\n', "
                "null_padding = true, parallel = false)"
            )
        selected = ", ".join(self._selected(connection, RowParser("", timezone))) or "NULL AS nothing"
        connection.execute(f"CREATE VIEW rows AS SELECT {selected} FROM texts")

    @contextmanager
    def explaining_errors(self, connection: duckdb.DuckDBPyConnection) -> Iterator[None]:
        """Raise the errors of DuckDB about types as failures in the words of the catalogue."""
        try:
            yield
        except duckdb.BinderException as error:
            message = str(error)
            for name in self._twice:
                if f'"{name}"' in message.lower():
                    raise SourceFailed(f"{self._files.name} has two columns called `{name}`") from None
            if "VARCHAR" not in message:
                raise
            texts = ", ".join(self._read_as_texts(connection)) or "those it reads"
            remedy = "write what they are, such as `types: {amount: decimal, day: date}`, or cast them in the query"
            raise SourceFailed(
                f"{redact(message.splitlines()[0])}: all columns of {self._kind} are texts, here {texts}; {remedy}"
            ) from None

    @property
    def _stored(self) -> Iterator[str]:
        """Yield the columns of the stored texts, as the files write them: a view keeps their letters."""
        yield _PLACE
        yield from (column.name for column in self._columns.values())

    def _lines(self) -> Iterator[FileRow | UnreadableRow]:
        for path in self._files.paths:
            if self._kind == "csv":
                with csv_file(path, self._dialect) as (header, lines):
                    self._add_header([name for name in header if name], path.name)
                    yield from lines
            elif self._kind == "workbook":
                header, rows = sheet_rows(path, self._dialect.sheet, self._dialect.cells, self._dialect.skip_rows)
                self._add_header([name for name in header if name], path.name)
                yield from rows
            else:
                yield from jsonl_rows(path, self._dialect.encoding)

    def _add_header(self, names: list[str], file: str) -> None:
        if not self._columns:
            for name in names:
                self._add(name)
        elif other := set(names) ^ {column.name for column in self._columns.values()}:
            first = self._files.paths[0].name
            raise SourceFailed(f"{file} has other columns than {first}: `{min(other)}` is in one of them only")

    def _add(self, name: str) -> None:
        folded = name.lower()
        if folded in self._columns:
            self._twice.add(folded)
        else:
            type_ = self._types.get(folded, Type.TEXT)
            convert = self._dialect.converters({name: type_}).get(name)
            self._columns[folded] = _Column(name, type_, convert, declared=folded in self._declared)

    def _row(self, line: FileRow) -> list[str | None]:
        """Return the values of a line in the order of the columns; one of JSON Lines may add columns."""
        for name in line.values.keys() - self._names if self._kind == "jsonl" else ():
            self._names.add(name)
            self._add(name)
        return [column.text(line) for column in self._columns.values()]

    def _require_declared(self, empty: bool) -> None:
        """Raise `SourceFailed` for a missing column of declared type; JSON Lines without a line get it instead."""
        for name in sorted(self._declared.keys() - self._columns.keys()):
            if self._kind == "csv" or not empty:
                have = ", ".join(column.name for column in self._columns.values()) or "none"
                raise SourceFailed(f"{self._files.name} has no column `{name}`, whose type is told; it has {have}")
            self._add(name)

    def _selected(self, connection: duckdb.DuckDBPyConnection, parser: RowParser) -> Iterator[str]:
        """Yield the expression of each column, cast to its type; raise `SourceFailed` for a value of another type."""
        for folded, column in self._columns.items():
            if folded in self._twice:
                continue
            if column.type == Type.TEXT:
                yield quoted(column.name)
                continue
            cast, fault = parser.typed(Column(folded, column.type, ""))
            bad = connection.execute(
                f"SELECT {quoted(_PLACE)}, {quoted(folded)} FROM texts "
                f"WHERE {quoted(folded)} IS NOT NULL AND {cast} IS NULL LIMIT 1"
            ).fetchone()
            if bad is not None:
                raise SourceFailed(f"{bad[0]}: `{column.name}`: {str(bad[1])[:MAX_QUOTED]!r} {fault}")
            yield f"{cast} AS {quoted(column.name)}"

    def _read_as_texts(self, connection: duckdb.DuckDBPyConnection) -> Iterator[str]:
        """Yield the columns that the query reads as texts, each with an example."""
        for folded, column in self._columns.items():
            if column.type == Type.TEXT and re.search(rf"\b{re.escape(folded)}\b", self._query.lower()):
                row = connection.execute(f"SELECT any_value({quoted(folded)}) FROM texts").fetchone()
                example = f" (such as {str(row[0])[:MAX_QUOTED]!r})" if row and row[0] is not None else ""
                yield f"`{column.name}`{example}"


def _has_time(value: object) -> bool:
    return isinstance(value, datetime) or (isinstance(value, str) and len(value) > len("2026-01-31"))
