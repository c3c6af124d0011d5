"""Uses DuckDB for files: reads the rows of Parquet, checks the SQL of measures, and runs it in memory."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from functools import partial
from itertools import chain
from pathlib import Path
from tempfile import gettempdir
from typing import Annotated
from uuid import uuid4

import duckdb
from pydantic import AfterValidator, Field

from exporter.records.batch import SourceFailed
from exporter.records.sql import name as quoted
from exporter.sources.file_row import FileRow
from exporter.sources.interface import Deadline
from exporter.sources.query_memory import QUERY_MEMORY
from exporter.sources.redaction import redactor
from exporter.sources.watchdog import at_deadline
from exporter.strict_model import StrictModel

BATCH = 1000
_CONFIG: dict[str, str | bool | int | float | list[str]] = {
    "threads": 1,
    "autoinstall_known_extensions": False,
    "max_temp_directory_size": "2GB",
    "disabled_optimizers": "build_side_probe_side,join_order",  # rows stay in the order of the file
}
_NUMBERS = {
    *(f"{sign}{size}INT" for sign in ("", "U") for size in ("TINY", "SMALL", "BIG", "HUGE")),
    *("INTEGER", "UINTEGER", "FLOAT", "DOUBLE"),
}
redact = redactor(())
"""Shortens a message of DuckDB for an error; a file holds no secret of the catalogue."""


@dataclass(frozen=True, slots=True)
class TypedText:
    """The text of a value whose type the file declares, so that no dialect changes it."""

    text: str

    def __str__(self) -> str:
        return self.text


def check_select(text: str) -> str:
    """Return a query without its closing semicolon.

    Raises:
        ValueError: If it is not one SELECT that DuckDB can parse.
    """
    text = text.strip().rstrip(";").rstrip()
    if mistake := _mistake_in(text):
        raise ValueError(mistake)
    return text


class Reshaped(StrictModel):
    """Base of the options of a table whose rows a query may reshape before they are mapped."""

    query: Annotated[str, AfterValidator(check_select)] | None = Field(
        default=None,
        description="a SELECT in DuckDB's SQL over `rows`, what was read; `columns` then name what it gives",
    )


def _mistake_in(text: str) -> str:
    # Returns the mistake: a traceback would hold the connection as long as pydantic holds the error.
    with duckdb.connect() as connection:
        try:
            kinds = [statement.type for statement in connection.extract_statements(text)]
        except duckdb.Error as error:
            return f"is not SQL that DuckDB can read: {redact(str(error))}"
    return "" if kinds == [duckdb.StatementType.SELECT] else "is not one SELECT"


def parquet_columns(path: Path) -> list[str]:
    """Return the names of the columns of a Parquet file.

    Raises:
        SourceFailed: If it cannot be read.
    """
    with duckdb_for(Deadline(10), path.name, "UTC") as connection:
        result = connection.execute("FROM read_parquet($paths) LIMIT 0", {"paths": [str(path)]})
        return [str(column[0]) for column in result.description or ()]


def parquet_types(connection: duckdb.DuckDBPyConnection, path: Path) -> Mapping[str, str]:
    """Return the columns of a Parquet file with their types."""
    described = connection.execute("DESCRIBE SELECT * FROM read_parquet($paths)", {"paths": [str(path)]}).fetchall()
    return {str(name): str(kind) for name, kind, *_ in described}


def parquet_rows(
    path: Path, columns: Iterable[str], require: Callable[[Iterable[str], str], None], deadline: Deadline
) -> Iterator[FileRow]:
    """Yield the rows of a Parquet file with those of `columns` that it has; instants are in UTC.

    Args:
        path: The file.
        columns: The names of the columns to read. A value is a text, an exact number or a `TypedText`.
        require: Called with the columns that the file has and its name; raises if one is missing.
        deadline: When the query is interrupted.
    """
    with duckdb_for(deadline, path.name, "UTC") as connection:
        types = parquet_types(connection, path)
        require(types, path.name)
        wanted = {name: value_of(types[name]) for name in columns if name in types}
        selected = ", ".join(_as_text(name, types[name]) for name in wanted) or "NULL"
        result = connection.execute(f"SELECT {selected} FROM read_parquet($paths)", {"paths": [str(path)]})  # noqa: S608 - names that the file has, quoted
        for number, texts in enumerate(chain.from_iterable(iter(partial(result.fetchmany, BATCH), [])), 1):
            pairs = zip(wanted.items(), texts, strict=False)
            values = {name: None if text is None else value(text) for (name, value), text in pairs}
            yield FileRow(f"{path.name}, row {number}", values)


def value_of(kind: str) -> Callable[[str], object]:
    """Return what turns the text that DuckDB prints for a value of this type into the value."""
    if kind == "VARCHAR" or kind.startswith("ENUM"):
        return str
    return Decimal if is_number(kind) else TypedText


def is_number(kind: str) -> bool:
    """Tell whether a type of DuckDB is one of numbers."""
    return kind in _NUMBERS or kind.startswith("DECIMAL")


def _as_text(name: str, kind: str) -> str:
    column = quoted(name)
    return (
        f"CASE WHEN isfinite({column}) THEN {column} END::VARCHAR"
        if kind in ("FLOAT", "DOUBLE")
        else f"{column}::VARCHAR"
    )


def _folder() -> str:
    """Return a folder that is not there: DuckDB makes it when it has to, and removes it."""
    return str(Path(gettempdir(), f"kpi-exporter-{uuid4().hex}"))


@contextmanager
def duckdb_for(deadline: Deadline, what: str, timezone: str) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open a database in memory that is interrupted at the deadline; its errors become failures of `what`."""
    deadline.check()
    with (
        QUERY_MEMORY.share(deadline) as memory,
        duckdb.connect(config={**_CONFIG, "memory_limit": memory, "temp_directory": _folder()}) as connection,
        at_deadline(deadline, connection.interrupt),
    ):
        try:
            connection.execute(f"SET TimeZone = '{timezone}'")
            yield connection
        except duckdb.Error as error:
            raise deadline.failure() or SourceFailed(f"{what}: {redact(str(error))}") from None
