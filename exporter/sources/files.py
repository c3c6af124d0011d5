"""Tables and direct measures from CSV, JSON Lines and Parquet files, read again only when they changed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, field_validator, model_validator

from exporter.records.tables import TABLES
from exporter.sources import jmes
from exporter.sources.answers import answers
from exporter.sources.duckfiles import check_select, parquet_rows, query
from exporter.sources.fileset import FileSet, Format, format_of, look
from exporter.sources.interface import (
    Answer,
    Context,
    Deadline,
    FilePath,
    MeasureOptions,
    Options,
    Records,
    Row,
    Source,
    Strict,
    Unchanged,
    about,
    is_url,
)
from exporter.sources.mapping import Mapped, row
from exporter.sources.textfiles import Broken, csv_rows, jsonl_rows


class Read(Strict):
    """Which files are read, and how."""

    path: FilePath = Field(description="a file, or a pattern such as data/items*.csv")
    format: Format | None = Field(default=None, description="csv, jsonl or parquet; if not given, by the suffix")
    delimiter: str = Field(default=",", min_length=1, max_length=1, description="what parts the fields of a CSV file")

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
    def _known_format(self) -> Read:
        if self.format is None and format_of(self.path) is None:
            raise ValueError(f"cannot tell the format of {self.path.name}; write `format: csv`, jsonl or parquet")
        return self

    @property
    def kind(self) -> Format:
        kind = self.format or format_of(self.path)
        assert kind is not None
        return kind


class FileTable(Read, Mapped):
    """The rows of all files together are the whole table. CSV files have a header and are UTF-8.

    In JSON Lines the origin of a column is a JMESPath expression.
    """

    @model_validator(mode="after")
    def _paths(self) -> FileTable:
        if self.kind == "jsonl":
            for expression in self.columns.values():
                jmes.check(expression)
        return self


class FileMeasure(Read, MeasureOptions):
    query: Annotated[str, AfterValidator(check_select)] = Field(
        description="a SELECT in DuckDB's SQL, over `rows`, of a column `value` and the labels in `by`"
    )


class FilesOptions(Options):
    reads = "reads CSV, JSON Lines and Parquet files of this machine"

    type: Literal["files"]
    tables: Mapping[str, FileTable] = {}
    measures: Mapping[str, FileMeasure] = {}

    def fills(self) -> Mapping[str, tuple[str, ...]]:
        return {name: table.named() for name, table in self.tables.items()}

    def answers(self) -> Mapping[str, MeasureOptions]:
        return self.measures

    def build(self, name: str) -> Files:
        return Files(self)


OPTIONS = FilesOptions

CHECK_EVERY = 1000
"""Rows between two looks at the clock."""


class Files(Source):
    def __init__(self, options: FilesOptions) -> None:
        self._options = options

    def poll(self, context: Context) -> Iterator[Records | Unchanged | Answer]:
        for name, table in self._options.tables.items():
            with about(f"table {name}"):
                files = look(table.path)
            state = f"{table.fingerprint()} {files.state}"
            if context.cursor.get(name) == state:
                yield Unchanged(name)
            else:
                yield Records(name, self._rows(name, table, files, context), snapshot=True)
                context.cursor[name] = state
        for name, measure in self._options.measures.items():
            with about(f"measure {name}"):
                files = look(measure.path)
                rows = query(files, measure.kind, measure.delimiter, measure.query, context.timezone, context.deadline)
                files.check_steady()
                yield from answers(name, measure, rows)

    def _rows(self, name: str, table: FileTable, files: FileSet, context: Context) -> Iterator[Row]:
        origins = table.origins(name)
        with about(f"table {name}"):
            for path in files.paths:
                for count, given in enumerate(self._read(path, table, origins.values(), context.deadline)):
                    if count % CHECK_EVERY == 0:
                        context.deadline.check()
                    yield _unkeyed(name, given) if isinstance(given, Broken) else row(origins, table.constants, given)
            files.check_steady()

    def _read(
        self, path: Path, table: FileTable, wanted: Iterable[str], deadline: Deadline
    ) -> Iterator[Mapping[str, object] | Broken]:
        match table.kind:
            case "csv":
                return csv_rows(path, table.delimiter, table.require)
            case "jsonl":
                pick = jmes.picker(wanted)
                return (line if isinstance(line, Broken) else pick(line) for line in jsonl_rows(path))
            case "parquet":
                return parquet_rows(path, wanted, table.require, deadline)


def _unkeyed(name: str, broken: Broken) -> Row:
    """A broken line as a row that the store sets aside and counts, for it has no key, but shows to people."""
    table = TABLES[name]
    return {next(column for column in table.column_names if column not in table.key): broken.text}
