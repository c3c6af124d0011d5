"""Copies the rows of a query of PostgreSQL as a set; psycopg reads the values that SQL does not, as those of rows."""

# ruff: noqa: S608 - the catalogue's own query, and names are quoted

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb

from exporter.records.spool import TOO_LONG, is_as_text
from exporter.records.sql import literal, name
from exporter.sources.row_sets.column import Stored
from exporter.sources.row_sets.kinds import ValueKind
from exporter.sources.row_sets.texts import FAULT, NUMBER

if TYPE_CHECKING:
    import psycopg

_LONGEST = 2_000_000
"""Bytes of a row that DuckDB reads; the text of a longer one is too long for a row of a table in any case."""

_PART = 128_000_000
"""Bytes of rows that are on disk at a time."""

_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
_ESCAPES = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}

_DAY = r"[0-9]{4}-[0-9]{2}-[0-9]{2}"
_TIMESTAMP = rf"{_DAY} [0-9]{{2}}:[0-9]{{2}}:[0-9]{{2}}([.][0-9]{{1,6}})?"


@dataclass(frozen=True)
class CopiedColumn:
    """A column of a query: its name, and PostgreSQL's number of its type."""

    name: str
    oid: int


@dataclass(frozen=True)
class Copy:
    """The rows of some columns of a query, which are copied over a connection of psycopg."""

    driver: psycopg.Connection[Any]
    query: str
    columns: Sequence[CopiedColumn]

    @cached_property
    def stored(self) -> Stored:
        """The columns of `relation`, by their names in the query."""
        return {column.name: (f"field_{place}", self._kind(column.oid)) for place, column in enumerate(self.columns)}

    def parts(self, folder: Path) -> Iterator[tuple[Path, Sequence[int]]]:
        """Copy the rows into files of a folder, one after the other, and yield each with the rows that are too long."""
        selected = ", ".join(["1", *(f"q.{name(column.name)}" for column in self.columns)])  # no line is empty
        statement = f"COPY (SELECT {selected} FROM (\n{self.query}\n) AS q) TO STDOUT"
        path = folder / "rows.copy"
        with self.driver.cursor() as cursor, cursor.copy(statement.encode()) as copy:
            rows = iter(copy)
            while True:
                with path.open("wb") as file:
                    too_long, is_last = self._write(rows, file.write)
                yield path, too_long
                path.unlink()
                if is_last:
                    return

    def _write(self, rows: Iterable[Any], write: Callable[[bytes], object]) -> tuple[Sequence[int], bool]:
        """Write the rows of a part; return the numbers of those that are too long, and whether it is the last part."""
        too_long: list[int] = []
        size = 0
        for number, row in enumerate(rows, 1):
            if len(row) > _LONGEST:
                too_long.append(number)
                row = b"\t".join([b"1", *[rb"\N"] * len(self.columns)]) + b"\n"
            write(row)
            size += len(row)
            if size > _PART:
                return too_long, False
        return too_long, True

    def relation(self, connection: duckdb.DuckDBPyConnection, path: Path, too_long: Sequence[int]) -> str:
        """Load a part into DuckDB, and return its relation."""
        texts = "".join(f", 'field_{place}': 'VARCHAR'" for place in range(len(self.columns)))
        connection.execute(
            f"CREATE OR REPLACE TEMP TABLE copied AS SELECT *, "
            f"CASE WHEN {name(NUMBER)} IN ({', '.join(map(str, too_long)) or 'NULL'}) THEN {literal(TOO_LONG)} END "
            f"AS {name(FAULT)} FROM (SELECT *, row_number() OVER () AS {name(NUMBER)} "
            f"FROM read_csv({literal(str(path))}, columns = {{'constant': 'VARCHAR'{texts}}}, "
            r"delim = '\t', quote = '', escape = '', nullstr = '\N', header = false, auto_detect = false, "
            r"new_line = '\n', strict_mode = false))"
        )
        return "copied"

    def last(self, connection: duckdb.DuckDBPyConnection, column: str) -> object | None:
        """Return the value of the last row of a part that has one in this column; None if no row has."""
        stored, kind = self.stored[column]
        row = connection.execute(
            f"SELECT {stored} FROM copied WHERE {stored} IS NOT NULL ORDER BY {name(NUMBER)} DESC LIMIT 1"
        ).fetchone()
        return None if row is None else kind.value(row[0])

    def _kind(self, oid: int) -> ValueKind:
        """Return the kind of a type, of which psycopg's text is the value of anything that is not plain."""
        load = self._loader(oid)

        def value(printed: str) -> object:
            return load(_unescaped(printed).encode())

        kinds: Mapping[str, Callable[[], ValueKind]] = {
            "bool": lambda: ValueKind(
                value, _always, text=lambda text: f"CASE {text} WHEN 't' THEN 'true' WHEN 'f' THEN 'false' END"
            ),
            "date": lambda: ValueKind(value, lambda text: f"regexp_full_match({text}, '{_DAY}')"),
            "timestamp": lambda: ValueKind(value, lambda text: f"regexp_full_match({text}, '{_TIMESTAMP}')", text=_iso),
            "timestamptz": lambda: ValueKind(
                value, lambda text: rf"regexp_full_match({text}, '{_TIMESTAMP}[+-][0-9]{{2}}')", text=_iso_in_zone
            ),
            "numeric": lambda: ValueKind(
                value,
                # `Decimal` writes smaller numbers with an exponent.
                lambda text: (
                    rf"regexp_full_match({text}, '-?[0-9]+([.][0-9]+)?') AND NOT regexp_matches({text}, '^-?0\.000000')"
                ),
            ),
            **dict.fromkeys(("int2", "int4", "int8", "uuid"), lambda: ValueKind(value, _always)),
            **dict.fromkeys(
                ("float4", "float8"),
                lambda: ValueKind(value, lambda text: f"regexp_full_match({text}, '-?[0-9]+[.][0-9]+')"),
            ),
            **dict.fromkeys(
                ("text", "varchar", "bpchar", "name"),
                lambda: ValueKind(
                    value,
                    lambda text: rf"NOT contains({text}, '\') AND {is_as_text(text)}",
                    is_text=True,
                    printed=lambda column: column,
                ),
            ),
        }
        type_ = self.driver.adapters.types.get(oid)
        make = kinds.get(type_.name) if type_ is not None and type_.oid == oid else None
        return make() if make is not None else ValueKind(value, lambda text: "false")

    def _loader(self, oid: int) -> Callable[[bytes], object]:
        from psycopg.adapt import Transformer
        from psycopg.pq import Format

        return Transformer(self.driver).get_loader(oid, Format.TEXT).load


def _always(_: str) -> None:
    """Return no condition: all values meet it."""


def _iso(text: str) -> str:
    """Return the expression of a timestamp as `isoformat` writes it."""
    fraction = f"CASE WHEN length({text}) > 19 THEN rpad(substr({text}, 20), 7, '0') ELSE '' END"
    return f"left({text}, 10) || 'T' || substr({text}, 12, 8) || {fraction}"


def _iso_in_zone(text: str) -> str:
    """Return the expression of a timestamp with an offset of whole hours as `isoformat` writes it."""
    return f"{_iso(f'left({text}, -3)')} || right({text}, 3) || ':00'"


def _unescaped(printed: str) -> str:
    """Return a value without the escapes of COPY."""
    return _ESCAPED.sub(lambda match: _ESCAPES.get(match[1], match[1]), printed) if "\\" in printed else printed
