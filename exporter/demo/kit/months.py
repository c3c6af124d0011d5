"""A company's calendar: months counted from its launch, in its own time zone."""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo


@dataclass(frozen=True)
class Months:
    """Numbers the months of a company: month 1 begins on `launch`, and `complete` months are over."""

    launch: date
    complete: int
    zone: ZoneInfo

    @classmethod
    def until(cls, now: datetime, complete: int, zone: ZoneInfo) -> Months:
        """Return the months, numbered so that `complete` of them lie before the one that holds `now`.

        Raises:
            ValueError: If `now` has no offset.
        """
        if now.tzinfo is None:
            raise ValueError("now needs an offset; write datetime.now(UTC)")
        return cls(_shift(now.astimezone(zone).date().replace(day=1), -complete), complete, zone)

    @property
    def current(self) -> int:
        """The month that is not over yet."""
        return self.complete + 1

    @property
    def numbers(self) -> range:
        """Every month from the launch to the current one."""
        return range(1, self.current + 1)

    def first(self, month: int) -> date:
        """Return the first day of a month."""
        return _shift(self.launch, month - 1)

    def last(self, month: int) -> date:
        """Return the last day of a month."""
        return self.first(month + 1) - timedelta(days=1)

    def day(self, month: int, number: int) -> date:
        """Return a day of a month, 1 for the first."""
        return self.first(month).replace(day=number)

    def days(self, first: int, last: int) -> list[date]:
        """List the days from the first one of a month to the last one of another."""
        start, end = self.first(first), self.first(last + 1)
        return [start + timedelta(days=number) for number in range((end - start).days)]

    def start(self, month: int) -> datetime:
        """Return the first instant of a month, in UTC."""
        return self.midnight(self.first(month))

    def at(self, month: int, share: float) -> datetime:
        """Return the instant when that share of a month, 0 to 1, is over; in whole seconds."""
        start, end = self.start(month), self.start(month + 1)
        return start + timedelta(seconds=int((end - start).total_seconds() * share))

    def instants(self, first: int, every: timedelta) -> list[datetime]:
        """List instants at a fixed distance, from the start of a month to the end of the current one."""
        start, end = self.start(first), self.start(self.current + 1)
        return [start + number * every for number in range(-(-(end - start) // every))]

    def midnight(self, on: date) -> datetime:
        """Return the first instant of a day, in UTC."""
        return datetime.combine(on, time(), self.zone).astimezone(UTC)

    def local_day(self, at: datetime) -> date:
        """Return the day that holds an instant."""
        return at.astimezone(self.zone).date()

    def is_mid_quarter(self, month: int) -> bool:
        """Tell whether a month is the middle one of a calendar quarter."""
        return self.first(month).month % 3 == 2


def quarter_end(on: date) -> date:
    """Return the last day of the calendar quarter that holds a day."""
    month = on.month + 2 - (on.month - 1) % 3
    return on.replace(month=month, day=monthrange(on.year, month)[1])


def _shift(first: date, months: int) -> date:
    year, month = divmod(first.year * 12 + first.month - 1 + months, 12)
    return date(year, month + 1, 1)
