"""Runs the SQL of a direct measure over the rows of files, and lets it reach nothing else."""

from __future__ import annotations

from collections.abc import Mapping

import duckdb

from exporter.records.batch import SourceFailed
from exporter.records.schema import Type
from exporter.sources.dialect import Dialect
from exporter.sources.duckdb_files import duckdb_for
from exporter.sources.file_set import FileSet, Format
from exporter.sources.interface import Context
from exporter.sources.text_table import TextTable


def query(
    files: FileSet, kind: Format, dialect: Dialect, types: Mapping[str, Type], text: str, context: Context
) -> list[Mapping[str, object]]:
    """Return the result of a query over the table `rows`, which holds the rows of all the files; its values are texts.

    Parquet declares the types of its columns. `types` are those of CSV and JSON Lines; other columns are texts.
    """
    with duckdb_for(context.deadline, files.pattern.name, context.timezone) as connection:
        if kind == "parquet":
            paths = [str(path) for path in files.paths]
            connection.execute("CREATE TABLE rows AS SELECT * FROM read_parquet($paths)", {"paths": paths})
            return _answer(connection, text)
        table = TextTable(files, kind, dialect, types, text)
        table.load(connection, context.timezone, context.deadline)
        with table.explaining_errors(connection):
            return _answer(connection, text)


def _answer(connection: duckdb.DuckDBPyConnection, text: str) -> list[Mapping[str, object]]:
    connection.execute("SET enable_external_access = false; SET lock_configuration = true")
    described = connection.execute(f"DESCRIBE {text}").fetchall()
    if any(str(name).lower() == "value" and str(kind) == "VARCHAR" for name, kind, *_ in described):
        raise SourceFailed("the query gives a text as `value`; cast it, or write under `types` what its columns are")
    result = connection.execute(f"SELECT COLUMNS(*)::VARCHAR FROM (\n{text}\n)")  # noqa: S608 - the catalogue's query
    names = [str(column[0]) for column in result.description or ()]
    return [dict(zip(names, values, strict=True)) for values in result.fetchall()]
