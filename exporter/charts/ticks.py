"""The marks on the axes of a chart: round amounts of a unit, and days, months or years of a calendar."""

from __future__ import annotations

import math
from datetime import datetime, time
from zoneinfo import ZoneInfo

from exporter.quantities.units import Unit

_SPANS = (1, 5, 15, 30, 60, 300, 900, 1800, 3600, 7200, 14400, 28800, 43200, 86400, 172800, 604800, 1209600, 2592000)
_DAYS = (1, 2, 7, 14)
_MONTHS = (1, 2, 3, 6, 12)


def amounts(low: float, high: float, unit: Unit, most: int = 6) -> list[float]:
    """Return round amounts; the first is at or below `low`, the last at or above `high`."""
    if low == high:
        low, high = low - (abs(low) or 1) / 2, high + (abs(high) or 1) / 2
    step = _step((high - low) / (most - 1), unit)
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    return [round(place * step, 10) for place in range(first, last + 1)]


def _step(rough: float, unit: Unit) -> float:
    if unit.is_duration and 1 <= rough <= _SPANS[-1]:
        return next(span for span in _SPANS if span >= rough)
    power = 10.0 ** math.floor(math.log10(rough))
    return next(factor * power for factor in (1, 2, 2.5, 5, 10) if factor * power >= rough * (1 - 1e-9))


def moments(first: datetime, last: datetime, zone: ZoneInfo, most: int = 8) -> list[tuple[datetime, str]]:
    """Return beginnings of days or months in the range, each with its name: `5 Oct`, `Oct`, `2026` for a January."""
    days = (last - first).days
    for step in _DAYS:
        if days / step <= most:
            return _days(first, last, zone, step)
    step = next((each for each in _MONTHS if days / 30.4 / each <= most), 12 * math.ceil(days / 365 / most))
    return _months(first, last, zone, step)


def _days(first: datetime, last: datetime, zone: ZoneInfo, step: int) -> list[tuple[datetime, str]]:
    # Weeks begin on Mondays, which is what the ordinal of a day is counted from.
    ordinals = range(first.astimezone(zone).toordinal(), last.astimezone(zone).toordinal() + 1)
    days = [datetime.fromordinal(day).date() for day in ordinals if day % step == 1 % step]
    midnights = [datetime.combine(day, time(), zone) for day in days]
    return [(at, f"{at:%-d %b}") for at in midnights if first <= at <= last]


def _months(first: datetime, last: datetime, zone: ZoneInfo, step: int) -> list[tuple[datetime, str]]:
    begins, ends = (at.astimezone(zone).year * 12 + at.astimezone(zone).month - 1 for at in (first, last))
    places = [place for place in range(begins, ends + 1) if place % step == 0]
    firsts = [datetime(place // 12, place % 12 + 1, 1, tzinfo=zone) for place in places]
    return [(at, f"{at:%Y}" if at.month == 1 else f"{at:%b}") for at in firsts if first <= at <= last]
