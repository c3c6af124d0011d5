"""Reads the dates and instants of files: in the format that the catalogue gives, else as ISO 8601."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from functools import lru_cache

from exporter.records.batch import Unreadable
from exporter.sources.number_formats import MAX_QUOTED

_MICROSECONDS = {"epoch": 1_000_000, "epoch_ms": 1_000}
_SECONDS_BELOW = 10**11
"""Seconds reach this in the year 5138, milliseconds did in 1973."""
_BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)
_PROBE = datetime(2031, 11, 23, 13, 45, 59, tzinfo=UTC)
_EXAMPLE = 'such as "%d.%m.%Y" or "%m/%d/%Y %H:%M"'
_DIGITS = re.compile(r"[0-9]+(?:\.[0-9]+)?")
_NEVER = re.compile(r"[0./: T-]*0[0./: TZ-]*|\+?[Ii]nfinity")
"""What systems write for a time that never comes, in any format."""
_NUMBERS = re.compile(r"([0-9]{1,4})([./-])([0-9]{1,2})\2([0-9]{1,4})(?:[ T,].*)?")
_NAMED = re.compile(r"(?:[0-9]{1,2}[. -]+[^\W\d_]{3,9}|[^\W\d_]{3,9}\.? [0-9]{1,2}).*[0-9]{2,4}.*")


def check_date_format(form: str) -> str:
    """Return the format if dates written in it can be read back.

    Raises:
        ValueError: If it cannot be read, or lacks a part of the date; the message says which.
    """
    if form in _MICROSECONDS:
        return form
    try:
        back = datetime.strptime(_PROBE.strftime(form), form)  # noqa: DTZ007 - the form may have no time zone
    except ValueError:
        raise ValueError(
            f"is not a form of strptime that can be read; write epoch, epoch_ms or a form {_EXAMPLE}"
        ) from None
    if (missing := "year" if back.year != _PROBE.year else "month" if back.month != _PROBE.month else "") != "":
        raise ValueError(f"has no {missing}; write epoch, epoch_ms or a form of strptime {_EXAMPLE}")
    if back.hour not in (0, _PROBE.hour):
        raise ValueError("has an hour of 12 and nothing that tells morning from afternoon; add %p, or write %H")
    if re.search(r"%(S|f)Z", form):
        raise ValueError(
            "takes Z for a letter, and the time for that of the source's time zone; write %z, which reads Z too"
        )
    return form


def read_date(value: object, form: str | None) -> object:
    """Read a value of a column of dates or instants.

    Args:
        value: The value as the file has it.
        form: The catalogue's `date_format`; None for ISO 8601, which the record store reads itself.
    """
    if form in _MICROSECONDS and isinstance(value, str | int | float | Decimal):
        return _since_epoch(value, form)
    if not isinstance(value, str):
        return value
    if not (text := value.strip()):
        return None
    if form is not None:
        return _in_form(text, form)
    if text[4:5] == "-" and text[:4].isdigit():
        return text  # as most are
    if (option := _suggestion(text)) is not None:
        return Unreadable(f'"{text[:MAX_QUOTED]}" is not written as 2026-01-31; write {option}')
    return text


def date_in_sql(text: str, form: str | None) -> tuple[str, str]:
    """Return, in SQL, a condition on a text and an expression, which `as_text` of what `read_date` returns equals."""
    if form is None:
        return f"regexp_full_match({text}, '[0-9]{{4}}-([ -~]*[!-~])?')", text
    if form not in _MICROSECONDS:
        return "false", text
    digits = "[1-9][0-9]{11,13}" if form == "epoch_ms" else "[1-9][0-9]{0,10}"
    micros = f"TRY_CAST({text} AS BIGINT) * {_MICROSECONDS[form]}"
    at = f"make_timestamp({micros})"
    whole, exact = f"strftime({at}, '%Y-%m-%dT%H:%M:%S+00:00')", f"strftime({at}, '%Y-%m-%dT%H:%M:%S.%f+00:00')"
    return (
        f"regexp_full_match({text}, '{digits}')",
        f"CASE WHEN {micros} % 1000000 = 0 THEN {whole} ELSE {exact} END",
    )


def _since_epoch(value: str | float | Decimal, form: str) -> datetime | Unreadable | None:
    text = str(value).strip()
    if not text:
        return None
    try:
        number = Decimal(text)
        if number and (abs(number) < _SECONDS_BELOW) != (form == "epoch"):
            other = "epoch_ms" if form == "epoch" else "epoch"
            return Unreadable(
                f'"{text[:MAX_QUOTED]}" is not a time by `date_format: {form}`; by `date_format: {other}` it may be'
            )
        return _BEGINNING + timedelta(microseconds=int(number * _MICROSECONDS[form]))
    except (InvalidOperation, ValueError, OverflowError):
        return Unreadable(f'"{text[:MAX_QUOTED]}" is not a time by `date_format: {form}`')


@lru_cache(maxsize=4096)  # the days of a file are far fewer than its rows
def _in_form(text: str, form: str) -> date | datetime | str | Unreadable:
    if _NEVER.fullmatch(text):
        return text if text.endswith("y") else "0000-00-00"
    try:
        at = datetime.strptime(text, form)  # noqa: DTZ007 - the zone of the source counts
    except ValueError:
        return Unreadable(f'"{text[:MAX_QUOTED]}" is not in the form of `date_format: "{form}"`')
    return at if re.search(r"%[HIMSfpzZcX]", form.replace("%%", "")) else at.date()


def _suggestion(text: str) -> str | None:
    """Return the option that reads a date which is not in ISO 8601; None where the text does not look like a date."""
    if _DIGITS.fullmatch(text):
        whole = len(text.split(".")[0])
        return {8: '`date_format: "%Y%m%d"`', 10: "`date_format: epoch`", 13: "`date_format: epoch_ms`"}.get(whole)
    if (parts := _NUMBERS.fullmatch(text)) is None:
        return f"`date_format` in the form of strptime, {_EXAMPLE}" if _NAMED.fullmatch(text) else None
    first, sign, second, last = parts.groups()
    if len(first) == 4 and sign == "-":
        return None
    year = "%Y" if 4 in (len(first), len(last)) else "%y"
    orders = {
        f"{year}{sign}%m{sign}%d": len(first) == 4,
        f"%d{sign}%m{sign}{year}": len(first) < 3 and int(second) <= 12,
        f"%m{sign}%d{sign}{year}": len(first) < 3 and int(first) <= 12 and sign != ".",
    }
    forms = " or ".join(f'`date_format: "{form}"`' for form, fits in orders.items() if fits)
    return f"{forms} and the form of its time behind it" if forms and ":" in text else forms or None
