"""Tables and direct measures from CSV, JSON Lines and Parquet files, read again only when they changed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Annotated, Literal, Self
from urllib.parse import parse_qsl

from pydantic import AfterValidator, ByteSize, Field, model_validator

from exporter.measures.totals import totals
from exporter.records.batch import Answer, Item, Records, SourceFailed, Unchanged, about
from exporter.records.tables import TABLES
from exporter.sources.address import Address
from exporter.sources.answers import answers_from_rows
from exporter.sources.csv_records import csv_file
from exporter.sources.duckdb_files import parquet_columns
from exporter.sources.file_options import FileMeasure, FileSelection, FileTable
from exporter.sources.file_query import is_repeatable, query
from exporter.sources.file_rows import FileRows
from exporter.sources.file_set import scan
from exporter.sources.interface import NOT_SET, Context, MeasureOptions, Options, Source
from exporter.sources.mapping import check_tables, lacking
from exporter.sources.remote_files import Listing, RemoteFiles, local_listing
from exporter.sources.select import selected_names
from exporter.sources.storage import Storage
from exporter.sources.workbook import sheet_rows

CHECK_EVERY = 1000
"""Rows between two checks of the deadline."""


class FilesOptions(Options):
    """Files of this machine, of a bucket or of a server; those that did not change are not read again."""

    reads = "reads CSV, JSON Lines, Parquet, Excel and OpenDocument files"

    type: Literal["files"]
    storage: Storage = Field(default=Storage(), description="who reads the files at addresses, and how")
    max_file: ByteSize = Field(
        default=ByteSize(256 * 1024**2), gt=0, description="longest file at an address: 256MiB, 1GB, ..."
    )
    tables: Annotated[Mapping[str, FileTable], AfterValidator(check_tables)] = {}
    measures: Mapping[str, FileMeasure] = {}

    @model_validator(mode="after")
    def _storage_fits(self) -> Self:
        """Refuse options of storage that the addresses have no use for."""
        if "storage" not in self.model_fields_set or any(place == Path(NOT_SET) for place in self._locations()):
            return self
        systems = sorted({address.system for address in self._addresses()})
        if not systems:
            raise ValueError("`storage` is for addresses, such as s3://bucket/file.csv, and no `path` is one")
        if len(systems) > 1:
            raise ValueError(
                f"`storage` is of one system, and these are {' and '.join(systems)}; write a source for each"
            )
        if mistake := self.storage.mistake(systems[0]):
            raise ValueError(f"storage: {mistake}")
        return self

    def record_tables(self) -> Mapping[str, tuple[str, ...]]:
        """Return the record tables, each with the columns that its mapping names."""
        return {name: table.mapped_columns() for name, table in self.tables.items()}

    def direct_measures(self) -> Mapping[str, MeasureOptions]:
        """Return the direct measures by name."""
        return self.measures

    def secrets(self) -> Iterator[str]:
        """Yield the credentials of the storage, and the parameters of addresses."""
        yield from self.storage.secrets()
        for address in self._addresses():
            yield address.parameters
            yield from (value for _, value in parse_qsl(address.parameters))

    def _locations(self) -> Iterator[Path | Address]:
        selections: Sequence[FileSelection] = [*self.tables.values(), *self.measures.values()]
        yield from (selection.path for selection in selections)

    def _addresses(self) -> Iterator[Address]:
        yield from (location for location in self._locations() if isinstance(location, Address))

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
        self._remote = RemoteFiles(options.storage, options.max_file)
        self._measured: dict[str, tuple[str, Sequence[Answer]]] = {}
        """By measure, the state of its files when it was computed, and the answers."""

    def poll(self, context: Context) -> Iterator[Item]:
        """Read the tables whose files changed, then compute the measures."""
        for name, table in self._options.tables.items():
            options = f"{table.fingerprint()} "
            stored = context.cursor.get(name, "")
            with about(f"table {name}"):
                listing = self._listing(
                    table, stored.removeprefix(options) if stored.startswith(options) else "", context
                )
            state = f"{options}{listing.state}"
            if stored == state:
                yield Unchanged(name)
            else:
                yield Records(name, FileRows(name, table, listing, context).rows(), True, table.limits)
                context.cursor[name] = state
        for name, measure in self._options.measures.items():
            with about(f"measure {name}"):
                yield from self._answers(name, measure, context)

    def _answers(self, name: str, measure: FileMeasure, context: Context) -> Sequence[Answer]:
        """Return the answers of a measure; of files that did not change they are still those of before."""
        state, answers = self._measured.get(name, ("", ()))
        listing = self._listing(measure, state, context)
        if listing.state == state:
            return answers
        files = listing.files()
        adapted = totals(measure.query, measure.by, "duckdb")
        with files.unchanged():
            rows = query(files, measure.kind, measure, measure.explicit_types, adapted.sql, context)
        answers = tuple(answers_from_rows(name, measure, rows, adapted))
        if is_repeatable(measure.query):
            self._measured[name] = listing.state, answers
        return answers

    def close(self) -> None:
        """Remove the copies of files that are elsewhere."""
        self._remote.close()

    def _listing(self, selection: FileSelection, previous: str, context: Context) -> Listing:
        if isinstance(selection.path, Address):
            listing = self._remote.listing(selection.path, selection.kind, selection.take, previous, context)
        else:
            listing = local_listing(selection.path, selection.take, previous)
        context.trace(listing.summary)
        return listing


def _available(table: FileTable) -> tuple[Sequence[str] | None, str]:
    """Return the columns from which a table is filled, and what has them; None where only reading all of it tells."""
    if table.query is not None:
        return selected_names(table.query, "duckdb"), "the query"
    if isinstance(table.path, Address):
        return None, ""
    path = scan(table.path, table.take).paths[0]
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
