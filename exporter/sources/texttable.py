"""The rows of CSV and JSON Lines files as a relation of DuckDB: texts, but for columns whose type is told or needed."""

# ruff: noqa: S608 - names are quoted, and types come from the schema

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb

from exporter.records.schema import Column, Type
from exporter.records.spool import as_text
from exporter.records.sql import literal
from exporter.records.sql import name as quoted
from exporter.records.validation import Reading
from exporter.sources.columntypes import column_types
from exporter.sources.dialect import Convert, Dialect
from exporter.sources.duckfiles import clean
from exporter.sources.fileset import FileSet, Format
from exporter.sources.interface import Deadline, SourceFailed, Unreadable
from exporter.sources.mapping import plain
from exporter.sources.numerals import SHOWN, OtherDialect
from exporter.sources.textfiles import Broken, Line, csv_file, jsonl_rows

CHECK_EVERY = 1000
"""Rows between two looks at the clock."""
_PLACE = "place of the row"


class TextTable:
    """What `query` reads of some files as `rows`. `types` are those that the catalogue tells.

    A row or a value that cannot be read fails it, for nobody would see what a query leaves out.
    """

    def __init__(self, files: FileSet, kind: Format, dialect: Dialect, types: Mapping[str, Type], query: str) -> None:
        self._files = files
        self._kind = kind
        self._dialect = dialect
        self._query = query
        self._told = {name.lower(): type_ for name, type_ in types.items()}
        self._types = {**column_types(query), **self._told}
        self._columns: dict[str, str] = {}
        """In small letters, for DuckDB tells `Amount` and `amount` not apart, with the name as it is written."""
        self._twice: set[str] = set()
        self._converts: dict[str, Convert] = {}

    def load(self, connection: duckdb.DuckDBPyConnection, timezone: str, deadline: Deadline) -> None:
        """Make `rows` in a database; `timezone` is that of times without an offset."""
        with TemporaryDirectory() as folder:
            path = Path(folder, "rows.csv")
            with path.open("w", encoding="utf-8", errors="replace", newline="") as file:
                writer = csv.writer(file, quoting=csv.QUOTE_ALL, lineterminator="\n")
                for count, line in enumerate(self._lines()):
                    if count % CHECK_EVERY == 0:
                        deadline.check()
                    if isinstance(line, Broken):
                        raise SourceFailed(line.text)
                    writer.writerow([line.place, *self._texts(line)])
            self._require_told(empty=path.stat().st_size == 0)
            columns = ", ".join(f"{quoted(name)}: 'VARCHAR'" for name in (_PLACE, *self._columns.values()))
            connection.execute(
                f"CREATE TABLE texts AS FROM read_csv({literal(str(path))}, columns = {{{columns}}}, header = false, "
                "auto_detect = false, delim = ',', quote = '\"', escape = '\"', new_line = '\\n', "
                "null_padding = true, parallel = false)"
            )
        selected = ", ".join(self._selected(connection, Reading("", timezone))) or "NULL AS nothing"
        connection.execute(f"CREATE VIEW rows AS SELECT {selected} FROM texts")

    @contextmanager
    def explained(self, connection: duckdb.DuckDBPyConnection) -> Iterator[None]:
        """Say in words of the catalogue why DuckDB refuses the query."""
        try:
            yield
        except duckdb.BinderException as error:
            said = str(error)
            for name in self._twice:
                if f'"{name}"' in said.lower():
                    raise SourceFailed(f"{self._files.pattern.name} has two columns called `{name}`") from None
            if "VARCHAR" not in said:
                raise
            texts = ", ".join(self._read_as_texts(connection)) or "those it reads"
            cure = "write what they are, such as `types: {amount: decimal, day: date}`, or cast them in the query"
            raise SourceFailed(
                f"{clean(said.splitlines()[0])}: all columns of {self._kind} are texts, here {texts}; {cure}"
            ) from None

    def _lines(self) -> Iterator[Line | Broken]:
        for path in self._files.paths:
            if self._kind == "csv":
                with csv_file(path, self._dialect) as (header, lines):
                    self._add_header([name for name in header if name], path.name)
                    yield from lines
            else:
                yield from jsonl_rows(path, self._dialect.encoding)

    def _add_header(self, names: list[str], file: str) -> None:
        folded = [name.lower() for name in names]
        if self._columns and set(folded) != self._columns.keys():
            other = sorted(set(folded) ^ self._columns.keys())
            raise SourceFailed(
                f"{file} has other columns than {self._files.paths[0].name}: `{other[0]}` is in one of them only"
            )
        self._twice |= {name for name in folded if folded.count(name) > 1}
        self._columns = self._columns or dict(zip(folded, names, strict=True))

    def _texts(self, line: Line) -> Iterator[str | None]:
        if self._kind == "jsonl":
            for name in line.values:
                if self._columns.setdefault(name.lower(), name) != name:
                    self._twice.add(name.lower())
        for folded, name in self._columns.items():
            yield self._text(folded, name, line)

    def _text(self, folded: str, name: str, line: Line) -> str | None:
        value = line.values.get(name)
        if folded in self._types:
            try:
                value = self._convert(folded)(value) if value is not None else None
            except OtherDialect as error:
                raise SourceFailed(f"{line.place}: `{name}`: {error}") from None
            if self._types[folded] == Type.DATE and folded not in self._told and _has_time(value):
                raise SourceFailed(
                    f"{line.place}: `{name}`: {str(value)[:SHOWN]!r} has a time; write under `types` whether it is an "
                    "instant or a date"
                )
        found = plain(value)
        if isinstance(found, Unreadable):
            raise SourceFailed(f"{line.place}: `{name}`: {found.reason}")
        return found if isinstance(found, str) else as_text(found)

    def _convert(self, folded: str) -> Convert:
        if folded not in self._converts:
            found = self._dialect.converters({folded: self._types[folded]})
            self._converts[folded] = found.get(folded, lambda value: value)
        return self._converts[folded]

    def _require_told(self, empty: bool) -> None:
        """Columns whose type is told are there, but in JSON Lines without a line, which has none."""
        for name in self._told.keys() - self._columns.keys():
            if self._kind == "csv" or not empty:
                have = ", ".join(self._columns.values()) or "none"
                raise SourceFailed(
                    f"{self._files.pattern.name} has no column `{name}`, whose type is told; it has {have}"
                )
            self._columns[name] = name

    def _selected(self, connection: duckdb.DuckDBPyConnection, reading: Reading) -> Iterator[str]:
        """Each column of `rows`, of the type that it has to have; fails where a value is not of that type."""
        for folded, name in self._columns.items():
            type_ = self._types.get(folded, Type.TEXT)
            if folded in self._twice:
                continue
            cast, fault = reading.typed(Column(name, type_, ""))
            bad = connection.execute(
                f"SELECT {quoted(_PLACE)}, {quoted(name)} FROM texts "
                f"WHERE {quoted(name)} IS NOT NULL AND {cast} IS NULL LIMIT 1"
            ).fetchone()
            if bad is not None:
                raise SourceFailed(f"{bad[0]}: `{name}`: {str(bad[1])[:SHOWN]!r} {fault}")
            yield f"{cast} AS {quoted(name)}"

    def _read_as_texts(self, connection: duckdb.DuckDBPyConnection) -> Iterator[str]:
        """The columns that the query reads as texts, each with a value."""
        for folded, name in self._columns.items():
            if folded not in self._types and re.search(rf"\b{re.escape(folded)}\b", self._query.lower()):
                row = connection.execute(f"SELECT any_value({quoted(name)}) FROM texts").fetchone()
                shown = f" (such as {str(row[0])[:SHOWN]!r})" if row and row[0] is not None else ""
                yield f"`{name}`{shown}"


def _has_time(value: object) -> bool:
    return isinstance(value, datetime) or (isinstance(value, str) and len(value) > len("2026-01-31"))
