"""The model of a record table: columns with a type and a meaning, a key, and the checks that a row must pass."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

HISTORY = Decimal(20)
"""Percent of the rows of a table of events that one poll may remove: events do not vanish."""

PRESENT = Decimal(50)
"""Percent of the rows of a list of present things that one poll may remove: many may go at once."""


class Type(StrEnum):
    """The DuckDB type of a column. Instants are stored in UTC; a date is a day in the company's time zone."""

    TEXT = "VARCHAR"
    INTEGER = "BIGINT"
    DECIMAL = "DECIMAL(28,8)"
    BOOLEAN = "BOOLEAN"
    INSTANT = "TIMESTAMPTZ"
    DATE = "DATE"


class CurrencyCode(StrEnum):
    """The ISO 4217 codes that a column may hold: the reporting currency, or any."""

    REPORTING = "reporting"
    ANY = "any"


@dataclass(frozen=True)
class Column:
    """One column. `one_of` closes the set of values; `default` stands in for a missing one.

    `money` marks currency codes. `open_ended` marks a time that may never come: what systems write for never
    (`infinity`, a day of the year 9999, `0000-00-00`) is read as none.
    """

    name: str
    type: Type
    doc: str
    required: bool = False
    one_of: tuple[str, ...] = ()
    default: str | None = None
    money: CurrencyCode | None = None
    open_ended: bool = False


@dataclass(frozen=True)
class Check:
    """A condition, in SQL over the typed columns, that a good row meets; NULL counts as met."""

    sql: str
    otherwise: str


@dataclass(frozen=True)
class Table:
    """A canonical table. `key` names the columns that identify a row within one company and source.

    A `versioned` table stores superseded versions with the time over which they were believed. `may_shrink` is the
    percentage of its rows that a snapshot may remove before it is held back.
    """

    name: str
    doc: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    checks: tuple[Check, ...] = ()
    versioned: bool = False
    may_shrink: Decimal = HISTORY

    @property
    def sampled(self) -> bool:
        """Whether its key has a time, so that a source which reports the present delivers new keys at each poll."""
        return any(column.type in (Type.INSTANT, Type.DATE) for column in self.columns if column.name in self.key)

    def column(self, name: str) -> Column | None:
        """Return the column of that name, None if there is none."""
        return next((column for column in self.columns if column.name == name), None)

    def requires(self, column: Column) -> bool:
        """Return whether a row without a value in this column is bad."""
        return (column.required or column.name in self.key) and column.default is None

    @property
    def column_names(self) -> tuple[str, ...]:
        """The names of its columns, in their order."""
        return tuple(column.name for column in self.columns)
