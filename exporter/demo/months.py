"""The simulated calendar: months counted from the launch, the last complete one before now being the 36th."""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

ZONE = ZoneInfo("Europe/Berlin")
COMPLETE = 36
CURRENT = COMPLETE + 1
HORIZON = CURRENT + 2
"""The last month for which customers are won: what is open now is decided by then."""


@dataclass(frozen=True)
class Months:
    """Month 1 begins on `launch`, the first day of a month."""

    launch: date

    @classmethod
    def until(cls, now: datetime) -> Months:
        """The months of a company whose 37th holds `now`, an instant with an offset."""
        today = now.astimezone(ZONE).date()
        return cls(_shift(today.replace(day=1), -COMPLETE))

    def first(self, month: int) -> date:
        return _shift(self.launch, month - 1)

    def last(self, month: int) -> date:
        return self.first(month + 1) - timedelta(days=1)

    def day(self, month: int, number: int) -> date:
        return self.first(month).replace(day=number)

    def start(self, month: int) -> datetime:
        """The first instant of a month, in UTC."""
        return midnight(self.first(month))

    def at(self, month: int, share: float) -> datetime:
        """The instant when that share of a month, 0 to 1, is over; in whole seconds."""
        start, end = self.start(month), self.start(month + 1)
        return start + timedelta(seconds=int((end - start).total_seconds() * share))


def midnight(on: date) -> datetime:
    """The first instant of a day, in UTC."""
    return datetime.combine(on, time(), ZONE).astimezone(UTC)


def local_day(at: datetime) -> date:
    return at.astimezone(ZONE).date()


def quarter_end(on: date) -> date:
    """The last day of the calendar quarter that holds a day."""
    month = on.month + 2 - (on.month - 1) % 3
    return on.replace(month=month, day=monthrange(on.year, month)[1])


def _shift(first: date, months: int) -> date:
    year, month = divmod(first.year * 12 + first.month - 1 + months, 12)
    return date(year, month + 1, 1)
