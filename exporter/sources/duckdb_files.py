"""What DuckDB does for files: it reads the rows of Parquet, and takes SQL in memory, which it checks at load."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from functools import partial
from itertools import chain
from pathlib import Path

import duckdb

from exporter.records.batch import SourceFailed
from exporter.records.sql import name as quoted
from exporter.sources.interface import Deadline
from exporter.sources.redaction import redaction
from exporter.sources.textfiles import Line
from exporter.sources.watchdog import at_deadline

BATCH = 1000
_CONFIG: dict[str, str | bool | int | float | list[str]] = {
    "memory_limit": "512MB",
    "threads": 1,
    "autoinstall_known_extensions": False,
    "temp_directory": "",
}
_NUMBERS = {
    *(f"{sign}{size}INT" for sign in ("", "U") for size in ("TINY", "SMALL", "BIG", "HUGE")),
    *("INTEGER", "UINTEGER", "FLOAT", "DOUBLE"),
}
clean = redaction(())
"""Makes what DuckDB says fit for an error."""


@dataclass(frozen=True, slots=True)
class Typed:
    """The text of a value whose type the file tells, so that no dialect changes it."""

    text: str

    def __str__(self) -> str:
        return self.text


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
            return f"is not SQL that DuckDB can read: {clean(str(error))}"
    return "" if kinds == [duckdb.StatementType.SELECT] else "is not one SELECT"


def parquet_rows(
    path: Path, columns: Iterable[str], require: Callable[[Iterable[str], str], None], deadline: Deadline
) -> Iterator[Line]:
    """Those of `columns` that the file has: texts, exact numbers, and `Typed`, instants in UTC.

    `require` is shown all that it has.
    """
    with duckdb_for(deadline, path.name, "UTC") as connection:
        described = connection.execute("DESCRIBE SELECT * FROM read_parquet($paths)", {"paths": [str(path)]}).fetchall()
        types = {str(name): str(kind) for name, kind, *_ in described}
        require(types, path.name)
        wanted = {name: _value_of(types[name]) for name in columns if name in types}
        selected = ", ".join(_as_text(name, types[name]) for name in wanted) or "NULL"
        result = connection.execute(f"SELECT {selected} FROM read_parquet($paths)", {"paths": [str(path)]})  # noqa: S608 - names that the file has, quoted
        for number, texts in enumerate(chain.from_iterable(iter(partial(result.fetchmany, BATCH), [])), 1):
            given = zip(wanted.items(), texts, strict=False)
            values = {name: None if text is None else value(text) for (name, value), text in given}
            yield Line(f"{path.name}, row {number}", values)


def _value_of(kind: str) -> Callable[[str], object]:
    """What becomes of a text that DuckDB printed for a value of this type."""
    if kind == "VARCHAR" or kind.startswith("ENUM"):
        return str
    return Decimal if kind in _NUMBERS or kind.startswith("DECIMAL") else Typed


def _as_text(name: str, kind: str) -> str:
    column = quoted(name)
    return (
        f"CASE WHEN isfinite({column}) THEN {column} END::VARCHAR"
        if kind in ("FLOAT", "DOUBLE")
        else f"{column}::VARCHAR"
    )


@contextmanager
def duckdb_for(deadline: Deadline, what: str, timezone: str) -> Iterator[duckdb.DuckDBPyConnection]:
    """A database in memory; what it refuses is a failure of `what`, and it is interrupted at the deadline."""
    deadline.check()
    with duckdb.connect(config=_CONFIG) as connection, at_deadline(deadline, connection.interrupt):
        try:
            connection.execute(f"SET TimeZone = '{timezone}'")
            yield connection
        except duckdb.Error as error:
            raise deadline.failure() or SourceFailed(f"{what}: {clean(str(error))}") from None
