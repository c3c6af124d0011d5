"""Replays a KPI's history day by day: what was projected of each period, what warned early, and what came of it."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from exporter.calendar.windows import Calendar, Period, Window
from exporter.kpis.early_signs import FAR, HOLD, NEAR, already_beyond, expected_beyond
from exporter.kpis.projection import LEAST, Projection, project
from exporter.kpis.projection_past import KpiHistory, StoredPeriod, past_periods, stored_periods
from exporter.quantities.comparison import Comparison

POINTS: Mapping[str, float] = {"a third": 1 / 3, "half": 1 / 2, "two thirds": 2 / 3}
"""The points of a period at which its projection is compared with its final value, as shares of its time."""

_ROUNDING = 1e-9


class Sign(StrEnum):
    """What warns before a period is over."""

    BEYOND = "already beyond"
    EXPECTED = "expected"


@dataclass(frozen=True)
class Limit:
    """A level of a threshold, in the KPI's unit; `accumulates` and `whole_numbers` are those of the KPI."""

    severity: str
    comparison: Comparison
    level: float
    accumulates: bool = False
    whole_numbers: bool = False


@dataclass(frozen=True)
class EarlyWarning:
    """The first time in a period at which a sign warned of a limit, and whether the final value crossed it."""

    sign: Sign
    limit: Limit
    at: datetime
    closes: datetime
    right: bool

    @property
    def lead(self) -> timedelta:
        """How long before the close it warned, which is when the alert on the whole period can fire."""
        return self.closes - self.at


@dataclass(frozen=True)
class ReplayedPeriod:
    """One period: whether the band held the final value, by point, what warned, and the limits that it crossed."""

    period: Period
    final: float
    held: Mapping[str, bool]
    warnings: Sequence[EarlyWarning]
    crossed: Sequence[Limit]


Moments = Sequence[tuple[datetime, float, Projection | None]]
"""The moments of a period with the value to date and what was projected."""


def replay(
    history: KpiHistory, window: Window, calendar: Calendar, limits: Sequence[Limit] = ()
) -> Iterator[ReplayedPeriod]:
    """Yield each period that had enough periods before it, by what was known at each of its moments."""
    periods = stored_periods(history, window, calendar)
    for place in range(LEAST, len(periods)):
        current = periods[place]
        moments = _projected(current, periods[:place], calendar)
        yield ReplayedPeriod(
            current.period,
            current.final,
            {name: held for name, share in POINTS.items() if (held := _held(current, share, moments)) is not None},
            [each for limit in limits for each in _warnings(current, limit, moments)],
            [limit for limit in limits if limit.comparison.holds(current.final, limit.level)],
        )


def _projected(current: StoredPeriod, before: Sequence[StoredPeriod], calendar: Calendar) -> Moments:
    past = past_periods(before, calendar)
    moments = []
    for at, value in zip(current.at, current.to_date, strict=True):
        instant = datetime.fromtimestamp(at, UTC)
        elapsed = Period(current.period.starts, instant)
        moments.append((instant, value, project(past, current.period, elapsed, value)))
    return moments


def _held(current: StoredPeriod, share: float, moments: Moments) -> bool | None:
    """Return whether the last projection before a point held the final value; None where there was none."""
    at = current.period.starts + share * (current.period.ends - current.period.starts)
    place = bisect_right(moments, at, key=lambda moment: moment[0]) - 1
    projection = moments[place][2] if place >= 0 else None
    if projection is None:
        return None
    margin = _ROUNDING * max(1.0, abs(current.final))
    return projection.quantiles[NEAR] - margin <= current.final <= projection.quantiles[FAR] + margin


def _warnings(current: StoredPeriod, limit: Limit, moments: Moments) -> Iterator[EarlyWarning]:
    def beyond(value: float, _: Projection | None) -> bool:
        return limit.accumulates and already_beyond(value, limit.comparison, limit.level)

    def expected(_: float, projection: Projection | None) -> bool:
        return projection is not None and expected_beyond(
            projection.quantiles, limit.comparison, limit.level, whole_numbers=limit.whole_numbers
        )

    right = limit.comparison.holds(current.final, limit.level)
    for sign, warns, hold in ((Sign.BEYOND, beyond, timedelta()), (Sign.EXPECTED, expected, HOLD)):
        at = _first(moments, warns, hold)
        if at is not None:
            yield EarlyWarning(sign, limit, at, current.period.ends, right)


def _first(moments: Moments, warns: Callable[[float, Projection | None], bool], hold: timedelta) -> datetime | None:
    """Return the first moment at which something warns, and did at the latest moment that long before."""
    for place, (at, value, projection) in enumerate(moments):
        if warns(value, projection):
            before = bisect_right(moments, at - hold, hi=place + 1, key=lambda moment: moment[0]) - 1
            if before >= 0 and warns(*moments[before][1:]):
                return at
    return None
