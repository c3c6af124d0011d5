"""Tables: rows of numbers, moments and texts that a template shows to people and that are written as CSV."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from io import StringIO

from exporter.kpis.display_status import DisplayStatus
from exporter.quantities import display
from exporter.quantities.units import Unit

_FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""What makes a spreadsheet compute a text instead of showing it."""


@dataclass(frozen=True)
class Amount:
    """A number in a unit."""

    value: float
    unit: Unit

    def __str__(self) -> str:
        return display.amount(self.value, self.unit)


@dataclass(frozen=True)
class Link:
    """A text that leads somewhere."""

    text: str
    href: str

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True)
class Age:
    """A moment that people are told of by its age and the company's clock."""

    at: datetime
    text: str
    exact: str

    def __str__(self) -> str:
        return self.text


Cell = Amount | Link | Age | DisplayStatus | int | str | None
"""None is what there is nothing to say about."""


@dataclass(frozen=True)
class Table:
    """`columns` are the headings for people; `units` are those of a column in which all amounts have the same.

    `csv` is where the rows are to be had as a file; `shown` is how many rows people see, None for all: the `foremost`
    ones, and of the others `rest`. Of the first `grouped` columns they see what repeats in the next row only once.
    """

    caption: str
    columns: Sequence[str]
    rows: Sequence[Sequence[Cell]]
    csv: str = ""
    shown: int | None = None
    foremost: str = "latest"
    rest: str = ""
    grouped: int = 0
    empty: str = "Nothing to show."

    @property
    def visible(self) -> Sequence[Sequence[Cell]]:
        return self.rows[: self.shown]

    def repeats(self, place: int) -> bool:
        """Whether the row says the same in its grouped columns as the row before."""
        before = self.rows[place - 1][: self.grouped] if place else None
        return bool(self.grouped) and before == self.rows[place][: self.grouped]

    @cached_property
    def numeric(self) -> Sequence[bool]:
        """Per column whether it has numbers only, which are set flush right."""
        columns = [[row[place] for row in self.rows] for place in range(len(self.columns))]
        return [
            any(isinstance(cell, Amount | int) for cell in cells)
            and all(cell is None or isinstance(cell, Amount | int) for cell in cells)
            for cells in columns
        ]


def to_csv(table: Table) -> str:
    """As RFC 4180 wants it: units in the headings, moments in UTC, numbers as they are published.

    Where amounts of one column have several units, a column of units follows it.
    """
    out = StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    several = [_several_units(table, place) for place in range(len(table.columns))]
    writer.writerow(text for place in range(len(table.columns)) for text in _headings(table, place, several[place]))
    for row in table.rows:
        writer.writerow(text for place, cell in enumerate(row) for text in _written(cell, several[place]))
    return out.getvalue()


def _units(table: Table, place: int) -> set[str]:
    return {cell.unit.text for row in table.rows if isinstance(cell := row[place], Amount)}


def _several_units(table: Table, place: int) -> bool:
    return len(_units(table, place)) > 1


def _headings(table: Table, place: int, several: bool) -> Sequence[str]:
    name = _safe(table.columns[place])
    if several:
        return name, f"{name} unit"
    return tuple(f"{name} [{unit}]" for unit in _units(table, place)) or (name,)


def _written(cell: Cell, several: bool) -> Sequence[str]:
    match cell:
        case Amount(value, unit):
            return (repr(value), unit.text) if several else (repr(value),)
        case Age(at):
            text = at.astimezone(UTC).isoformat()
        case None:
            text = ""
        case int():
            text = str(cell)
        case _:
            text = _safe(str(cell))
    return (text, "") if several else (text,)


def _safe(text: str) -> str:
    """Text that no spreadsheet takes for a formula."""
    return f"'{text}" if text.startswith(_FORMULA) else text
