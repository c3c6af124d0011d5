"""Reads instants and days from texts, in SQL: only forms with one meaning, and a remedy for the others."""

from __future__ import annotations

from exporter.records.schema import Type
from exporter.records.sql import literal

_DAY = r"[1-9]\d{3}-\d\d?-\d\d?"
_TIME = r"[T ]\d\d?:\d\d(:\d\d(\.\d+)?)?"
# No abbreviations: IST is the time of India, Israel and Ireland. A zone by its name has a slash.
_OFFSET = r" ?(Z|UTC|GMT|[+-](0\d|1[0-5])(:?[0-5]\d)?)| [A-Z][A-Za-z_]+/[A-Za-z0-9_+/-]+"

_LAST_YEAR = rf"9999-\d\d?-\d\d?({_TIME}({_OFFSET})?)?"
_UNSET = r"0000-00-00([T ][0:.]+Z?)?|0001-01-01([T ]00:00(:00(\.0+)?)?(Z|[+-]00:?00)?)?"
_NEVER = rf"\+?[Ii]nfinity|{_LAST_YEAR}|{_UNSET}"


def never(text: str) -> str:
    """Return the condition that a text is what systems write for a time that never comes.

    PostgreSQL has infinity, MySQL 0000-00-00, Go and .NET the first day of the year 1, and many the end of 9999.
    """
    return f"coalesce(regexp_full_match({text}, {literal(_NEVER)}), false)"


def instant(text: str) -> str:
    """Return the text as an instant, NULL where it is none; without an offset it is in the session's time zone."""
    return f"CASE WHEN {_is(text, rf'{_DAY}({_TIME}({_OFFSET})?)?')} THEN TRY_CAST({_joined(text)} AS TIMESTAMPTZ) END"


def day(text: str, timezone: str) -> str:
    """Return the text as a day, NULL where it is none; an instant, which has an offset, gives its day in `timezone`."""
    in_zone = f"timezone({literal(timezone)}, TRY_CAST({_joined(text)} AS TIMESTAMPTZ))"
    return (
        f"CASE WHEN {_is(text, rf'{_DAY}({_TIME})?')} THEN CAST(TRY_CAST({text} AS TIMESTAMP) AS DATE) "
        f"WHEN {_is(text, rf'{_DAY}{_TIME}({_OFFSET})')} THEN CAST({in_zone} AS DATE) END"
    )


def remedy(text: str, type_: Type) -> str:
    """Return what to write in place of a text that is no instant or day, as the end of a sentence."""
    form = "2026-01-31T08:30:00Z" if type_ is Type.INSTANT else "2026-01-31"
    return (
        f"CASE WHEN {never(text)} THEN '; this column needs one' "
        f"WHEN regexp_full_match({text}, '-?[0-9]{{9,20}}([.][0-9]+)?') THEN "
        "'; to read a number of seconds or milliseconds since 1970, write from_epoch(...) or from_epoch_ms(...) in "
        "JMESPath, to_timestamp(...) in SQL, or `date_format: epoch` for a file' "
        f"ELSE '; write it as {form}' END"
    )


def _is(text: str, form: str) -> str:
    return f"regexp_full_match({text}, {literal(form)}) AND NOT {never(text)}"


def _joined(text: str) -> str:
    """Return the text as DuckDB reads it, which knows no space before the sign of an offset."""
    return rf"regexp_replace({text}, ' ([+-])', '\1')"
