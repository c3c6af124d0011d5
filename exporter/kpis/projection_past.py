"""Past periods of a KPI: how far each had come at every point of its working time, and what it came to."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import groupby, pairwise

from exporter.calendar.windows import Calendar, Period, Window
from exporter.kpis.working_time import EVEN, WorkingTime

MOST = 24
"""Past periods that count, at most: older ones say little about how a KPI moves today."""


@dataclass(frozen=True)
class KpiHistory:
    """Stored values of one KPI over time, the oldest first, with their moments in Unix seconds.

    `value` is that of the last complete period, `to_date` that of the part of the next one that had passed.
    """

    at: Sequence[float]
    value: Sequence[float | None]
    to_date: Sequence[float | None]


@dataclass(frozen=True)
class StoredPeriod:
    """A period that is over: its final value, and its values to date with their moments in Unix seconds."""

    period: Period
    final: float
    at: Sequence[float]
    to_date: Sequence[float]

    @property
    def is_empty(self) -> bool:
        """Whether nothing but 0 is known of it."""
        return not self.final and not any(self.to_date)

    @property
    def grows(self) -> bool:
        """Whether the value to date began at 0 or above and never fell."""
        return all(first <= second for first, second in pairwise((0.0, *self.to_date, self.final)))


@dataclass(frozen=True)
class ComparablePeriod:
    """A period that is over: its final value, and its values to date with the share of its working time till then."""

    period: Period
    final: float
    shares: Sequence[float]
    values: Sequence[float]

    def to_date(self, share: float) -> float | None:
        """Return the value to date at a share of the working time, between the two nearest that are stored."""
        place = bisect_left(self.shares, share)
        if place == 0:
            return self.values[0] if self.shares[0] == share else None
        since, until = self.shares[place - 1], self.shares[place]
        before, after = self.values[place - 1], self.values[place]
        return before + (after - before) * (share - since) / (until - since)


@dataclass(frozen=True)
class PastPeriods:
    """The latest complete periods of a KPI, the oldest first, and the working time by which they are compared.

    `grows` says that the value to date never fell in any of them.
    """

    grows: bool
    time: WorkingTime
    periods: Sequence[ComparablePeriod]


def stored_periods(history: KpiHistory, window: Window, calendar: Calendar) -> Sequence[StoredPeriod]:
    """Return the complete periods whose final value is known, the oldest first, for a KPI of a calendar window.

    What lies before the first value other than 0 was before the launch; the period with that value is left out too,
    since it began late.
    """
    periods = list(_complete(history, window, calendar))
    first = next((place for place, each in enumerate(periods) if not each.is_empty), len(periods))
    return periods[first + 1 :]


def past_periods(stored: Sequence[StoredPeriod], calendar: Calendar) -> PastPeriods:
    """Make the latest of these periods comparable."""
    latest = stored[-MOST:]
    grows = all(each.grows for each in latest)
    time = WorkingTime.of(_increments(latest), calendar) if grows else WorkingTime(EVEN, calendar)
    return PastPeriods(grows, time, [_comparable(each, time, begins_at_zero=grows) for each in latest])


def _complete(history: KpiHistory, window: Window, calendar: Calendar) -> Iterator[StoredPeriod]:
    running = window.running
    if running is None:
        raise ValueError(f"the window {window.text} has no periods that end")
    moments = [datetime.fromtimestamp(at, UTC) for at in history.at]
    by_start = groupby(range(len(moments)), key=lambda place: running.period(moments[place], calendar).starts)
    for (starts, places), (ends, following) in pairwise((starts, list(places)) for starts, places in by_start):
        period = running.whole(Period(starts, starts), calendar)
        final = next((value for place in following if (value := history.value[place]) is not None), None)
        if final is not None and period.ends == ends:
            partials = [(history.at[each], value) for each in places if (value := history.to_date[each]) is not None]
            yield StoredPeriod(period, final, [at for at, _ in partials], [value for _, value in partials])


def _increments(periods: Sequence[StoredPeriod]) -> Iterator[tuple[float, float, float]]:
    """Yield from when to when, in Unix seconds, a KPI grew by how much."""
    for each in periods:
        points = [(each.period.starts.timestamp(), 0.0), *zip(each.at, each.to_date, strict=True)]
        for (since, before), (until, after) in pairwise(points):
            yield since, until, after - before


def _comparable(stored: StoredPeriod, time: WorkingTime, *, begins_at_zero: bool) -> ComparablePeriod:
    points = {0.0: 0.0} if begins_at_zero else {}
    points |= zip(time.shares(stored.period, stored.at), stored.to_date, strict=True)
    points[1.0] = stored.final
    return ComparablePeriod(stored.period, stored.final, list(points), list(points.values()))
