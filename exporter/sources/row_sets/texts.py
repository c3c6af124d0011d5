"""Writes the rows of a relation as the texts of a record table, in a few statements for all of them."""

# ruff: noqa: S608 - names come from the schema and are quoted, values are parameters or quoted literals

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb

from exporter.records.batch import SourceFailed
from exporter.records.schema import Table
from exporter.records.spool import LONGEST, TOO_LONG, UNREADABLE, line_of
from exporter.records.sql import literal, name
from exporter.sources.interface import Deadline
from exporter.sources.mapping import RowMapping
from exporter.sources.row_sets.column import Outcome, SetColumn, constant_outcomes

NUMBER = "\x1fnumber"
"""The column of a relation that numbers its rows; a control character is in no header."""

FAULT = "\x1ffault"
"""The column of a relation with the reason why a row cannot be read, NULL for all others; it may be missing."""

_BATCH = 10_000
"""Odd values that Python reads at a time."""

_ROW_GROUP = 16_384
"""Rows that are in memory while a file is written."""

_MOST_BYTES = 6
"""Characters of a spooled line that one byte of a text becomes at most: a control character is `\\u001f` there."""

_OVERHEAD = 30_000
"""Characters of a spooled line beside its texts: the names of its columns, numbers and times."""


@dataclass(frozen=True)
class TextWriter:
    """Writes the texts of a record table from relations of one connection.

    Each relation has `NUMBER`, what `columns` read, and perhaps `FAULT`.

    Attributes:
        place: What a message calls a row, where `{}` is its number: `items.csv, line {}`.
    """

    connection: duckdb.DuckDBPyConnection
    table: Table
    mapping: RowMapping
    columns: Sequence[SetColumn]
    place: str
    deadline: Deadline

    def write(self, relation: str, has_faults: bool, path: Path) -> None:
        """Write the rows of a relation into a Parquet file.

        Raises:
            SourceFailed: If a number is in another dialect, of which the meaning of its neighbours is unknown too.
        """
        fault = name(FAULT) if has_faults else "NULL::VARCHAR"
        odd, has_long = self._look(relation)
        for column in odd:
            self._read_odd(column, relation)
        self._refuse(odd, relation)
        texts = self._texts(relation, odd, fault)
        self.deadline.check()
        copied = f"SELECT * EXCLUDE ({name(NUMBER)}) FROM ({texts})"
        if has_long and (long := self._long_rows(relation, texts)):
            is_long = f"{name(NUMBER)} IN ({', '.join(map(str, long))})"
            emptied = (
                f"CASE WHEN NOT {is_long} THEN {each} END AS {each}" for each in map(name, self.table.column_names)
            )
            reason = f"CASE WHEN {is_long} THEN {literal(TOO_LONG)} ELSE {name(UNREADABLE)} END AS {name(UNREADABLE)}"
            copied = f"SELECT {reason}, {', '.join(emptied)} FROM ({texts})"
        form = f"FORMAT parquet, COMPRESSION lz4_raw, ROW_GROUP_SIZE {_ROW_GROUP}"
        try:
            self.connection.execute(f"COPY ({copied}) TO {literal(str(path))} ({form})")
        except duckdb.IOException as error:
            if str(path) in str(error):
                raise OSError(str(error)) from error
            raise

    def _look(self, relation: str) -> tuple[Sequence[SetColumn], bool]:
        """Return the columns with values that SQL does not read, and whether a row may be too long, in one pass."""
        conditions = {column: column.is_odd for column in self.columns}
        checked = [column for column, condition in conditions.items() if condition is not None]
        passes = [f"coalesce(bool_or({conditions[column]}), false)" for column in checked]
        row = self.connection.execute(
            f"SELECT coalesce(bool_or({self._may_be_long()}), false), {', '.join(passes) or 'false'} FROM {relation}"
        ).fetchone()
        assert row is not None
        return [column for column, has_odd in zip(checked, row[1:], strict=False) if has_odd], row[0]

    def _read_odd(self, column: SetColumn, relation: str) -> None:
        """Let Python read, once each, the values of a column that SQL does not."""
        outcomes = _outcomes_of(column)
        created = self.connection.execute(
            f"CREATE OR REPLACE TEMP TABLE odd AS SELECT DISTINCT {column.raw} AS raw FROM {relation} "
            f"WHERE {column.is_odd}"
        ).fetchone()
        self.connection.execute(
            f"CREATE OR REPLACE TEMP TABLE {outcomes} "
            "(raw VARCHAR, text VARCHAR, unreadable VARCHAR, at_place BOOLEAN, refusal VARCHAR)"
        )
        for first in range(0, created[0] if created else 0, _BATCH):
            self.deadline.check()
            batch = self.connection.execute(f"SELECT raw FROM odd WHERE rowid >= {first} AND rowid < {first + _BATCH}")
            raws = [raw for (raw,) in batch.fetchall()]
            self._store(outcomes, raws, [column.outcome(raw) for raw in raws])

    def _store(self, outcomes: str, raws: Sequence[str], read: Sequence[Outcome]) -> None:
        texts, unreadable, at_place, refusals = (list(each) for each in zip(*read, strict=True))
        self.connection.execute(
            f"INSERT INTO {outcomes} SELECT unnest($raws::VARCHAR[]), unnest($texts::VARCHAR[]), "
            "unnest($unreadable::VARCHAR[]), unnest($at_place::BOOLEAN[]), unnest($refusals::VARCHAR[])",
            {"raws": raws, "texts": texts, "unreadable": unreadable, "at_place": at_place, "refusals": refusals},
        )

    def _refuse(self, odd: Sequence[SetColumn], relation: str) -> None:
        """Raise `SourceFailed` for the first row of which a value is refused, and there for the first column."""
        refused = [
            f"SELECT {name(NUMBER)} AS number, {place} AS place, {literal(column.origin)} AS origin, refusal "
            f"FROM {relation} AS given JOIN {_outcomes_of(column)} AS outcome ON outcome.raw = {column.raw} "
            "WHERE refusal IS NOT NULL"
            for place, column in enumerate(odd)
        ]
        if not refused:
            return
        first = self.connection.execute(f"{' UNION ALL '.join(refused)} ORDER BY number, place LIMIT 1").fetchone()
        if first is not None:
            number, _, origin, refusal = first
            raise SourceFailed(f"{self.place.format(number)}: `{origin}`: {refusal}")

    def _texts(self, relation: str, odd: Sequence[SetColumn], fault: str) -> str:
        """Return the query of the texts of all rows, with `NUMBER` and `UNREADABLE`."""
        constants = constant_outcomes(self.mapping, self.table)
        by_name = {column.name: column for column in self.columns}
        texts, reasons, joins = [], [fault], []
        for each in self.table.column_names:
            text, reason = "NULL::VARCHAR", None
            if each in constants:
                text, reason = _literal(constants[each].text), _reason(each, _literal(constants[each].unreadable))
                text = f"CASE WHEN {fault} IS NULL THEN {text} END"
            elif (column := by_name.get(each)) is not None:
                _, text = column.in_sql()
                if column in odd:
                    outcome = name(f"of {each}")
                    joins.append(f"LEFT JOIN {_outcomes_of(column)} AS {outcome} ON {outcome}.raw = {column.raw}")
                    text = f"CASE WHEN {outcome}.raw IS NULL THEN {text} ELSE {outcome}.text END"
                    at = f"CASE WHEN {outcome}.at_place THEN {self._at()} ELSE '' END"
                    reason = f"{_reason(each, f'{outcome}.unreadable')} || {at}"
            texts.append(f"{text} AS {name(each)}")
            reasons.extend([reason] if reason else [])
        return (
            f"SELECT {name(NUMBER)}, coalesce({', '.join(reasons)}) AS {name(UNREADABLE)}, {', '.join(texts)} "
            f"FROM {relation} AS given {' '.join(joins)}"
        )

    def _at(self) -> str:
        before, after = self.place.split("{}")
        return f"{literal(f' ({before}')} || {name(NUMBER)} || {literal(f'{after})')}"

    def _may_be_long(self) -> str:
        """Return the condition without which the line of a row is not too long."""
        long = (name(column.stored) for column in self.columns if not column.kind.is_short)
        length = " + ".join(f"coalesce(strlen({each}::VARCHAR), 0)" for each in long) or "0"
        # A word or a constant may take the place of a shorter text.
        spare = LONGEST - _OVERHEAD - _MOST_BYTES * sum(map(len, _written(self.mapping)))
        return f"{_MOST_BYTES} * ({length}) > {spare}"

    def _long_rows(self, relation: str, texts: str) -> Sequence[int]:
        """Return the numbers of the rows that are longer than a row may be."""
        candidates = f"SELECT {name(NUMBER)} FROM {relation} WHERE {self._may_be_long()}"
        columns = (UNREADABLE, *self.table.column_names)
        selected = ", ".join(name(each) for each in columns)
        rows = self.connection.execute(
            f"SELECT {name(NUMBER)}, {selected} FROM ({texts}) WHERE {name(NUMBER)} IN ({candidates})"
        )
        return [number for number, *values in iter(rows.fetchone, None) if _is_long(columns, values)]


def _outcomes_of(column: SetColumn) -> str:
    return name(f"outcomes of {column.name}")


def _reason(column: str, unreadable: str) -> str:
    return f"{literal(f'{column}: ')} || {unreadable}"


def _literal(text: str | None) -> str:
    return "NULL::VARCHAR" if text is None else literal(text)


def _written(mapping: RowMapping) -> Iterator[str]:
    yield from mapping.constants.values()
    for words in mapping.values.values():
        yield from words.values()


def _is_long(columns: Sequence[str], values: Sequence[str | None]) -> bool:
    """Tell whether the line of a row would be too long."""
    unreadable, *texts = values
    named = dict(zip(columns[1:], texts, strict=True))
    if unreadable is not None:
        named[UNREADABLE] = unreadable
    return len(line_of(named.keys(), named.values())) > LONGEST
