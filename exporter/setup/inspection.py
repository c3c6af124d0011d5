"""What an export holds: its format, how it is written, and a column's kind, form and examples."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from pathlib import Path

import duckdb

from exporter.records.batch import SourceFailed
from exporter.records.sql import literal
from exporter.setup.forms import Ambiguous, DateFormat, common_date_format, common_numerals, date_formats, number_forms
from exporter.setup.layout import SAMPLE, decode, layout, names_columns
from exporter.setup.vocabulary import concepts
from exporter.sources.number_formats import Numerals
from exporter.sources.workbook import read_sheets

BYTES = 4 << 20
"""Of a text file, as much is looked at."""
EXAMPLES = 3
WORDS = 20
"""A column with at most so many different texts is a closed set of words."""


class Kind(StrEnum):
    """What the values of a column are."""

    NUMBER = "number"
    DATE = "date"
    SERIAL = "date as a number of days"
    BOOLEAN = "boolean"
    TEXT = "text"
    EMPTY = "empty"


class NotATable(Exception):
    """A file that is no table of records. The message says why, for people."""


@dataclass(frozen=True)
class ExportColumn:
    """One column of an export. `words` are its different texts where they are few, else empty."""

    name: str
    kind: Kind
    examples: tuple[str, ...]
    words: tuple[str, ...] = ()
    unique: bool = False
    complete: bool = True


@dataclass(frozen=True)
class Export:
    """A file as inspected.

    `options` are those that a table of a `files` source needs to read it, such as `delimiter`; `rows` counts those
    that were looked at. `doubts` are values that can be read in two ways, with the option that decides by column.
    """

    path: Path
    options: Mapping[str, object]
    columns: tuple[ExportColumn, ...]
    rows: int
    doubts: Mapping[str, Ambiguous] = field(default_factory=dict)

    def column(self, name: str) -> ExportColumn:
        """Return the column of this name. Raises `KeyError`."""
        return next((column for column in self.columns if column.name == name), None) or self._missing(name)

    def _missing(self, name: str) -> ExportColumn:
        raise KeyError(name)


def inspect(path: Path) -> Iterator[Export]:
    """Yield the tables of a file: one, or of a workbook one for each sheet that holds a table.

    Raises `NotATable`.
    """
    if path.stat().st_size == 0:
        raise NotATable("is empty")
    match path.suffix.lower():
        case ".parquet":
            yield _parquet(path)
        case ".jsonl" | ".ndjson":
            yield _json_lines(path)
        case ".xlsx" | ".ods" | ".xls" | ".xlsb":
            yield from _workbook(path)
        case ".csv" | ".tsv" | ".txt":
            yield _text(path)
        case suffix:
            raise NotATable(f"is of a kind that is not read: {suffix or 'no extension'}")


def _text(path: Path) -> Export:
    with path.open("rb") as file:
        decoded = decode(file.read(BYTES))
    if decoded is None:
        raise NotATable("is no text in UTF-8, UTF-16 or cp1252")
    text, encoding = decoded
    table = layout(text, encoding)
    if table is None:
        raise NotATable("has no line that names columns, or its lines are not parted by a comma, semicolon, tab or |")
    if not table.rows:
        raise NotATable("has a header and no rows")
    options: dict[str, object] = {
        **({"encoding": table.encoding} if table.encoding else {}),
        **({"delimiter": table.delimiter} if table.delimiter != "," else {}),
        **({"skip_rows": table.skip_rows} if table.skip_rows else {}),
    }
    return _export(path, options, table.header, table.rows)


def _json_lines(path: Path) -> Export:
    with path.open("rb") as file:
        decoded = decode(file.read(BYTES))
    if decoded is None:
        raise NotATable("is no text in UTF-8, UTF-16 or cp1252")
    text, encoding = decoded
    objects = []
    for line in text.splitlines()[:SAMPLE]:
        try:
            value = json.loads(line, parse_float=Decimal) if line.strip() else None
        except ValueError:
            continue
        if isinstance(value, dict):
            objects.append(value)
    if not objects:
        raise NotATable("has no line that is a JSON object")
    names = list(dict.fromkeys(name for value in objects for name in value))
    rows = [tuple(value.get(name) for name in names) for value in objects]
    return _export(path, {"encoding": encoding} if encoding else {}, names, rows)


def _parquet(path: Path) -> Export:
    try:
        with duckdb.connect() as connection:
            result = connection.execute(f"FROM read_parquet({literal(str(path))}) LIMIT {SAMPLE}")
            names = [column[0] for column in result.description or ()]
            rows = result.fetchall()
    except duckdb.Error:
        raise NotATable("is not a Parquet file that can be read") from None
    if not rows:
        raise NotATable("has columns and no rows")
    return _export(path, {}, names, rows)


def _workbook(path: Path) -> Iterator[Export]:
    try:
        sheets = read_sheets(path)
    except SourceFailed:
        raise NotATable("is not a workbook that can be read") from None
    exports = [
        export
        for place, (name, rows) in enumerate(sheets.items())
        if (export := _sheet(path, {} if place == 0 else {"sheet": name}, rows)) is not None
    ]
    if not exports:
        raise NotATable("has no sheet with a row that names columns and rows below it")
    yield from exports


def _sheet(path: Path, options: dict[str, object], cells: Sequence[Sequence[object]]) -> Export | None:
    longest = max(map(len, cells), default=0)
    rows = [[None if cell == "" else cell for cell in (*row, *[""] * (longest - len(row)))] for row in cells]
    width = max((sum(1 for cell in row if cell is not None) for row in rows), default=0)
    for place, row in enumerate(rows):
        header = [cell for cell in row if cell is not None]
        if len(header) >= max(2, width - 1) and names_columns(header):
            first = row.index(header[0])
            below = [tuple(other[first : first + len(header)]) for other in rows[place + 1 :]]
            below = [values for values in below if any(value is not None for value in values)]
            if below:
                skip = {"skip_rows": place} if place else {}
                return _export(path, {**options, **skip}, [str(name).strip() for name in header], below)
    return None


def _export(path: Path, options: dict[str, object], names: Sequence[str], rows: Sequence[Sequence[object]]) -> Export:
    texts = {name: [_as_text(row[place]) for row in rows] for place, name in enumerate(names)}
    values = {name: [text for text in column if text] for name, column in texts.items()}
    typed = {name: _typed_kind([row[place] for row in rows]) for place, name in enumerate(names)}
    kinds = {name: typed[name] or _kind(name, values[name]) for name in names}
    doubts: dict[str, Ambiguous] = {}
    numbers = [values[name] for name in names if kinds[name] is Kind.NUMBER and typed[name] is None]
    numerals = common_numerals(numbers) if numbers else Numerals()
    if isinstance(numerals, Ambiguous):
        doubts["decimal"] = numerals
    elif numerals is not None:
        signs = {"decimal": numerals.decimal, "thousands": numerals.thousands}
        options |= {option: sign for option, sign in signs.items() if sign is not None}
    dates = [values[name] for name in names if kinds[name] is Kind.DATE and typed[name] is None]
    match common_date_format(dates):
        case Ambiguous() as doubt:
            doubts["date_format"] = doubt
        case DateFormat(option=str(form)):
            options["date_format"] = form
    return Export(
        path=path,
        options=options,
        columns=tuple(_column(name, kinds[name], values[name], len(rows)) for name in names),
        rows=len(rows),
        doubts=doubts,
    )


def _column(name: str, kind: Kind, values: Sequence[str], rows: int) -> ExportColumn:
    different = list(dict.fromkeys(values))
    return ExportColumn(
        name=name,
        kind=kind,
        examples=tuple(different[:EXAMPLES]),
        words=tuple(different) if kind is Kind.TEXT and len(different) <= WORDS else (),
        unique=len(different) == rows,
        complete=len(values) == rows,
    )


def _as_text(value: object) -> str:
    if isinstance(value, float):
        return f"{Decimal(repr(value)):f}"
    return "" if value is None else str(value).strip()


def _typed_kind(values: Sequence[object]) -> Kind | None:
    """Return the kind that the values have by themselves, as those of Parquet and Excel have; None for texts."""
    present = [value for value in values if value is not None]
    if not present:
        return Kind.EMPTY
    if all(isinstance(value, bool) for value in present):
        return Kind.BOOLEAN
    if all(isinstance(value, int | float | Decimal) for value in present):
        return Kind.NUMBER if not all(isinstance(value, int) for value in present) else None
    return Kind.DATE if all(isinstance(value, date | datetime) for value in present) else None


_TRUTH = frozenset({"true", "false", "yes", "no", "t", "f", "y", "n"})


def _kind(name: str, values: Sequence[str]) -> Kind:
    if not values:
        return Kind.EMPTY
    if all(value.lower() in _TRUTH for value in values):
        return Kind.BOOLEAN
    dates = date_formats(values)
    if dates and not (set(dates) <= _NUMERIC_DATES and not _names_a_time(name)):
        return Kind.DATE
    if _names_a_time(name) and all(value.isdigit() and int(value) in SERIALS for value in values):
        return Kind.SERIAL
    return Kind.NUMBER if number_forms(values) else Kind.TEXT


SERIALS = range(32874, 73416)
"""Days from 1990 to 2100 as Excel counts them, from 1899-12-30."""

TIMES = frozenset(
    {"date", "start", "end", "created", "paid", "month", "acknowledged", "resolved", "response", "refunded"}
)
"""The concepts of columns that hold dates or times."""

_NUMERIC_DATES = frozenset({"%Y%m%d", "epoch", "epoch_ms"})
"""Forms of digits alone: a column is of dates by one of these only where its name says so."""


def _names_a_time(name: str) -> bool:
    return bool(concepts(name) & TIMES)
