"""A column of a set of rows: how DuckDB turns its values into the texts of records, and Python the odd ones."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from exporter.records.batch import Unreadable
from exporter.records.schema import Table
from exporter.records.spool import as_text
from exporter.records.sql import name as quoted
from exporter.sources.dialect import Dialect, Reader
from exporter.sources.mapping import RowMapping, cell_value
from exporter.sources.number_formats import OtherDialect
from exporter.sources.row_sets.kinds import ValueKind
from exporter.sources.words import Words


class Outcome(NamedTuple):
    """What becomes of a value: a text; or why it is unreadable, `at_place` of its row; or why the poll is refused."""

    text: str | None = None
    unreadable: str | None = None
    at_place: bool = False
    refusal: str | None = None


@dataclass(frozen=True)
class SetColumn:
    """A column of a record table, filled from what the source calls `origin`: the column `stored` of a relation."""

    name: str
    origin: str
    stored: str
    kind: ValueKind
    reader: Reader | None
    words: Words | None

    @property
    def raw(self) -> str:
        """The expression of a value as it is printed, NULL for one that is missing."""
        printed = self.kind.printed(quoted(self.stored))
        # An empty text is missing, unless it is a word.
        return printed if self.words is not None or not self.kind.is_text else f"nullif({printed}, '')"

    def in_sql(self) -> tuple[str | None, str]:
        """Return the condition of a value, None if all meet it, and the expression of what `outcome` makes of it."""
        raw = self.raw
        if self.words is not None:
            return "false", raw
        is_time = self.kind.is_number and self.reader is not None and self.reader.convert(0) != 0
        if self.reader is not None and (self.kind.is_text or is_time):
            return self.reader.in_sql(raw)
        plain_value = self.kind.plain_value
        plain = self.kind.plain(raw) if plain_value is None else plain_value(quoted(self.stored))
        return plain, self.kind.text(raw)

    @property
    def is_odd(self) -> str | None:
        """The condition that SQL does not read a value; None where it reads all."""
        condition, _ = self.in_sql()
        return None if condition is None else f"{self.raw} IS NOT NULL AND NOT ({condition})"

    def outcome(self, raw: str) -> Outcome:
        """Return what becomes of a raw text, as `CanonicalRows` and `as_text` have it of a single row."""
        value = self.kind.value(raw)
        at_place = False
        if self.reader is not None and value != "":
            try:
                value = self.reader.convert(value)
            except OtherDialect as error:
                return Outcome(refusal=str(error))
            at_place = isinstance(value, Unreadable)
        value = cell_value(value)
        if self.words is not None:
            value = self.words.read(value)
        if isinstance(value, Unreadable):
            return Outcome(unreadable=value.reason, at_place=at_place)
        return Outcome(as_text(value))


Stored = Mapping[str, tuple[str, ValueKind]]
"""By the name that the source has for it, the name and the kind of a column of a relation."""


def set_columns(mapping: RowMapping, dialect: Dialect | None, table: Table, stored: Stored) -> Iterator[SetColumn]:
    """Yield the columns of a record table whose origins are stored."""
    origins = mapping.origins(table.name)
    for column in table.columns:
        origin = origins.get(column.name)
        if origin is not None and origin in stored:
            words = mapping.values.get(column.name)
            yield SetColumn(
                column.name,
                origin,
                *stored[origin],
                None if dialect is None else dialect.reader(column.type),
                None if words is None else Words(words, table, column.name),
            )


def constant_outcomes(mapping: RowMapping, table: Table) -> Mapping[str, Outcome]:
    """Return what becomes of the constants of a table, by column."""
    return {name: _constant(text, mapping, table, name) for name, text in mapping.constants.items()}


def _constant(text: str, mapping: RowMapping, table: Table, name: str) -> Outcome:
    read: Callable[[object], object] = Words(mapping.values[name], table, name).read if name in mapping.values else str
    value = read(text)
    return Outcome(unreadable=value.reason) if isinstance(value, Unreadable) else Outcome(as_text(value))
