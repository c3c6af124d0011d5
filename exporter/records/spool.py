"""Spools rows to disk as texts, so that memory does not bound a poll: JSON of single rows, Parquet of sets of rows."""

# ruff: noqa: S608 - names come from the schema and are quoted

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterable, Mapping
from contextlib import ExitStack
from datetime import date, datetime
from decimal import Decimal
from functools import cached_property
from pathlib import Path
from typing import TextIO

from exporter.records.batch import RowSet, Unreadable
from exporter.records.sql import literal, literals, name, names

LONGEST = 1_000_000
"""Most characters of a line; a longer row is rejected, since the reader's buffers are finite."""

UNREADABLE = "!"
"""The field of a line that holds the reason why the row, or a value of it, cannot be read."""

_LONG = 10_000
"""Bits of a number from which it is not written by `str`, which refuses numbers of more than 4300 digits."""

_encode: Callable[[object], str] = json.JSONEncoder(separators=(",", ":")).encode


def as_text(value: object) -> str | None:
    """Return a value as the text that is later cast to its column's type; None for a missing one.

    Empty texts, NaN and infinities are missing. Datetimes keep their offset, if they have one.
    """
    if value is None or isinstance(value, Unreadable):
        return None
    if isinstance(value, str):
        text = value.strip()
        # Half of a surrogate pair is valid in Python and in no JSON reader.
        return (text if text.isascii() else text.encode(errors="replace").decode()) or None
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value) if value.bit_length() < _LONG else str(Decimal(value))  # Python's own str has a limit
    if isinstance(value, float):
        return str(value) if math.isfinite(value) else None
    if isinstance(value, Decimal):
        return str(value) if value.is_finite() else None
    if isinstance(value, (datetime, date)):
        return value.isoformat()
    return as_text(str(value))


def is_as_text(text: str) -> str:
    """Return the condition, in SQL, by which `as_text` returns a text as it is; there are others of which it does."""
    ascii_ends = f"{text} >= '!' AND {text} < chr(127) AND ({text})[-1] BETWEEN '!' AND '~'"
    return rf"(({ascii_ends}) OR regexp_full_match({text}, '(?s)[!-~\pL](.*[!-~\pL])?'))"


def line_of(columns: Iterable[str], texts: Iterable[str | None]) -> str:
    """Return the line of a row with these texts."""
    return _encode(dict(zip(columns, texts, strict=True)))


TOO_LONG = f"the row is longer than {LONGEST} characters"


def _reason(columns: Iterable[str], row: Mapping[str, object]) -> str | None:
    """Return the reason of the first of these columns that cannot be read."""
    reasons = ((column, value.reason) for column in columns if isinstance(value := row.get(column), Unreadable))
    return next((as_text(f"{column}: {reason}") for column, reason in reasons), None)


class Spool:
    """One file per table in the folder that `folder` makes; `failed` makes what is raised when they cannot be written.

    Not for use by several threads at once.
    """

    def __init__(self, folder: Callable[[], Path], failed: Callable[[OSError], Exception]) -> None:
        self._make_folder = folder
        self._failed = failed
        self._files: dict[str, TextIO] = {}
        self._sets: dict[str, list[Path]] = {}
        self._closing = ExitStack()

    @cached_property
    def _folder(self) -> Path:
        """The folder, which a poll without rows does not need."""
        try:
            return self._make_folder()
        except OSError as error:
            raise self._failed(error) from error

    @property
    def tables(self) -> tuple[str, ...]:
        """The tables that have a file, in the order of their first rows."""
        return tuple(self._files)

    def relation(self, table: str, *columns: str) -> str:
        """Return the relation of what is spooled of a table, with these columns as texts, NULL where a row has none."""
        fields = ", ".join(f"{name(column)}: 'VARCHAR'" for column in columns)
        single = (
            f"read_json({literal(str(self._path(table)))}, format = 'newline_delimited', columns = {{{fields}}}, "
            f"maximum_object_size = {LONGEST + 1})"  # the reader's buffer is twice that, 32 MB if not said
        )
        if not (sets := self._sets.get(table)):
            return single
        read = f"read_parquet([{literals(map(str, sets))[1:-1]}])"
        selected = names(columns)
        return f"(SELECT {selected} FROM {single} UNION ALL SELECT {selected} FROM {read})"

    def add(self, table: str, rows: RowSet) -> None:
        """Append the rows of a set."""
        self.write(table, (), ())
        sets = self._sets.setdefault(table, [])
        folder = self._folder / f"{table}.{len(sets)}"
        try:
            folder.mkdir()
            sets.extend(rows.write(folder))
        except OSError as error:
            raise self._failed(error) from error

    def write(self, table: str, columns: tuple[str, ...], rows: Iterable[Mapping[str, object]]) -> None:
        """Append the `columns` of rows; the file exists even if there are none."""
        if table not in self._files:
            self._files[table] = self._open(table)
        write = self._files[table].write
        for row in rows:
            texts = {column: as_text(row.get(column)) for column in columns}
            if UNREADABLE in row:
                texts[UNREADABLE] = as_text(row[UNREADABLE])
            elif Unreadable in map(type, row.values()):
                texts[UNREADABLE] = _reason(columns, row)
            line = _encode(texts)
            if len(line) > LONGEST:
                line = _encode({UNREADABLE: TOO_LONG})
            try:
                write(line + "\n")
            except OSError as error:
                raise self._failed(error) from error

    def _path(self, table: str) -> Path:
        return self._folder / f"{table}.ndjson"

    def _open(self, table: str) -> TextIO:
        try:
            return self._closing.enter_context(self._path(table).open("w", encoding="ascii"))
        except OSError as error:
            raise self._failed(error) from error

    def close(self) -> None:
        """Flush and close the files, which stay for the reader."""
        try:
            self._closing.close()
        except OSError as error:
            raise self._failed(error) from error
