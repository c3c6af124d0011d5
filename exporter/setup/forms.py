"""How the values of a column are written: the forms of numbers and dates that all of them have in common.

The forms are tried with the readers that polls use, so a form that fits here reads the file later. Where two forms
fit and read different values, neither is chosen: nobody knows what `1.234` is by looking at it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation

from exporter.records.batch import Unreadable
from exporter.sources.date_formats import read_date
from exporter.sources.number_formats import Numerals, OtherDialect

NUMERALS = (
    Numerals(),
    Numerals(thousands=","),
    Numerals(decimal=","),
    Numerals(decimal=",", thousands="."),
    Numerals(decimal=",", thousands=" "),
    Numerals(thousands=" "),
    Numerals(thousands="'"),
    Numerals(decimal=",", thousands="'"),
)
"""The signs that numbers are written with, the simplest first."""

DATE_FORMATS = (
    None,
    "%d.%m.%Y",
    "%d/%m/%Y",
    "%m/%d/%Y",
    "%d-%m-%Y",
    "%Y/%m/%d",
    "%Y%m%d",
    "%d.%m.%y",
    "%d/%m/%y",
    "%m/%d/%y",
    "%d.%m.%Y %H:%M",
    "%d.%m.%Y %H:%M:%S",
    "%d/%m/%Y %H:%M",
    "%d/%m/%Y %H:%M:%S",
    "%m/%d/%Y %H:%M",
    "%m/%d/%Y %H:%M:%S",
    "%m/%d/%Y %I:%M %p",
    "%d %b %Y",
    "%b %d, %Y",
    "%d %B %Y",
    "%B %d, %Y",
    "%Y-%m",
    "%m/%Y",
    "%m.%Y",
    "%b %Y",
    "%B %Y",
    "epoch",
    "epoch_ms",
)
"""The forms of dates and times, as `date_format` takes them; None is ISO 8601."""

YEARS = range(1990, 2101)
"""Years that a date of a business may have; they tell 20260131 from an amount."""


@dataclass(frozen=True)
class DateFormat:
    """The form of a file's dates, as the option `date_format` takes it; None is ISO 8601."""

    option: str | None


@dataclass(frozen=True)
class Ambiguous:
    """A value that two forms read differently, with both readings as text."""

    value: str
    readings: tuple[str, str]


def number_forms(values: Sequence[str]) -> Mapping[Numerals, tuple[Decimal, ...]]:
    """Return the numbers that the values are by each form that reads all of them."""
    forms = {form: _numbers(values, form) for form in NUMERALS}
    return {form: numbers for form, numbers in forms.items() if numbers is not None}


def _numbers(values: Sequence[str], form: Numerals) -> tuple[Decimal, ...] | None:
    numbers = []
    for value in values:
        try:
            text = form.read(value)
            number = None if isinstance(text, Unreadable) else Decimal(text)
        except (OtherDialect, InvalidOperation):
            return None
        if number is None or not number.is_finite():
            return None
        numbers.append(number)
    return tuple(numbers)


def common_numerals(columns: Sequence[Sequence[str]]) -> Numerals | Ambiguous | None:
    """Choose the form in which all columns of a file are written; None where no form reads all of them.

    Each column is a sequence of numbers as texts. Integers without any sign fit every form and decide nothing.
    """
    forms: Mapping[Numerals, tuple[Decimal, ...]] = number_forms([value for column in columns for value in column])
    if not forms:
        return None
    chosen, *others = forms
    for other in others:
        for value, one, two in zip(
            (value for column in columns for value in column), forms[chosen], forms[other], strict=True
        ):
            if one != two:
                return Ambiguous(value, (f"{one:f}", f"{two:f}"))
    return chosen


def date_formats(values: Sequence[str]) -> Mapping[str | None, tuple[datetime, ...]]:
    """Return the instants that the values are by each form that reads all of them, without a time zone."""
    forms = {form: _dates(values, form) for form in DATE_FORMATS}
    return {form: dates for form, dates in forms.items() if dates is not None}


def _dates(values: Sequence[str], form: str | None) -> tuple[datetime, ...] | None:
    dates = []
    for value in values:
        instant = _date(value, form)
        if instant is None or instant.year not in YEARS:
            return None
        dates.append(instant)
    return tuple(dates)


def _date(value: str, form: str | None) -> datetime | None:
    read = read_date(value, form)
    if isinstance(read, str):
        try:
            read = datetime.fromisoformat(read)
        except ValueError:
            return None
    if isinstance(read, datetime):
        return read.astimezone(UTC).replace(tzinfo=None) if read.tzinfo else read
    return datetime(read.year, read.month, read.day) if isinstance(read, date) else None  # noqa: DTZ001 - only compared


def common_date_format(columns: Sequence[Sequence[str]]) -> DateFormat | Ambiguous | None:
    """Choose the form in which all columns of dates are written; None where no form reads all of them.

    Two forms that read other days than each other are `Ambiguous`.
    """
    values = [value for column in columns for value in column]
    forms = date_formats(values)
    if not forms:
        return None
    chosen, *others = forms
    for other in others:
        for value, one, two in zip(values, forms[chosen], forms[other], strict=True):
            if one != two:
                return Ambiguous(value, (f"{one:%Y-%m-%d}", f"{two:%Y-%m-%d}"))
    return DateFormat(chosen)
