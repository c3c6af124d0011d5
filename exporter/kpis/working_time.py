"""Working time: how much of a period has passed, by how much usually happens on each day of the week."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from itertools import accumulate, pairwise

from exporter.calendar.windows import Calendar, Period

_DAY = 86400.0
_LONGEST = 1.5 * _DAY
"""Seconds. What grew over a longer gap cannot be told by days of the week."""

_TYPICAL_DAYS = 8.0
"""Days of an average amount added to each day of the week, so that a few observations do not make a Tuesday special."""

_LEAST = 0.02
"""The least weight of a day: what never happened on a Sunday may happen yet."""

EVEN = (1.0,) * 7
"""The weights of a KPI whose days are all alike."""


@dataclass(frozen=True)
class WorkingTime:
    """Counts time by the weekday, Monday first; an average day weighs 1."""

    weekdays: tuple[float, ...]
    calendar: Calendar

    @classmethod
    def of(cls, increments: Iterable[tuple[float, float, float]], calendar: Calendar) -> WorkingTime:
        """Weigh the days of the week by how much a KPI grew on each: from, until, in Unix seconds, and by how much."""
        grown, days = [0.0] * 7, [0.0] * 7
        for since, until, amount in increments:
            if 0 < until - since < _LONGEST:
                weekday = datetime.fromtimestamp((since + until) / 2, calendar.zone).weekday()
                grown[weekday] += amount
                days[weekday] += (until - since) / _DAY
        if not all(days) or not sum(grown) > 0:
            return cls(EVEN, calendar)
        typical = sum(grown) / sum(days)
        weights = [(g / typical + _TYPICAL_DAYS) / (d + _TYPICAL_DAYS) for g, d in zip(grown, days, strict=True)]
        return cls(tuple(max(weight, _LEAST) for weight in weights), calendar)

    def share(self, period: Period, at: datetime) -> float:
        """Return the share of a period's working time that has passed at an instant within it."""
        return self.shares(period, [at.timestamp()])[0]

    def shares(self, period: Period, at: Sequence[float]) -> Sequence[float]:
        """Return the share that has passed at each of some instants in Unix seconds."""
        midnights = list(self._midnights(period))
        weights = [
            self.weekdays[datetime.fromtimestamp((since + until) / 2, self.calendar.zone).weekday()] * (until - since)
            for since, until in pairwise(midnights)
        ]
        passed = [0.0, *accumulate(weights)]
        return [self._passed(midnights, passed, each) / passed[-1] for each in at]

    def _passed(self, midnights: Sequence[float], passed: Sequence[float], at: float) -> float:
        day = min(max(bisect_right(midnights, at) - 1, 0), len(midnights) - 2)
        part = (at - midnights[day]) / (midnights[day + 1] - midnights[day])
        return passed[day] + (passed[day + 1] - passed[day]) * min(max(part, 0.0), 1.0)

    def _midnights(self, period: Period) -> Iterator[float]:
        """Yield the local midnights of a period, its ends included, in Unix seconds."""
        yield period.starts.timestamp()
        day = period.starts.astimezone(self.calendar.zone).date() + timedelta(days=1)
        while (midnight := datetime.combine(day, time(), self.calendar.zone).astimezone(UTC)) < period.ends:
            yield midnight.timestamp()
            day += timedelta(days=1)
        yield period.ends.timestamp()
