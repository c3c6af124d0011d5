"""Days of the week, hours of the day and days of the month, as people write them: `monday to friday`."""

from __future__ import annotations

import re
from dataclasses import dataclass

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")

_TIME = re.compile(r"([01]\d|2[0-3]):([0-5]\d)|24:00")
_TO = re.compile(r"\s+to\s+")


@dataclass(frozen=True)
class Hours:
    """The same hours on certain days.

    `days` are positions in `WEEKDAYS` in ascending order, times are `HH:MM`.
    """

    days: tuple[int, ...]
    starts: str
    ends: str


def days_of_week(text: str) -> tuple[int, ...]:
    """Parse days such as `monday to friday` or `monday, thursday`; a range may run over the end of the week."""
    days: set[int] = set()
    for part in text.lower().split(","):
        first, *rest = (_weekday(name, text) for name in _TO.split(part.strip(), maxsplit=1))
        last = rest[0] if rest else first
        days.update((first + step) % 7 for step in range((last - first) % 7 + 1))
    return tuple(sorted(days))


def hours_of_day(text: str) -> tuple[str, str]:
    """Parse hours such as `09:00 to 17:00` into start and end; the end may be 24:00."""
    starts, *rest = _TO.split(text.strip(), maxsplit=1)
    if not rest or not _TIME.fullmatch(starts) or not _TIME.fullmatch(rest[0]):
        raise ValueError(f"{text!r} are not hours; write for example 09:00 to 17:00")
    if starts >= rest[0]:
        raise ValueError(f"{text!r} ends before it begins; hours are of one day, until 24:00 at the latest")
    return starts, rest[0]


def hour_from(text: str) -> tuple[str, str]:
    """Parse a time such as `09:00` into the start and end of the hour that begins then."""
    match = _TIME.fullmatch(text.strip())
    if match is None or match[0] > "23:00":
        raise ValueError(f"{text!r} is not a time; write for example 09:00, and 23:00 at the latest")
    return match[0], f"{int(match[1]) + 1:02}:{match[2]}"


def days_of_month(text: str) -> tuple[int, int]:
    """Parse days such as `1 to 3` into the first and the last; a single day is both."""
    numbers = _TO.split(text.strip(), maxsplit=1)
    if not all(re.fullmatch(r"\d{1,2}", number) and 1 <= int(number) <= 31 for number in numbers):
        raise ValueError(f"{text!r} are not days of a month; write for example 1 to 3")
    first, last = int(numbers[0]), int(numbers[-1])
    if first > last:
        raise ValueError(f"{text!r} ends before it begins; the days are of one month")
    return first, last


def _weekday(name: str, text: str) -> int:
    if name not in WEEKDAYS:
        raise ValueError(f"{text!r} are not days of the week; write for example monday to friday, or monday, thursday")
    return WEEKDAYS.index(name)
