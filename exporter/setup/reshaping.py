"""Exports that are no list of facts as they stand: months side by side, sums below, and days counted as Excel does."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from exporter.records.sql import literal, literals
from exporter.records.sql import name as quoted
from exporter.setup.forms import date_formats
from exporter.setup.inspection import Export, ExportColumn, Kind
from exporter.setup.vocabulary import concepts, words

FORMS = ("%Y-%m", "%m/%Y", "%m.%Y", "%b %Y", "%B %Y")
"""The forms of months in headers that DuckDB's `strptime` reads, so that a column added later is read too."""
FEWEST = 3
"""Columns of months at least, before they are taken for such."""

MONTH, AMOUNT = "month", "amount"
"""The names of the two columns into which months side by side are turned."""

_MONTHS = (
    "january januar jaenner janvier enero jan jaen janv ene",
    "february februar fevrier febrero feb fev fevr",
    "march maerz mars marzo mar mrz",
    "april avril abril apr avr abr",
    "may mai mayo",
    "june juni juin junio jun",
    "july juli juillet julio jul juil",
    "august aout agosto aug ago",
    "september septembre septiembre sep sept",
    "october oktober octobre octubre oct okt",
    "november novembre noviembre nov",
    "december dezember decembre diciembre dec dez dic",
)
_NUMBERS = {name: number for number, names in enumerate(_MONTHS, 1) for name in names.split()}
_YEAR = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)")


@dataclass(frozen=True)
class Reshaping:
    """The columns of an export once it is reshaped, and the SELECT over `rows` that does so."""

    columns: tuple[ExportColumn, ...]
    query: str
    reason: str


def reshaping(export: Export) -> Reshaping | None:
    """Return how to make facts of an export's rows; None where they are facts already."""
    return _months(export) or _serial_dates(export)


def _serial_dates(export: Export) -> Reshaping | None:
    """Turn days that are counted from 1899-12-30, as Excel writes them without a format, into dates."""
    serials = [column.name for column in export.columns if column.kind is Kind.SERIAL]
    if not serials:
        return None
    dates = ", ".join(f"DATE '1899-12-30' + CAST({quoted(name)} AS INTEGER) AS {quoted(name)}" for name in serials)
    return Reshaping(
        columns=tuple(
            replace(column, kind=Kind.DATE) if column.kind is Kind.SERIAL else column for column in export.columns
        ),
        query=f"SELECT * REPLACE ({dates})\nFROM rows",
        reason="dates are counted in days, as Excel does",
    )


def _months(export: Export) -> Reshaping | None:
    firsts = dict(_first_days(export))
    if len(firsts) < FEWEST or len(set(firsts.values())) < len(firsts):
        return None
    others = [column for column in export.columns if column.name not in firsts and not _is_total(column.name)]
    unchanged = ", ".join(quoted(column.name) for column in others)
    left_out = [column.name for column in export.columns if column.name not in firsts]
    month, source = _turned(firsts, left_out)
    totals = [
        f"{quoted(column.name)} NOT IN {literals(sums)}"
        for column in others
        if (sums := [word for word in column.words if _is_total(word)])
    ]
    query = f"SELECT {unchanged}, {month} AS {MONTH}, {AMOUNT}\nFROM {source}"
    if totals:
        query += f"\nWHERE {' AND '.join(totals)}"
    examples = tuple(example for name in firsts for example in export.column(name).examples)[:3]
    made = (
        ExportColumn(MONTH, Kind.DATE, tuple(str(first) for first in list(firsts.values())[:3])),
        ExportColumn(AMOUNT, Kind.NUMBER, examples),
    )
    facts = [replace(column, words=tuple(word for word in column.words if not _is_total(word))) for column in others]
    return Reshaping((*facts, *made), query, "a column for each month becomes a row for each month")


def _turned(firsts: Mapping[str, date], others: Sequence[str]) -> tuple[str, str]:
    """Return the expression of the month, and the relation with one row for each."""
    excluded = f"COLUMNS(* EXCLUDE ({', '.join(map(quoted, others))}))" if others else "COLUMNS(*)"
    for form in FORMS:
        if all(form in date_formats([name]) for name in firsts):
            unpivot = f"(UNPIVOT rows ON {excluded} INTO NAME {MONTH} VALUE {AMOUNT})"
            return f"CAST(strptime({MONTH}, {literal(form)}) AS DATE)", unpivot
    named = ", ".join(map(quoted, firsts))
    days = ", ".join(f"({literal(name)}, DATE '{first}')" for name, first in firsts.items())
    return (
        "first_day",
        f"(UNPIVOT rows ON {named} INTO NAME header VALUE {AMOUNT})\nJOIN (VALUES {days}) AS months(header, first_day) "
        "USING (header)",
    )


def _first_days(export: Export) -> Iterator[tuple[str, date]]:
    """Yield the columns of numbers that are named after a month, with its first day."""
    years = set(_YEAR.findall(f"{export.path.stem} {export.options.get('sheet', '')}"))
    year = int(years.pop()) if len(years) == 1 else None
    for column in export.columns:
        if column.kind in (Kind.NUMBER, Kind.EMPTY) and (first := _month(column.name, year)) is not None:
            yield column.name, first


def _month(name: str, year: int | None) -> date | None:
    """Return the first day of the month that a header names; a month without a year is one of `year`."""
    for form in (*FORMS, None):
        if instants := date_formats([name]).get(form):
            return instants[0].date().replace(day=1)
    named = [_NUMBERS[word] for word in words(name) if word in _NUMBERS]
    digits = re.findall(r"\d+", name)
    if len(named) != 1 or len(words(name)) != 1 or len(digits) > 1:
        return None
    if digits:
        year = int(digits[0]) if len(digits[0]) == 4 else 2000 + int(digits[0]) if len(digits[0]) == 2 else None
    return None if year is None else date(year, named[0], 1)


def _is_total(text: str) -> bool:
    return "total" in concepts(text)
