"""Reads the rows of CSV and JSON Lines files; a broken line costs no other."""

from __future__ import annotations

import codecs
import csv
import json
import re
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from itertools import chain
from pathlib import Path
from typing import NamedTuple, TextIO

from exporter.records.batch import SourceFailed
from exporter.sources.dialect import Dialect
from exporter.sources.exact_json import parse_json

MAX_SHOWN = 200
"""Characters of a broken line in a message."""
LONGEST_LINE = 16_000_000
"""Characters of a line; a longer one is no line of a table, and memory is finite."""
_DELIMITERS = ";\t|,"
_ENCODINGS = "such as `encoding: cp1252` for what Excel saves as CSV, or `encoding: utf-16`"
_INVALID_BYTES = re.compile(r"[\udc80-\udcff]")
"""The characters that Python's `surrogateescape` puts in the place of bytes that are no text."""


class FileRow(NamedTuple):
    """The values of a row of a file, and its place: `items.csv, line 7`."""

    place: str
    values: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class UnreadableRow:
    """A row that cannot be read, with its place and the reason: `items.csv, line 7 has ...`."""

    text: str


@contextmanager
def csv_file(path: Path, dialect: Dialect) -> Iterator[tuple[Sequence[str], Iterator[FileRow | UnreadableRow]]]:
    """Open a file; give the names in its header, and its records by these names: of columns with one name, the last."""
    with _opened(path, dialect.encoding) as file:
        lines = _lines(file, path.name)
        first, before = _first_line(lines, dialect.skip_rows, path.name)
        records = _records(chain([first], lines), dialect.delimiter, path.name, before)
        header = _header(first, next(records), path.name, dialect.delimiter)
        yield (
            header,
            (
                record
                if isinstance(record, UnreadableRow)
                else FileRow(f"{path.name}, line {record[0]}", dict(zip(header, record[1], strict=True)))
                for record in records
            ),
        )


def jsonl_rows(path: Path, encoding: str | None) -> Iterator[FileRow | UnreadableRow]:
    """Yield the object on each line, with exact numbers."""
    with _opened(path, encoding) as file:
        for number, line in enumerate(_lines(file, path.name), 1):
            if line.strip():
                values = None if _has_invalid_bytes(line) else _object(line)
                place = f"{path.name}, line {number}"
                if values is None:
                    yield UnreadableRow(f"{place} is not an object: {_preview(line)}")
                else:
                    yield FileRow(place, values)


def _lines(file: TextIO, name: str) -> Iterator[str]:
    """Yield the lines of a file; raise `SourceFailed` for one that is longer than any line of a table."""
    number = 0
    while line := file.readline(LONGEST_LINE + 1):
        number += 1
        if len(line) > LONGEST_LINE:
            raise SourceFailed(f"{name}, line {number} is longer than {LONGEST_LINE:,} characters")
        yield line


def _has_invalid_bytes(line: str) -> bool:
    """Tell whether a line holds bytes that are no text."""
    return "\0" in line or (not line.isascii() and _INVALID_BYTES.search(line) is not None)


def _object(line: str) -> Mapping[str, object] | None:
    try:
        value = parse_json(line)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def _first_line(lines: Iterable[str], skip: int, name: str) -> tuple[str, int]:
    """Return the line that names the columns, and how many are before it."""
    for number, line in enumerate(lines):
        if number >= skip and line.strip():
            return line.lstrip("\ufeff"), number
    after = f" after the {skip} lines of `skip_rows`" if skip else ""
    raise SourceFailed(f"{name} has no header{after}: the first line has to name the columns")


def _header(line: str, first: tuple[int, list[str]] | UnreadableRow, name: str, delimiter: str) -> Sequence[str]:
    """Return the names of the columns.

    Raises:
        SourceFailed: If the first line does not hold them; the message says what to write.
    """
    if _has_invalid_bytes(line):
        raise SourceFailed(f"{name} holds bytes that are no text; write how it is encoded, {_ENCODINGS}")
    if (excel := re.match(r'"?sep=(.)', line, re.IGNORECASE)) is not None:
        options = f"`delimiter: {json.dumps(excel[1])}` and `skip_rows: 1`"
        raise SourceFailed(f"{name} begins with the line `{line.strip()}`, which is meant for Excel; write {options}")
    names = [field.strip() for field in first[1]] if isinstance(first, tuple) else []
    other = next((sign for sign in _DELIMITERS if sign in line and sign != delimiter), None)
    if other is not None and (not names or (len(names) == 1 and not line.startswith('"'))):
        what = "one column" if names else "a first line that cannot be read"
        option = f"`delimiter: {json.dumps(other)}`"
        raise SourceFailed(
            f"{name} has {what}, `{_preview(line)}`; if {json.dumps(other)} parts its fields, write {option}"
        )
    if isinstance(first, UnreadableRow):
        raise SourceFailed(f"{first.text}; it has to name the columns")
    if not any(names):
        raise SourceFailed(f"{name} has no header: its first line has to name the columns")
    return names


