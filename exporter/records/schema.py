"""What a record table is: columns with a type, a unit and a meaning, a key, and the checks a row must pass."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

HISTORY = Decimal(20)
"""Percent of the rows of what happened that one poll may take away: what happened does not vanish."""

PRESENT = Decimal(50)
"""The same of a list of what there is now, from which much may go at once."""


class Type(StrEnum):
    """The DuckDB type of a column. Instants are stored in UTC; a date is a day in the company's time zone."""

    TEXT = "VARCHAR"
    INTEGER = "BIGINT"
    DECIMAL = "DECIMAL(28,8)"
    BOOLEAN = "BOOLEAN"
    INSTANT = "TIMESTAMPTZ"
    DATE = "DATE"


class Money(StrEnum):
    """Which ISO 4217 codes a column may hold: that of the company's reports, or any."""

    REPORTING = "reporting"
    ANY = "any"


@dataclass(frozen=True)
class Column:
    """One column. `one_of` closes the set of values; `default` stands in for a missing one.

    `money` says that it holds codes of currencies, and which. `open_ended` says of a time that it may never come, so
    that what systems write for never (`infinity`, a day of the year 9999, `0000-00-00`) is read as none.
    """

    name: str
    type: Type
    doc: str
    required: bool = False
    one_of: tuple[str, ...] = ()
    default: str | None = None
    money: Money | None = None
    open_ended: bool = False


@dataclass(frozen=True)
class Check:
    """A condition, in SQL over the typed columns, that a good row meets; NULL counts as met."""

    sql: str
    otherwise: str


@dataclass(frozen=True)
class Table:
    """A canonical table. `key` names the columns that identify a row within one company and source.

    Of a `versioned` table, versions that were replaced or removed are kept with the time over which they were believed.
    `may_shrink` is the percentage of its rows that a poll may take away before it is held back.
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
        """Whether its rows are of moments, so that a source that tells of the present gives new keys each time."""
        return any(column.type in (Type.INSTANT, Type.DATE) for column in self.columns if column.name in self.key)

    def column(self, name: str) -> Column | None:
        return next((column for column in self.columns if column.name == name), None)

    def requires(self, column: Column) -> bool:
        """Whether a row without a value in this column is bad."""
        return (column.required or column.name in self.key) and column.default is None

    @property
    def column_names(self) -> tuple[str, ...]:
        return tuple(column.name for column in self.columns)
