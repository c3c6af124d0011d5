"""Instants as people write them, in the time zone of their company."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

_ZONE = re.compile(r"[A-Za-z0-9_+-]{1,32}(/[A-Za-z0-9_+-]{1,32}){0,2}")
"""The form of every name of the IANA; others are no matter for the library, which imports a package for each part."""


def parse_zone(name: str) -> ZoneInfo:
    """Return the time zone of a name; `ValueError` says what to write."""
    try:
        if _ZONE.fullmatch(name):
            return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        pass
    raise ValueError(f"{name!r} is not an IANA time zone, such as Europe/Berlin")


def parse_as_of(text: str, zone: ZoneInfo) -> datetime:
    """Parse a date or time into an instant in UTC; without an offset it is in the zone.

    `ValueError` says what to write.
    """
    try:
        at = datetime.fromisoformat(text)
        return (at if at.tzinfo else at.replace(tzinfo=zone)).astimezone(UTC)
    except (ValueError, OverflowError):
        message = f"{text!r} is not a date or time; write 2026-03-31 or 2026-03-31T12:00:00Z"
        raise ValueError(message) from None


def parse_known_at(text: str, zone: ZoneInfo, now: datetime) -> datetime:
    """Parse the instant up to which records are known: a day means its end, and today means now."""
    at = parse_as_of(text, zone)
    try:
        last = datetime.combine(date.fromisoformat(text), time.max, zone).astimezone(UTC)
    except (ValueError, OverflowError):  # a time, or the end of all time
        return at
    return min(last, now) if at <= now else last
