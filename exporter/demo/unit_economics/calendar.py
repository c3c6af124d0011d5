"""The company's calendar: its records begin 42 complete months before the one that holds now, in UTC."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from exporter.demo.months import Months

COMPLETE = 42
CURRENT = COMPLETE + 1


def months_until(now: datetime) -> Months:
    """Raises `ValueError` for a `now` without an offset."""
    return Months.until(now, COMPLETE, ZoneInfo("UTC"))
