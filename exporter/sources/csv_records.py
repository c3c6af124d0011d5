"""Reads the records of CSV files; a broken line costs no other."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from io import StringIO
from pathlib import Path
from typing import NamedTuple, TextIO

from exporter.records.batch import SourceFailed
from exporter.sources.dialect import Dialect
from exporter.sources.file_row import FileRow, UnreadableRow
from exporter.sources.text_lines import ENCODINGS, Lines, has_invalid_bytes, open_text, preview

BLOCK = 2_000_000
"""Characters of the lines that are read as one block."""
_DELIMITERS = ";\t|,"


@contextmanager
def csv_file(path: Path, dialect: Dialect) -> Iterator[tuple[Sequence[str], Iterator[FileRow | UnreadableRow]]]:
    """Open a file; give the names in its header, and its records by these names: of columns with one name, the last."""
    with csv_text(path, dialect) as text:
        header = text.header
        yield (
            header,
            (
                UnreadableRow(record.fault)
                if record.fault
                else FileRow(f"{text.name}, line {record.number}", dict(zip(header, record.fields, strict=True)))
                for record in text.records
            ),
        )


@contextmanager
def csv_text(path: Path, dialect: Dialect) -> Iterator[CsvText]:
    """Open a file, and read its header."""
    with open_text(path, dialect.encoding) as file:
        yield CsvText(file, path.name, dialect)


class CsvRecord(NamedTuple):
    """A record of a CSV file, by the number of its first line: its fields or, of one that cannot be read, its fault."""

    number: int
    fields: Sequence[str]
    fault: str = ""


class CsvRecords(Iterator[CsvRecord]):
    """The records of the lines of a CSV file; the first has to be its header.

    A line with another number of fields than the header has a fault. A quote that is never closed spoils its own line
    only: the lines after it are read again on their own. What spreadsheets leave around a table is left out: empty
    lines, and empty fields behind the last column.

    Attributes:
        width: The number of fields of the header, 0 before it was read.
        done: How many lines were read.
    """

    def __init__(self, lines: Lines, delimiter: str, name: str, done: int, width: int = 0) -> None:
        self._lines = lines
        self._delimiter = delimiter
        self._name = name
        self.done = done
        self.width = width
        self._taken: list[str] = []
        self._reader = self._new_reader()

    def __next__(self) -> CsvRecord:
        while True:
            self._taken.clear()
            fields, fault = _next(self._reader)
            if fields is None:
                raise StopIteration
            filled = any(map(str.strip, fields))
            if any(map(has_invalid_bytes, self._taken)):
                fault = "holds bytes that are no text"
            elif filled and self.width and (len(fields) < self.width or any(map(str.strip, fields[self.width :]))):
                fault = f"has another number of fields ({len(fields)}) than the header ({self.width})"
            number = self.done + 1
            if fault:
                self.done += 1
                self._lines.put_back(self._taken[1:])
                self._reader = self._new_reader()
                return CsvRecord(number, (), f"{self._name}, line {number} {fault}: {preview(self._taken[0])}")
            self.done += len(self._taken)
            if filled or not self.width:
                self.width = self.width or len(fields)
                return CsvRecord(number, fields[: self.width])

    def _new_reader(self) -> Iterator[list[str]]:
        return csv.reader(self._pull(), delimiter=self._delimiter, strict=True)

    def _pull(self) -> Iterator[str]:
        for line in self._lines:
            self._taken.append(line)
            yield line


class CsvText:
    """A CSV file behind its header.

    Attributes:
        name: The name of the file.
        header: The names of the columns.
        records: What is left to read.
    """

    def __init__(self, file: TextIO, name: str, dialect: Dialect) -> None:
        self.name = name
        self.delimiter = dialect.delimiter
        self._lines = Lines(file, name)
        first, before = _first_line(self._lines, dialect.skip_rows, name)
        self._lines.put_back([first])
        self.records = CsvRecords(self._lines, dialect.delimiter, name, before)
        self.header = _header(first, next(self.records), name, dialect.delimiter)

    def read_block(self) -> str:
        """Return many of the lines that are left, which count as read; an empty text at the end."""
        return self._lines.block(BLOCK)

    def records_of(self, block: str) -> Iterator[CsvRecord]:
        """Yield the records of the block that was read last, the last one to its end in the lines behind it."""
        lines = list(StringIO(block, newline=""))
        self._lines.put_back(lines)
        end = self.records.done + len(lines)
        while self.records.done < end and (record := next(self.records, None)) is not None:
            yield record

    def record_of(self, number: int, line: str) -> Iterator[CsvRecord]:
        """Yield the record of one line, if it is one: no quote leads beyond it."""
        yield from CsvRecords(
            Lines(StringIO(line, newline=""), self.name), self.delimiter, self.name, number - 1, len(self.header)
        )


def _first_line(lines: Iterable[str], skip: int, name: str) -> tuple[str, int]:
    """Return the line that names the columns, and how many are before it."""
    for number, line in enumerate(lines):
        if number >= skip and line.strip():
            return line.lstrip("\ufeff"), number
    after = f" after the {skip} lines of `skip_rows`" if skip else ""
    raise SourceFailed(f"{name} has no header{after}: the first line has to name the columns")


def _header(line: str, first: CsvRecord, name: str, delimiter: str) -> Sequence[str]:
    """Return the names of the columns.

    Raises:
        SourceFailed: If the first line does not hold them; the message says what to write.
    """
    if has_invalid_bytes(line):
        raise SourceFailed(f"{name} holds bytes that are no text; write how it is encoded, {ENCODINGS}")
    if (excel := re.match(r'"?sep=(.)', line, re.IGNORECASE)) is not None:
        options = f"`delimiter: {json.dumps(excel[1])}` and `skip_rows: 1`"
        raise SourceFailed(f"{name} begins with the line `{line.strip()}`, which is meant for Excel; write {options}")
    names = [field.strip() for field in first.fields]
    other = next((sign for sign in _DELIMITERS if sign in line and sign != delimiter), None)
    if other is not None and (not names or (len(names) == 1 and not line.startswith('"'))):
        what = "one column" if names else "a first line that cannot be read"
        option = f"`delimiter: {json.dumps(other)}`"
        raise SourceFailed(
            f"{name} has {what}, `{preview(line)}`; if {json.dumps(other)} parts its fields, write {option}"
        )
    if first.fault:
        raise SourceFailed(f"{first.fault}; it has to name the columns")
    if not any(names):
        raise SourceFailed(f"{name} has no header: its first line has to name the columns")
    return names


def _next(reader: Iterator[list[str]]) -> tuple[list[str] | None, str]:
    """Return the next record, None at the end, and what is wrong with it."""
    try:
        return next(reader, None), ""
    except csv.Error as error:
        return [], f"cannot be read ({error})"
