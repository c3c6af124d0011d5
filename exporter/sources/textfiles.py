"""The rows of CSV and JSON Lines files, where one broken line costs no other."""

from __future__ import annotations

import codecs
import csv
import json
import re
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import NamedTuple, TextIO

from exporter.records.batch import SourceFailed
from exporter.sources.dialect import Dialect
from exporter.sources.exact import exact

LONGEST = 200
"""Characters of a broken line that are shown."""
_DELIMITERS = ";\t|,"
_ENCODINGS = "such as `encoding: cp1252` for what Excel saves as CSV, or `encoding: utf-16`"
_NO_TEXT = re.compile(r"[\udc80-\udcff]")
"""What Python's `surrogateescape` makes of bytes that are no text."""


class Line(NamedTuple):
    """What one row of a file holds, and where it is: `items.csv, line 7`."""

    place: str
    values: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Broken:
    """A row that cannot be read, with where it is and why: `items.csv, line 7 has ...`."""

    text: str


@contextmanager
def csv_file(path: Path, dialect: Dialect) -> Iterator[tuple[Sequence[str], Iterator[Line | Broken]]]:
    """The names in the header, and each record by these names; of columns with one name, the last."""
    with _opened(path, dialect.encoding) as file:
        first, before = _first_line(file, dialect.skip_rows, path.name)
        records = _records(chain([first], file), dialect.delimiter, path.name, before)
        header = _header(first, next(records), path.name, dialect.delimiter)
        yield (
            header,
            (
                record
                if isinstance(record, Broken)
                else Line(f"{path.name}, line {record[0]}", dict(zip(header, record[1], strict=True)))
                for record in records
            ),
        )


def jsonl_rows(path: Path, encoding: str | None) -> Iterator[Line | Broken]:
    """The object on each line, with exact numbers."""
    with _opened(path, encoding) as file:
        for number, line in enumerate(file, 1):
            if line.strip():
                found = None if _has_no_text(line) else _object(line)
                place = f"{path.name}, line {number}"
                yield Broken(f"{place} is not an object: {_shown(line)}") if found is None else Line(place, found)


def _has_no_text(line: str) -> bool:
    """Whether it holds bytes that are no text."""
    return "\0" in line or (not line.isascii() and _NO_TEXT.search(line) is not None)


def _object(line: str) -> Mapping[str, object] | None:
    try:
        found = exact(line)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def _first_line(lines: Iterable[str], skip: int, name: str) -> tuple[str, int]:
    """The line that names the columns, and how many are before it."""
    for number, line in enumerate(lines):
        if number >= skip and line.strip():
            return line.lstrip("\ufeff"), number
    after = f" after the {skip} lines of `skip_rows`" if skip else ""
    raise SourceFailed(f"{name} has no header{after}: the first line has to name the columns")


def _header(line: str, first: tuple[int, list[str]] | Broken, name: str, delimiter: str) -> Sequence[str]:
    """The names of the columns; `SourceFailed` says what to write where the first line does not tell them."""
    if _has_no_text(line):
        raise SourceFailed(f"{name} holds bytes that are no text; write how it is encoded, {_ENCODINGS}")
    if (excel := re.match(r'"?sep=(.)', line, re.IGNORECASE)) is not None:
        options = f"`delimiter: {json.dumps(excel[1])}` and `skip_rows: 1`"
        raise SourceFailed(f"{name} begins with the line `{line.strip()}`, which is meant for Excel; write {options}")
    names = [each.strip() for each in first[1]] if isinstance(first, tuple) else []
    other = next((sign for sign in _DELIMITERS if sign in line and sign != delimiter), None)
    if other is not None and (not names or (len(names) == 1 and not line.startswith('"'))):
        what = "one column" if names else "a first line that cannot be read"
        option = f"`delimiter: {json.dumps(other)}`"
        raise SourceFailed(
            f"{name} has {what}, `{_shown(line)}`; if {json.dumps(other)} parts its fields, write {option}"
        )
    if isinstance(first, Broken):
        raise SourceFailed(f"{first.text}; it has to name the columns")
    if not any(names):
        raise SourceFailed(f"{name} has no header: its first line has to name the columns")
    return names


def _records(lines: Iterable[str], delimiter: str, name: str, done: int) -> Iterator[tuple[int, list[str]] | Broken]:
    """The header, then each record, with the number of its line; `done` lines are before them.

    `Broken` for a line that has other fields than the header. A quote that is never closed spoils its own line only:
    the lines it ran over are read again on their own. What spreadsheets leave around a table is left out: lines in
    which nothing stands, and empty fields behind the last column.
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
        if any(map(_has_no_text, taken)):
            fault = "holds bytes that are no text"
        elif filled and width and (len(record) < width or any(map(str.strip, record[width:]))):
            fault = f"has another number of fields ({len(record)}) than the header ({width})"
        if fault:
            done += 1
            yield Broken(f"{name}, line {done} {fault}: {_shown(taken[0])}")
            ahead.extendleft(reversed(taken[1:]))
            reader = csv.reader(pull(), delimiter=delimiter, strict=True)
            continue
        number, done = done + 1, done + len(taken)
        if filled or not width:
            width = width or len(record)
            yield number, record[:width]


def _next(reader: Iterator[list[str]]) -> tuple[list[str] | None, str]:
    """The next record, None at the end, and what is wrong with it."""
    try:
        return next(reader, None), ""
    except csv.Error as error:
        return [], f"cannot be read ({error})"


def _shown(line: str) -> str:
    return line.strip().replace("\0", "\\0")[:LONGEST]


@contextmanager
def _opened(path: Path, encoding: str | None) -> Iterator[TextIO]:
    """The file as text. Bytes that are none fail it; where an encoding is told, they stay visible in their line."""
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
        what = f"{encoding} text" if encoding else f"UTF-8 text: {_first_of_no_text(path)}"
        raise SourceFailed(f"{path.name} is not {what}; write how it is encoded, {_ENCODINGS}") from None
    except OSError as error:
        raise SourceFailed(f"cannot read {path.name}: {error.strerror}") from None


def _first_of_no_text(path: Path) -> str:
    with path.open("rb") as file:
        for number, line in enumerate(file, 1):
            try:
                line.decode()
            except UnicodeDecodeError as error:
                return f"byte 0x{line[error.start]:02x} in line {number} cannot stand there"
    return "it changed meanwhile"