def _records(
    lines: Iterable[str], delimiter: str, name: str, done: int
) -> Iterator[tuple[int, list[str]] | UnreadableRow]:
    """Yield the header, then each record, with the number of its line; `done` lines are before them.

    A line with another number of fields than the header is an `UnreadableRow`. A quote that is never closed spoils its
    own line only: the lines after it are read again on their own. What spreadsheets leave around a table is left out:
    empty lines, and empty fields behind the last column.
    """
    source = iter(lines)
    ahead: deque[str] = deque()
    taken: list[str] = []
    width = 0

    def pull() -> Iterator[str]:
        while (line := ahead.popleft() if ahead else next(source, None)) is not None:
            taken.append(line)
            yield line

    reader = csv.reader(pull(), delimiter=delimiter, strict=True)
    while True:
        taken.clear()
        record, fault = _next(reader)
        if record is None:
            return
        filled = any(map(str.strip, record))
        if any(map(_has_invalid_bytes, taken)):
            fault = "holds bytes that are no text"
        elif filled and width and (len(record) < width or any(map(str.strip, record[width:]))):
            fault = f"has another number of fields ({len(record)}) than the header ({width})"
        if fault:
            done += 1
            yield UnreadableRow(f"{name}, line {done} {fault}: {_preview(taken[0])}")
            ahead.extendleft(reversed(taken[1:]))
            reader = csv.reader(pull(), delimiter=delimiter, strict=True)
            continue
        number, done = done + 1, done + len(taken)
        if filled or not width:
            width = width or len(record)
            yield number, record[:width]


def _next(reader: Iterator[list[str]]) -> tuple[list[str] | None, str]:
    """Return the next record, None at the end, and what is wrong with it."""
    try:
        return next(reader, None), ""
    except csv.Error as error:
        return [], f"cannot be read ({error})"


def _preview(line: str) -> str:
    return line.strip().replace("\0", "\\0")[:MAX_SHOWN]


@contextmanager
def _opened(path: Path, encoding: str | None) -> Iterator[TextIO]:
    """Open a file as text.

    Bytes that are no text fail the file; where the catalogue gives an encoding, they stay visible in their line.
    """
    is_utf8 = encoding is None or codecs.lookup(encoding).name in ("utf-8", "utf-8-sig")
    try:
        with path.open("rb") as raw:
            mark = raw.read(4)
        if encoding is None and mark.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            raise SourceFailed(f"{path.name} begins as UTF-16 does; write `encoding: utf-16`")
        if not is_utf8 and mark.startswith(codecs.BOM_UTF8):
            raise SourceFailed(f"{path.name} begins as UTF-8 does, and not as {encoding}; leave `encoding` out")
        errors = "surrogateescape" if encoding else "strict"
        with path.open(encoding="utf-8-sig" if is_utf8 else encoding, errors=errors, newline="") as file:
            yield file
    except UnicodeError:
        what = f"{encoding} text" if encoding else f"UTF-8 text: {_first_invalid_byte(path)}"
        raise SourceFailed(f"{path.name} is not {what}; write how it is encoded, {_ENCODINGS}") from None
    except OSError as error:
        raise SourceFailed(f"cannot read {path.name}: {error.strerror}") from None


def _first_invalid_byte(path: Path) -> str:
    with path.open("rb") as file:
        for number, line in enumerate(iter(partial(file.readline, LONGEST_LINE), b""), 1):
            try:
                line.decode()
            except UnicodeDecodeError as error:
                return f"byte 0x{line[error.start]:02x} in line {number} cannot stand there"
    return "it changed meanwhile"
