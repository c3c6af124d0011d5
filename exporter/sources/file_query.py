"""Runs the SQL of a measure or a table over the rows of files, and lets it reach nothing else."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from itertools import chain
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb

from exporter.records.batch import SourceFailed
from exporter.records.schema import Type
from exporter.sources.dialect import Dialect
from exporter.sources.duckdb_files import BATCH, duckdb_for, value_of
from exporter.sources.file_row import FileRow
from exporter.sources.file_set import FileSet, Format, scan
from exporter.sources.interface import Context
from exporter.sources.text_table import TextTable

VARIABLE = {
    *("age", "current_connection_id", "current_database", "current_date", "current_localtime"),
    *("current_localtimestamp", "current_query", "current_query_id", "current_schema", "current_schemas"),
    *("current_setting", "current_time", "current_timestamp", "current_transaction_id", "currval"),
    *("gen_random_uuid", "get_current_time", "get_current_timestamp", "getvariable", "in_search_path"),
    *("localtime", "localtimestamp", "nextval", "now", "random", "sample", "setseed", "tablesample", "today"),
    *("transaction_timestamp", "txid_current", "uuid", "uuidv4", "uuidv7"),
}
"""The functions and words by which the result of a query may be another at another time."""

_LOCK = "SET enable_external_access = false; SET lock_configuration = true"


def is_repeatable(text: str) -> bool:
    """Tell whether a query over the same rows gives the same result at any time."""
    return VARIABLE.isdisjoint(re.findall(r"\w+", text.lower()))


def query(
    files: FileSet, kind: Format, dialect: Dialect, types: Mapping[str, Type], text: str, context: Context
) -> list[Mapping[str, object]]:
    """Return the result of a query over the table `rows`, which holds the rows of all the files; its values are texts.

    Parquet declares the types of its columns. `types` are those of CSV and JSON Lines; other columns are texts.
    """
    with _loaded(files, kind, dialect, types, text, context) as connection:
        described = _described(connection, text)
        if described.get("value") == "VARCHAR":
            raise SourceFailed(
                "the query gives a text as `value`; cast it, or write under `types` what its columns are"
            )
        return [dict(zip(described, values, strict=True)) for values in _texts(connection, text).fetchall()]


def query_rows(
    files: FileSet,
    kind: Format,
    dialect: Dialect,
    text: str,
    context: Context,
    require: Callable[[Iterable[str], str], None],
) -> Iterator[FileRow]:
    """Yield the rows of a query over `rows`; values are texts, exact numbers, or `TypedText` of other types.

    `require` is called with the columns that the query gives, and raises if one is missing.
    """
    with _loaded(files, kind, dialect, {}, text, context) as connection:
        types = _described(connection, text)
        require(types, "the query")
        readers = [value_of(kind) for kind in types.values()]
        result = _texts(connection, text)
        for number, texts in enumerate(chain.from_iterable(iter(partial(result.fetchmany, BATCH), [])), 1):
            values = [None if value is None else read(value) for read, value in zip(readers, texts, strict=True)]
            yield FileRow(f"row {number} of the query", dict(zip(types, values, strict=True)))


def item_query_rows(
    items: Iterable[object], text: str, context: Context, require: Callable[[Iterable[str], str], None]
) -> Iterator[FileRow]:
    """Yield the rows of a query over JSON items, whose keys are the columns of `rows`, as `query_rows` does."""
    with TemporaryDirectory() as folder:
        path = Path(folder, "items.jsonl")
        with path.open("w", encoding="utf-8", errors="surrogateescape") as file:
            file.writelines(json.dumps(item, default=str) + "\n" for item in items)
        yield from query_rows(scan(path), "jsonl", Dialect(), text, context, require)


@contextmanager
def _loaded(
    files: FileSet, kind: Format, dialect: Dialect, types: Mapping[str, Type], text: str, context: Context
) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open a database with the table `rows` and access to nothing else."""
    with duckdb_for(context.deadline, files.name, context.timezone) as connection:
        if kind == "parquet":
            paths = [str(path) for path in files.paths]
            connection.execute("CREATE TABLE rows AS SELECT * FROM read_parquet($paths)", {"paths": paths})
            connection.execute(_LOCK)
            yield connection
        else:
            table = TextTable(files, kind, dialect, types, text)
            table.load(connection, context.timezone, context.deadline)
            connection.execute(_LOCK)
            with table.explaining_errors(connection):
                yield connection


def _described(connection: duckdb.DuckDBPyConnection, text: str) -> Mapping[str, str]:
    """Return the columns of a query with their types."""
    return {str(name): str(kind) for name, kind, *_ in connection.execute(f"DESCRIBE {text}").fetchall()}


def _texts(connection: duckdb.DuckDBPyConnection, text: str) -> duckdb.DuckDBPyConnection:
    return connection.execute(f"SELECT COLUMNS(*)::VARCHAR FROM (\n{text}\n)")  # noqa: S608 - the catalogue's query
