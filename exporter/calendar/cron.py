"""Cron lines as crontab reads them: Sunday is 0 and 7, and two restricted day fields mean either."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from apscheduler.triggers.cron import CronTrigger

_DAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
_PART = re.compile(r"(?P<first>\*|\w+)(?:-(?P<last>\w+))?(?:/(?P<step>[1-9]\d*))?")


class Cron:
    """Minute, hour, day of the month, month, day of the week. `ValueError` says what is wrong."""

    def __init__(self, line: str) -> None:
        fields = line.split()
        if len(fields) != 5:
            raise ValueError(
                f"cron {line!r} has {len(fields)} fields; write five: minute, hour, day of the month, month, "
                "day of the week, such as 0 6 * * mon-fri"
            )
        minute, hour, day, month, weekday = fields
        try:
            weekdays = _weekdays(weekday)
            either = not day.startswith("*") and not weekday.startswith("*")
            days = [(day, "*"), ("*", weekdays)] if either else [(day, weekdays)]
            self._triggers = [
                CronTrigger(
                    minute=minute,
                    hour=hour,
                    day=day,
                    month=month,
                    day_of_week=weekdays,
                    second=0,
                    timezone=UTC,
                )
                for day, weekdays in days
            ]
        except ValueError as error:
            raise ValueError(f"cron {line!r} cannot be read: {error}") from None
        if self._next(datetime(2000, 1, 1)) is None:  # noqa: DTZ001 - what clocks show, in no zone
            raise ValueError(f"cron {line!r} names a day that does not exist")

    def after(self, wall: datetime) -> datetime:
        """The first time later than `wall` that the line says, both as clocks show it, without a zone."""
        found = self._next(wall)
        assert found is not None
        return found

    def _next(self, wall: datetime) -> datetime | None:
        # UTC stands in for no zone: CronTrigger in a zone stays within the hour that autumn repeats for ever.
        start = wall.replace(tzinfo=UTC) + timedelta(microseconds=1)
        times = [trigger.get_next_fire_time(None, start) for trigger in self._triggers]
        return min((time.replace(tzinfo=None) for time in times if time is not None), default=None)


def _weekdays(field: str) -> str:
    """A day-of-week field in names, since CronTrigger counts from Monday and cron from Sunday."""
    days = {day for part in field.split(",") for day in _part(part)}
    return "*" if len(days) == len(_DAYS) else ",".join(_DAYS[day] for day in sorted(days))


def _part(part: str) -> list[int]:
    match = _PART.fullmatch(part.lower())
    if not match:
        raise ValueError(f"{part!r} is not a day of the week")
    step = int(match["step"] or 1)
    if match["first"] == "*":
        first, last = 0, 6
    else:
        first = _day(match["first"])
        last = _day(match["last"]) if match["last"] else 6 if match["step"] else first
    if last < first:  # such as sat-sun or fri-mon
        last += len(_DAYS)
    return [day % len(_DAYS) for day in range(first, last + 1, step)]


def _day(text: str) -> int:
    if text in _DAYS:
        return _DAYS.index(text)
    if text in {"0", "1", "2", "3", "4", "5", "6", "7"}:
        return int(text)
    raise ValueError(f"{text!r} is not a day of the week; write sun to sat, or 0 to 7")
