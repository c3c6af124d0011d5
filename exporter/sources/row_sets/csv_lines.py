"""Loads CSV files into DuckDB in blocks of lines, which it splits itself; lines that are not plain are split here."""

# ruff: noqa: S608 - names are our own, and values are parameters or quoted literals

from __future__ import annotations

import csv
import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from io import StringIO

import duckdb

from exporter.records.spool import as_text
from exporter.records.sql import literal, name
from exporter.sources.csv_records import CsvRecord, CsvText
from exporter.sources.interface import Deadline
from exporter.sources.row_sets.texts import FAULT, NUMBER
from exporter.sources.text_lines import has_invalid_bytes

_SEPARATOR = "\x1f"
"""Between the fields of records that were split here; a record with it in a field is handed over as a list."""

_BLOCKS = 8
"""Blocks whose lines are in DuckDB at a time, some 16 MB of text."""


class CsvLines:
    """The table `csv_lines` of a connection: `NUMBER` of the line, `FAULT`, and as `field_name` some of its fields."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, places: Collection[int], deadline: Deadline) -> None:
        self._connection = connection
        self._deadline = deadline
        self._names = [NUMBER, FAULT, *map(field_name, places)]
        self._fields = "".join(f", fields[{place + 1}]" for place in places)
        self._in_order = True

    @property
    def relation(self) -> str:
        """The relation of the lines, in their order."""
        return "csv_lines" if self._in_order else f"(FROM csv_lines ORDER BY {name(NUMBER)})"

    def load(self, text: CsvText) -> Iterator[None]:
        """Fill the table with some of the lines that are left, then with the next ones, to the end of the text."""
        filled = 0
        self._create()
        while block := text.read_block():
            self._deadline.check()
            self._add(text, block)
            filled += 1
            if filled % _BLOCKS == 0:
                yield
                self._create()
        yield

    def _create(self) -> None:
        texts = "".join(f", {name(each)} VARCHAR" for each in self._names[1:])
        self._connection.execute(f"CREATE OR REPLACE TEMP TABLE csv_lines ({name(NUMBER)} BIGINT{texts})")
        self._in_order = True

    def _add(self, text: CsvText, block: str) -> None:
        """Add the lines of a block, and of the following ones as far as a record goes on in them."""
        if not block.isascii() and has_invalid_bytes(block):
            self._add_records(text.records_of(block))
        elif '"' in block:
            self._add_quoted(text, block)
        else:
            self._add_plain(text, block)

    def _add_plain(self, text: CsvText, block: str) -> None:
        """Let DuckDB split a block without quotes; Python reads the lines that have other fields than the header."""
        lines = block.replace("\r\n", "\n").replace("\r", "\n").removesuffix("\n")
        split = f"string_split(line, {literal(text.delimiter)})"
        self._connection.execute(
            "CREATE OR REPLACE TEMP TABLE block AS "
            f"SELECT number, line, {split} AS fields, {self._is_plain(text)} AS plain FROM "
            f"(SELECT line, $done + row_number() OVER () AS number FROM "
            "(SELECT unnest(string_split($lines, chr(10))) AS line))",
            {"lines": lines, "done": text.records.done},
        )
        self._insert("FROM block WHERE plain")
        odd = self._connection.execute("SELECT number, line FROM block WHERE NOT plain ORDER BY number").fetchall()
        self._add_records(record for number, line in odd for record in text.record_of(number, line))
        self._in_order = self._in_order and not odd
        text.records.done += lines.count("\n") + 1

    @staticmethod
    def _is_plain(text: CsvText) -> str:
        """Return the condition that a line without quotes is a record, and not an empty one."""
        graphic = "".join(re.escape(chr(code)) for code in range(0x21, 0x7F) if chr(code) != text.delimiter)
        return (
            f"len(fields) = {text.records.width} AND regexp_matches(line, {literal(f'[{graphic}]')}) "
            f"AND strlen(line) <= {csv.field_size_limit()} AND NOT contains(line, chr(0))"
        )

    def _add_quoted(self, text: CsvText, block: str) -> None:
        """Add the records of a block if each is one line and none is odd, else read them line by line."""
        lines = list(StringIO(block, newline=""))
        try:
            records = list(csv.reader(lines, delimiter=text.delimiter, strict=True))
        except csv.Error:
            records = []
        regular = len(records) == len(lines) and "\0" not in block and _SEPARATOR not in block
        if not regular or any(
            len(record) != text.records.width or not any(map(str.strip, record)) for record in records
        ):
            self._add_records(text.records_of(block))
            return
        joined = "\n".join(map(_SEPARATOR.join, records))
        self._insert(
            "FROM (SELECT $done + row_number() OVER () AS number, string_split(record, chr(31)) AS fields "
            "FROM (SELECT unnest(string_split($joined, chr(10))) AS record))",
            joined=joined,
            done=text.records.done,
        )
        text.records.done += len(lines)

    def _add_records(self, records: Iterable[CsvRecord]) -> None:
        """Add records that were split here."""
        numbers: list[int] = []
        fields: list[Sequence[str] | None] = []
        faults: list[str | None] = []
        for record in records:
            numbers.append(record.number)
            fields.append(None if record.fault else list(record.fields))
            faults.append(as_text(record.fault) if record.fault else None)
        if numbers:
            self._insert(
                "FROM (SELECT unnest($numbers::BIGINT[]) AS number, unnest($fields::VARCHAR[][]) AS fields, "
                "unnest($faults::VARCHAR[]) AS fault)",
                "fault",
                numbers=numbers,
                fields=fields,
                faults=faults,
            )

    def _insert(self, records: str, fault: str = "NULL", **parameters: object) -> None:
        """Add the rows of a relation with the columns `number` and `fields`."""
        self._connection.execute(f"INSERT INTO csv_lines SELECT number, {fault}{self._fields} {records}", parameters)


def field_name(place: int) -> str:
    """Return the column of a field, by its place in a record."""
    return f"field_{place}"
