"""Tables: rows of numbers, instants and texts, which templates render and `to_csv` writes."""

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
"""The beginnings of a text that a spreadsheet would compute as a formula."""


@dataclass(frozen=True)
class Amount:
    """A number in a unit."""

    value: float
    unit: Unit

    def __str__(self) -> str:
        return display.amount(self.value, self.unit)


@dataclass(frozen=True)
class Link:
    """A text with the address to which it links."""

    text: str
    href: str

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True)
class Age:
    """An instant as its age, with the exact time in the company's time zone."""

    at: datetime
    text: str
    exact: str

    def __str__(self) -> str:
        return self.text


Cell = Amount | Link | Age | DisplayStatus | int | str | None
"""None is a cell without content."""


@dataclass(frozen=True)
class TableView:
    """Rows under headings.

    `csv` is the address of the rows as a file. A page shows the first `limit` rows (None for all), calls them the
    `foremost` ones, and says `rest` about the others. It shows the first `grouped` columns once where rows repeat them.
    """

    caption: str
    columns: Sequence[str]
    rows: Sequence[Sequence[Cell]]
    csv: str = ""
    limit: int | None = None
    foremost: str = "latest"
    rest: str = ""
    grouped: int = 0
    empty: str = "Nothing to show."

    @property
    def visible(self) -> Sequence[Sequence[Cell]]:
        """The rows that a page shows."""
        return self.rows[: self.limit]

    def repeats(self, place: int) -> bool:
        """Return whether the row repeats the grouped columns of the row before."""
        before = self.rows[place - 1][: self.grouped] if place else None
        return bool(self.grouped) and before == self.rows[place][: self.grouped]

    @cached_property
    def numeric(self) -> Sequence[bool]:
        """Whether each column has numbers only, which are aligned right."""
        columns = [[row[place] for row in self.rows] for place in range(len(self.columns))]
        return [
            any(isinstance(cell, Amount | int) for cell in cells)
            and all(cell is None or isinstance(cell, Amount | int) for cell in cells)
            for cells in columns
        ]


def to_csv(table: TableView) -> str:
    """Return the table as CSV (RFC 4180): units in the headings, times in UTC, numbers as published.

    A column whose amounts have several units is followed by a column of units.
    """
    out = StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    several = [_several_units(table, place) for place in range(len(table.columns))]
    writer.writerow(text for place in range(len(table.columns)) for text in _headings(table, place, several[place]))
    for row in table.rows:
        writer.writerow(text for place, cell in enumerate(row) for text in _written(cell, several[place]))
    return out.getvalue()


def _units(table: TableView, place: int) -> set[str]:
    return {cell.unit.text for row in table.rows if isinstance(cell := row[place], Amount)}


def _several_units(table: TableView, place: int) -> bool:
    return len(_units(table, place)) > 1


def _headings(table: TableView, place: int, several: bool) -> Sequence[str]:
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
        case DisplayStatus():
            text = cell.text
        case int():
            text = str(cell)
        case _:
            text = _safe(str(cell))
    return (text, "") if several else (text,)


def _safe(text: str) -> str:
    """Return the text so that no spreadsheet computes it."""
    return f"'{text}" if text.startswith(_FORMULA) else text
