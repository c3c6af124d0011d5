"""Windows: the period of time that a KPI covers, in the calendar of the company's time zone."""

from __future__ import annotations

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from functools import lru_cache
from zoneinfo import ZoneInfo

_CALENDAR = {"week": 0, "month": 1, "quarter": 3, "year": 12}
_TRAILING = re.compile(r"trailing ([1-9]\d{0,3})\s*(d|days?|months?)")
_CACHE_SIZE = 4096
"""Results: KPIs share a few windows, and the KPIs of one moment are computed one after the other."""
_TICK = timedelta(microseconds=1)
MONTH_IN_DAYS = Decimal("365.25") / 12

FORMS = "now, week, month, month_to_date, quarter, quarter_to_date, year, trailing 30 days or trailing 12 months"


@dataclass(frozen=True, order=True)
class Period:
    """A half-open interval [starts, ends) between two instants in UTC; for `now` both are the same."""

    starts: datetime
    ends: datetime


@dataclass(frozen=True)
class Calendar:
    """Where a company's days, months and fiscal years begin."""

    zone: ZoneInfo
    fiscal_year_start: int = 1

    def add_months(self, at: datetime, months: int) -> datetime:
        """Return the same local time some months later, or earlier, on the last day where a month is shorter."""
        local = at.astimezone(self.zone)
        index = local.year * 12 + local.month - 1 + months
        year, month = divmod(index, 12)
        day = min(local.day, monthrange(year, month + 1)[1])
        return local.replace(year=year, month=month + 1, day=day).astimezone(UTC)

    def add_days(self, at: datetime, days: int) -> datetime:
        """Return the same local time some days later, or earlier."""
        return (at.astimezone(self.zone) + timedelta(days=days)).astimezone(UTC)

    def floor(self, at: datetime, span: str) -> datetime:
        """Return the start of the week, month, calendar quarter or fiscal year that holds the instant."""
        local = at.astimezone(self.zone)
        midnight = datetime.combine(local.date(), time(), self.zone)
        if span == "week":
            return (midnight - timedelta(days=midnight.weekday())).astimezone(UTC)
        first = {"month": 0, "quarter": 0, "year": self.fiscal_year_start - 1}[span]
        over = (midnight.month - 1 - first) % _CALENDAR[span]
        return self.add_months(midnight.replace(day=1), -over)


@dataclass(frozen=True)
class Window:
    """The stretch of time that a KPI covers, relative to an instant."""

    text: str
    kind: str
    span: str = ""
    length: int = 0

    @lru_cache(maxsize=_CACHE_SIZE)  # noqa: B019 - the windows it keeps are few and small, and as good as their equals
    def period(self, as_of: datetime, calendar: Calendar) -> Period:
        """Return the period that the window covers at an instant."""
        if self.kind == "now":
            return Period(as_of, as_of)
        if self.kind == "trailing":
            return Period(self._back(as_of, calendar), as_of)
        current = calendar.floor(as_of, self.span)
        if self.kind == "to_date":
            return Period(current, as_of)
        # Floored again: where clocks skip midnight, a month begins at one o'clock and the one before it does not.
        return Period(calendar.floor(self._step(current, calendar), self.span), current)

    @lru_cache(maxsize=_CACHE_SIZE)  # noqa: B019 - as for `period`
    def before(self, as_of: datetime, calendar: Calendar) -> datetime:
        """Return the instant at which the same window covers the period before.

        For `now` and the windows to date it is the same moment one month, or one span, earlier.
        """
        if self.kind == "now":
            return calendar.add_months(as_of, -1)
        if self.kind == "trailing":
            return self._back(as_of, calendar)
        return self._step(as_of, calendar)

    @property
    def short(self) -> bool:
        """Whether it is an instant or at most a week back, so that a value may cross a limit to and fro."""
        return self.kind == "now" or (self.kind == "trailing" and self.span == "days" and self.length <= 7)

    @property
    def running(self) -> Window | None:
        """The window of the period that has begun and not ended, up to now; None where it is no calendar window."""
        return Window(f"{self.span}_to_date", "to_date", self.span) if self.kind == "calendar" else None

    def whole(self, period: Period, calendar: Calendar) -> Period:
        """Return the period that one of a window to date is the beginning of."""
        # Floored, and from the day after, for the same reason as in `period`.
        later = calendar.add_days(self._step(period.starts, calendar, 1), 1)
        return Period(period.starts, calendar.floor(later, self.span))

    def months(self, period: Period, calendar: Calendar) -> Decimal:
        """Return the length of one of its periods in months; days count as 365.25 / 12 to a month.

        A period to date has the share of its months that has passed.
        """
        if self.span == "months":
            return Decimal(self.length)
        if self.kind == "calendar" and self.span != "week":
            return Decimal(_CALENDAR[self.span])
        if self.kind == "to_date" and self.span != "week":
            return _CALENDAR[self.span] * elapsed_share(period, self.whole(period, calendar))
        return Decimal((period.ends - period.starts) / timedelta(days=1)) / MONTH_IN_DAYS

    def _back(self, as_of: datetime, calendar: Calendar) -> datetime:
        if self.span == "months":
            return calendar.add_months(as_of, -self.length)
        return calendar.add_days(as_of, -self.length)

    def _step(self, at: datetime, calendar: Calendar, count: int = -1) -> datetime:
        if self.span == "week":
            return calendar.add_days(at, 7 * count)
        return calendar.add_months(at, count * _CALENDAR[self.span])


def elapsed_share(elapsed: Period, whole: Period) -> Decimal:
    """Return the share of a period that has passed, in the time that really passes where clocks are changed."""
    return Decimal((elapsed.ends - elapsed.starts) // _TICK) / ((whole.ends - whole.starts) // _TICK)


def parse(text: str) -> Window:
    """Parse the name of a window; `ValueError` lists the forms."""
    written = " ".join(text.split())
    if written == "now":
        return Window(written, "now")
    if written in _CALENDAR:
        return Window(written, "calendar", written)
    if written.endswith("_to_date") and written.removesuffix("_to_date") in _CALENDAR:
        return Window(written, "to_date", written.removesuffix("_to_date"))
    if match := _TRAILING.fullmatch(written):
        return Window(written, "trailing", "months" if match[2].startswith("m") else "days", int(match[1]))
    raise ValueError(f"{text!r} is not a window; write {FORMS}")
