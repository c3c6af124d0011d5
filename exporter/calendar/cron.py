"""Reads cron lines as Debian's cron does: cronsim finds the times, the sentences about mistakes are ours."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from cronsim import CronSim, CronSimError

_FIELDS = (
    ("a minute", 60, "0 to 59"),
    ("an hour", 24, "0 to 23"),
    ("a day of the month", 31, "1 to 31, or L for the last"),
    ("a month", 12, "jan to dec, or 1 to 12"),
    ("a day of the week", 7, "sun to sat, or 0 to 7"),
)
"""The name of a value of each field, how many values it has, and what may be written."""

_DAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
_NUMBERS = {**{day: number for number, day in enumerate(_DAYS)}, **{str(number): number for number in range(8)}}
_RANGE = re.compile(r"(\w+)-(\w+)(?:/([1-9]\d*))?")
_STEP = re.compile(r".*/(\d+)")
_SOME_DAY = datetime(2000, 1, 1, tzinfo=UTC)


class Cron:
    """A cron line. `ValueError` says what is wrong in it, and what to write instead."""

    def __init__(self, line: str) -> None:
        fields = line.split()
        if len(fields) != len(_FIELDS):
            raise ValueError(
                f"cron {line!r} has {len(fields)} fields; write five: minute, hour, day of the month, month, "
                "day of the week, such as 0 6 * * mon-fri"
            )
        fields[4] = ",".join(_ascending(days) for days in fields[4].split(","))
        for position, field in enumerate(fields):
            for part in field.split(","):
                if fault := _fault(part, position):
                    raise ValueError(f"cron {line!r} cannot be read: {fault}")
        self._line = " ".join(fields)
        try:
            next(CronSim(self._line, _SOME_DAY))
        except (CronSimError, StopIteration):
            raise ValueError(f"cron {line!r} names a day that does not exist") from None

    def after(self, instant: datetime, zone: ZoneInfo) -> datetime:
        """Return the first time later than an instant at which the clocks of a zone show what the line says, in UTC.

        Where clocks change, as in Debian's cron: a line with a `*` at the start of its minute or hour goes by what
        clocks show, so it has no time in the hour that spring leaves out and each time twice in the hour that autumn
        repeats. Any other line runs once: right after the hour that is left out, and the first time in the hour that
        is repeated.
        """
        fires = (fire.astimezone(UTC) for fire in CronSim(self._line, instant.astimezone(zone)))
        # In the second pass of a repeated hour, cronsim begins with times of the first.
        return next(fire for fire in fires if fire > instant)


def _fault(part: str, position: int) -> str | None:
    """Return what is wrong with a field, or with one entry of its list; None if nothing is."""
    name, values, forms = _FIELDS[position]
    fields = ["*"] * len(_FIELDS)
    fields[position] = part
    try:
        CronSim(" ".join(fields), _SOME_DAY)
    except CronSimError:
        return f"{part!r} is not {name}; write {forms}"
    step = _STEP.fullmatch(part)
    if step and int(step[1]) > values:
        return f"the step of {part!r} is larger than {values}; for an interval, write every in place of cron"
    return None


def _ascending(days: str) -> str:
    """Return the days of a range over the end of the week, such as `sat-mon`, one by one; other texts as they are."""
    match = _RANGE.fullmatch(days.lower())
    first, last = (_NUMBERS.get(day) for day in match.groups()[:2]) if match else (None, None)
    if match is None or first is None or last is None or first <= last:
        return days
    return ",".join(str(day % 7) for day in range(first, last + 8, int(match[3] or 1)))
