"""A company's calendar: months counted from its launch, in its own time zone."""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo


@dataclass(frozen=True)
class Months:
    """Month 1 begins on `launch`, the first day of a month."""

    launch: date
    zone: ZoneInfo

    @classmethod
    def until(cls, now: datetime, complete: int, zone: ZoneInfo) -> Months:
        """The months of a company that has so many complete ones before the month that holds `now`.

        Raises `ValueError` for a `now` without an offset.
        """
        if now.tzinfo is None:
            raise ValueError("now needs an offset; write datetime.now(UTC)")
        return cls(_shift(now.astimezone(zone).date().replace(day=1), -complete), zone)

    def first(self, month: int) -> date:
        return _shift(self.launch, month - 1)

    def last(self, month: int) -> date:
        return self.first(month + 1) - timedelta(days=1)

    def day(self, month: int, number: int) -> date:
        return self.first(month).replace(day=number)

    def start(self, month: int) -> datetime:
        """The first instant of a month, in UTC."""
        return self.midnight(self.first(month))

    def at(self, month: int, share: float) -> datetime:
        """The instant when that share of a month, 0 to 1, is over; in whole seconds."""
        start, end = self.start(month), self.start(month + 1)
        return start + timedelta(seconds=int((end - start).total_seconds() * share))

    def midnight(self, on: date) -> datetime:
        """The first instant of a day, in UTC."""
        return instant(on, self.zone)

    def local_day(self, at: datetime) -> date:
        """The day that holds an instant."""
        return at.astimezone(self.zone).date()


def instant(on: date, zone: ZoneInfo) -> datetime:
    """The first instant of a day in that zone, in UTC."""
    return datetime.combine(on, time(), zone).astimezone(UTC)


def quarter_end(on: date) -> date:
    """The last day of the calendar quarter that holds a day."""
    month = on.month + 2 - (on.month - 1) % 3
    return on.replace(month=month, day=monthrange(on.year, month)[1])


def _shift(first: date, months: int) -> date:
    year, month = divmod(first.year * 12 + first.month - 1 + months, 12)
    return date(year, month + 1, 1)
