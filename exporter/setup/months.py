"""Exports with a column for each month: a row is a category, and its amounts stand side by side."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from exporter.records.sql import literal
from exporter.records.sql import name as quoted
from exporter.setup.forms import date_formats
from exporter.setup.inspection import Export, ExportColumn, Kind

FORMS = ("%Y-%m", "%m/%Y", "%m.%Y", "%b %Y", "%B %Y", "%Y-%m-%d", "%d.%m.%Y")
"""The forms of months in headers, as DuckDB's `strptime` and Python's take them."""
FEWEST = 3

MONTH, AMOUNT = "month", "amount"
"""The names of the two columns into which the months are turned."""


@dataclass(frozen=True)
class Months:
    """The columns of an export once each month is a row, and the SELECT over `rows` that makes it so."""

    columns: tuple[ExportColumn, ...]
    query: str


def months(export: Export) -> Months | None:
    """Return how to turn months into rows; None for an export whose columns are no months."""
    names = [column.name for column in export.columns]
    for form in FORMS:
        wide = [name for name in names if form in date_formats([name]) or (form == "%Y-%m-%d" and _is_day(name))]
        if len(wide) >= FEWEST and all(export.column(name).kind in (Kind.NUMBER, Kind.EMPTY) for name in wide):
            return _turned(export, wide, form)
    return None


def _is_day(name: str) -> bool:
    return None in date_formats([name])


def _turned(export: Export, wide: Sequence[str], form: str) -> Months:
    others = [column for column in export.columns if column.name not in wide]
    unchanged = ", ".join(quoted(column.name) for column in others)
    query = (
        f"SELECT {unchanged}, CAST(strptime({MONTH}, {literal(form)}) AS DATE) AS {MONTH}, {AMOUNT}\n"
        f"FROM (UNPIVOT rows ON {', '.join(map(quoted, wide))} INTO NAME {MONTH} VALUE {AMOUNT})"
    )
    examples = tuple(example for name in wide for example in export.column(name).examples)[:3]
    made = (ExportColumn(MONTH, Kind.DATE, tuple(wide[:3])), ExportColumn(AMOUNT, Kind.NUMBER, examples))
    return Months((*others, *made), query)
