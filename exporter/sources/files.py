"""Tables and direct measures from CSV, JSON Lines and Parquet files, read again only when they changed."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, field_validator, model_validator

from exporter.measures.totals import totals
from exporter.records.batch import Answer, Records, Row, SourceFailed, Unchanged, Unreadable, about
from exporter.records.schema import Type
from exporter.records.spool import UNREADABLE
from exporter.records.tables import TABLES
from exporter.sources import jmes
from exporter.sources.answers import answers_from_rows
from exporter.sources.column_types import column_types
from exporter.sources.dialect import Convert, Dialect
from exporter.sources.duckdb_files import Reshaped, check_select, parquet_columns, parquet_rows
from exporter.sources.file_query import query, query_rows
from exporter.sources.file_set import FileSet, Format, format_of, scan
from exporter.sources.interface import Context, Deadline, FilePath, MeasureOptions, Options, Source, is_url
from exporter.sources.mapping import CanonicalRows, ItemPicker, RowMapping, check_tables, lacking
from exporter.sources.number_formats import OtherDialect
from exporter.sources.select import selected_names
from exporter.sources.text_files import FileRow, UnreadableRow, csv_file, jsonl_rows
from exporter.sources.workbook import sheet_rows

_ONLY: Mapping[str, Iterable[Format]] = {
    "delimiter": ("csv",),
    "skip_rows": ("csv", "workbook"),
    "sheet": ("workbook",),
    "cells": ("workbook",),
    "encoding": ("csv", "jsonl"),
    "types": ("csv", "jsonl"),
}
"""The formats that some options are for."""
_NUMBERS = {Type.DECIMAL, Type.INTEGER}
_DATES = {Type.DATE, Type.INSTANT}

TypeName = Literal["text", "integer", "decimal", "boolean", "date", "instant"]
CHECK_EVERY = 1000
"""Rows between two checks of the deadline."""


class FileSelection(Dialect):
    """Which files are read, and how they are written."""

    path: FilePath = Field(description="a file, or a pattern such as data/items*.csv")
    format: Format | None = Field(
        default=None, description="csv, jsonl, parquet or workbook (Excel, OpenDocument); if not given, by the suffix"
    )

    @field_validator("path", mode="before")
    @classmethod
    def _on_this_machine(cls, path: object) -> object:
        if isinstance(path, str) and is_url(path):
            raise ValueError(
                "is an address, and `type: files` reads files of this machine; write `type: http` for JSON over HTTP, "
                "or have the file downloaded and write where it is"
            )
        return path

    @model_validator(mode="after")
    def _fits_the_format(self) -> Self:
        if self.format is None and format_of(self.path) is None:
            raise ValueError(
                f"cannot tell the format of {self.path.name}; write `format: csv`, jsonl, parquet or workbook"
            )
        for option, formats in _ONLY.items():
            if option in self.model_fields_set and self.kind not in formats:
                raise ValueError(f"`{option}` is for {' and '.join(formats)}, and this is {self.kind}; leave it out")
        return self

    @property
    def kind(self) -> Format:
        """The format of the files, by the option or by the suffix."""
        kind = self.format or format_of(self.path)
        assert kind is not None
        return kind


class FileTable(FileSelection, RowMapping, Reshaped):
    """The rows of all files together are the whole table. CSV files have a header.

    In JSON Lines the origin of a column is a JMESPath expression. With a `query` the origins are the columns that it
    gives.
    """

    @model_validator(mode="after")
    def _paths(self) -> FileTable:
        if self.kind == "jsonl" and self.query is None:
            jmes.check_expressions(self.columns, ("columns",))
        return self


class FileMeasure(FileSelection, MeasureOptions):
    """The result of a query over all files together."""

    query: Annotated[str, AfterValidator(check_select)] = Field(
        description="a SELECT in DuckDB's SQL, over `rows`, of a column `value` and the labels in `by`"
    )
    types: Mapping[str, TypeName] = Field(
        default={},
        description="what columns of CSV and JSON Lines are; those not named are texts, unless the query calculates or "
        "compares with them",
    )

    @model_validator(mode="after")
    def _options_apply(self) -> Self:
        """Refuse an option of numbers or dates where the query reads none: texts are read as they stand."""
        read = {*column_types(self.query).values(), *self.explicit_types.values()}
        for option, of in (("decimal", _NUMBERS), ("thousands", _NUMBERS), ("date_format", _DATES)):
            if option in self.model_fields_set and self.kind == "parquet":
                raise ValueError(f"`{option}` is for texts, and Parquet tells the types of its columns; leave it out")
            if option in self.model_fields_set and read.isdisjoint(of):
                example = "{amount: decimal}" if of is _NUMBERS else "{day: date}"
                raise ValueError(
                    f"`{option}` has nothing to read; write which columns it is for, as `types: {example}`"
                )
        return self

    @property
    def explicit_types(self) -> Mapping[str, Type]:
        """The types that the catalogue gives, by column."""
        return {name: Type[word.upper()] for name, word in self.types.items()}


class FilesOptions(Options):
    """Files of this machine; those that did not change are not read again."""

    reads = "reads CSV, JSON Lines, Parquet, Excel and OpenDocument files"

    type: Literal["files"]
    tables: Annotated[Mapping[str, FileTable], AfterValidator(check_tables)] = {}
    measures: Mapping[str, FileMeasure] = {}

    def record_tables(self) -> Mapping[str, tuple[str, ...]]:
        """Return the record tables, each with the columns that its mapping names."""
        return {name: table.mapped_columns() for name, table in self.tables.items()}

    def direct_measures(self) -> Mapping[str, MeasureOptions]:
        """Return the direct measures by name."""
        return self.measures

    def lacking_columns(self) -> Iterator[tuple[str, str]]:
        """Yield the tables whose files are there now, and have no column that the table requires.

        A file that is not there yet, or cannot be read, is left to the polls.
        """
        for name, table in self.tables.items():
            if name not in TABLES:
                continue
            with suppress(SourceFailed):
                available, where = _available(table)
                if available is not None and (message := lacking(table, name, available, where)):
                    yield name, message

    def build(self, name: str) -> Files:
        """Return the source; it opens nothing before its first poll."""
        return Files(self)


class Files(Source):
    """Reads files; its cursor remembers the state of those of each table."""

    def __init__(self, options: FilesOptions) -> None:
        self._options = options

    def poll(self, context: Context) -> Iterator[Records | Unchanged | Answer]:
        """Read the tables whose files changed, then compute the measures."""
        for name, table in self._options.tables.items():
            with about(f"table {name}"):
                files = scan(table.path)
            context.trace(f"{table.path.name}: {_counted(files)}")
            state = f"{table.fingerprint()} {files.state}"
            if context.cursor.get(name) == state:
                yield Unchanged(name)
            else:
                yield Records(name, self._rows(name, table, files, context), True, table.limits)
                context.cursor[name] = state
        for name, measure in self._options.measures.items():
            with about(f"measure {name}"):
                files = scan(measure.path)
                adapted = totals(measure.query, measure.by, "duckdb")
                with files.unchanged():
                    context.trace(f"{measure.path.name}: {_counted(files)}")
                    rows = query(files, measure.kind, measure, measure.explicit_types, adapted.sql, context)
                yield from answers_from_rows(name, measure, rows, adapted)

    def _rows(self, name: str, table: FileTable, files: FileSet, context: Context) -> Iterator[Row]:
        origins, pick = table.origins(name), ItemPicker(table, name)
        canonical = CanonicalRows(table, name, dict(zip(origins, origins, strict=True)))
        types = {column.name: column.type for column in TABLES[name].columns if column.name in origins}
        converts = table.converters(types)
        with about(f"table {name}"), files.unchanged():
            for lines in _parts(name, table, files, pick, context):
                for count, line in enumerate(lines):
                    if count % CHECK_EVERY == 0:
                        context.deadline.check()
                    if isinstance(line, UnreadableRow):
                        yield {UNREADABLE: line.text}
                    else:
                        yield canonical(_canonical_values(line, origins, converts))
            pick.check(table.path.name)


def _canonical_values(
    line: FileRow, origins: Mapping[str, str], converts: Mapping[str, Convert]
) -> Mapping[str, object]:
    """Return the values of a line by canonical column, numbers and dates as programs write them."""
    values = {name: line.values[origin] for name, origin in origins.items() if origin in line.values}
    for name, convert in converts.items():
        value = values.get(name)
        if value is not None and value != "":
            try:
                values[name] = read = convert(value)
            except OtherDialect as error:
                raise SourceFailed(f"{line.place}: `{origins[name]}`: {error}") from None
            if isinstance(read, Unreadable):
                values[name] = Unreadable(f"{read.reason} ({line.place})")
    return values


def _parts(
    name: str, table: FileTable, files: FileSet, pick: ItemPicker, context: Context
) -> Iterator[Iterator[FileRow | UnreadableRow]]:
    """Yield the rows of each file, or once those of the query over all of them."""
    if table.query is not None:
        yield query_rows(files, table.kind, table, table.query, context, table.require(name))
    else:
        yield from (_lines(name, path, table, pick, context.deadline) for path in files.paths)


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


def _counted(files: FileSet) -> str:
    size = sum(path.stat().st_size for path in files.paths if path.exists())
    return f"{len(files.paths)} file{'s'[: len(files.paths) - 1]}, {size:,} bytes"


def _available(table: FileTable) -> tuple[Sequence[str] | None, str]:
    """Return the columns from which a table is filled, and what has them; None where only reading all of it tells."""
    if table.query is not None:
        return selected_names(table.query, "duckdb"), "the query"
    path = scan(table.path).paths[0]
    match table.kind:
        case "csv":
            with csv_file(path, table) as (header, _):
                return header, path.name
        case "workbook":
            return sheet_rows(path, table.sheet, table.cells, table.skip_rows)[0], path.name
        case "parquet":
            return parquet_columns(path), path.name
        case "jsonl":
            return None, path.name
