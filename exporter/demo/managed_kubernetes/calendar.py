"""The simulated calendar: months counted from the launch, the last complete one before now being the 36th."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

from exporter.demo.months import Months, instant

ZONE = ZoneInfo("Europe/Berlin")
COMPLETE = 36
CURRENT = COMPLETE + 1
HORIZON = CURRENT + 2
"""The last month for which customers are won: what is open now is decided by then."""


def months_until(now: datetime) -> Months:
    """The months of a company whose 37th holds `now`, an instant with an offset."""
    return Months.until(now, COMPLETE, ZONE)


def midnight(on: date) -> datetime:
    """The first instant of a day, in UTC."""
    return instant(on, ZONE)


def local_day(at: datetime) -> date:
    return at.astimezone(ZONE).date()
