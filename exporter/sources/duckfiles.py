"""What DuckDB does for files: the rows of Parquet, and SQL in memory over the rows of any file."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import duckdb

from exporter.sources.fileset import FileSet, Format
from exporter.sources.interface import Deadline, SourceFailed
from exporter.sources.redaction import redaction
from exporter.sources.watchdog import at_deadline

BATCH = 1000
_CONFIG: dict[str, str | bool | int | float | list[str]] = {
    "memory_limit": "512MB",
    "threads": 1,
    "autoinstall_known_extensions": False,
    "temp_directory": "",
}
_READERS: Mapping[Format, str] = {
    # Decimals before doubles, so that sums of money are exact; strict, so that a broken line is an error.
    "csv": "read_csv($paths, delim = $delimiter, header = true, skip = 0, quote = '\"', escape = '\"', "
    "strict_mode = true, sample_size = -1, auto_type_candidates = "
    "['BOOLEAN', 'BIGINT', 'DECIMAL(28,8)', 'DOUBLE', 'DATE', 'TIMESTAMP', 'TIMESTAMPTZ', 'VARCHAR'])",
    "jsonl": "read_json($paths, format = 'newline_delimited', sample_size = -1)",
    "parquet": "read_parquet($paths)",
}
_clean = redaction(())


def check_select(text: str) -> str:
    """The query without a closing semicolon; `ValueError` if it is not one SELECT that DuckDB can parse."""
    text = text.strip().rstrip(";").rstrip()
    if wrong := _what_is_wrong(text):
        raise ValueError(wrong)
    return text


def _what_is_wrong(text: str) -> str:
    # Tells instead of raising, for a traceback would keep the connection as long as pydantic keeps the error.
    with duckdb.connect() as connection:
        try:
            kinds = [statement.type for statement in connection.extract_statements(text)]
        except duckdb.Error as error:
            return f"is not SQL that DuckDB can read: {_clean(str(error))}"
    return "" if kinds == [duckdb.StatementType.SELECT] else "is not one SELECT"


def parquet_rows(
    path: Path, columns: Iterable[str], require: Callable[[Iterable[str], str], None], deadline: Deadline
) -> Iterator[Mapping[str, object]]:
    """Those of `columns` that the file has, as texts, instants in UTC; `require` is shown all that it has."""
    with _duckdb(deadline, path.name, "UTC") as connection:
        described = connection.execute("DESCRIBE SELECT * FROM read_parquet($paths)", {"paths": [str(path)]}).fetchall()
        types = {str(name): str(kind) for name, kind, *_ in described}
        require(types, path.name)
        wanted = [name for name in dict.fromkeys(columns) if name in types]
        selected = ", ".join(_as_text(name, types[name]) for name in wanted) or "NULL"
        result = connection.execute(f"SELECT {selected} FROM read_parquet($paths)", {"paths": [str(path)]})  # noqa: S608 - names that the file has, quoted
        while batch := result.fetchmany(BATCH):
            for values in batch:
                yield dict(zip(wanted, values, strict=False))


def query(
    files: FileSet, kind: Format, delimiter: str, text: str, timezone: str, deadline: Deadline
) -> list[Mapping[str, object]]:
    """What `text` gives over the table `rows` of all the files, as texts; it can reach nothing else."""
    given: dict[str, object] = {"paths": [str(path) for path in files.paths]}
    if kind == "csv":
        given["delimiter"] = delimiter
    with _duckdb(deadline, files.pattern.name, timezone) as connection:
        connection.execute(f"CREATE TABLE rows AS SELECT * FROM {_READERS[kind]}", given)  # noqa: S608 - a constant
        connection.execute("SET enable_external_access = false; SET lock_configuration = true")
        result = connection.execute(f"SELECT COLUMNS(*)::VARCHAR FROM (\n{text}\n)")  # noqa: S608 - the catalogue's query
        names = [str(column[0]) for column in result.description or ()]
        return [dict(zip(names, values, strict=True)) for values in result.fetchall()]


def _as_text(name: str, kind: str) -> str:
    column = '"' + name.replace('"', '""') + '"'
    return (
        f"CASE WHEN isfinite({column}) THEN {column} END::VARCHAR"
        if kind in ("FLOAT", "DOUBLE")
        else f"{column}::VARCHAR"
    )


@contextmanager
def _duckdb(deadline: Deadline, what: str, timezone: str) -> Iterator[duckdb.DuckDBPyConnection]:
    deadline.check()
    with duckdb.connect(config=_CONFIG) as connection, at_deadline(deadline, connection.interrupt):
        try:
            connection.execute(f"SET TimeZone = '{timezone}'")
            yield connection
        except duckdb.Error as error:
            raise deadline.failure() or SourceFailed(f"{what}: {_clean(str(error))}") from None
