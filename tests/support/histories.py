"""Histories made for projections: values of shapes that real KPIs have, at each midnight of some years."""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from functools import cached_property
from itertools import accumulate
from random import Random
from zoneinfo import ZoneInfo

from exporter.calendar.windows import Calendar, Period, Window
from exporter.kpis.projection_past import KpiHistory

BERLIN = Calendar(ZoneInfo("Europe/Berlin"))
FIRST = datetime(2023, 1, 1, tzinfo=UTC)
DAYS = 3 * 365

Amounts = Callable[[datetime, int, Random], Sequence[float]]
"""What happens on a local day, in the month of that number since the first: an amount for each event."""


@dataclass(frozen=True)
class Events:
    """Events with their instants in Unix seconds, the oldest first, and a KPI over them: their sum, or their mean."""

    at: Sequence[float]
    amounts: Sequence[float]
    mean: bool = False

    @classmethod
    def of(
        cls, amounts: Amounts, seed: int, *, mean: bool = False, days: int = DAYS, calendar: Calendar = BERLIN
    ) -> Events:
        """Simulate so many days from `FIRST` on, with events at any time of their day."""
        rng = Random(seed)
        events: list[tuple[float, float]] = []
        midnight = datetime.combine(FIRST.date(), time(), calendar.zone)
        for _ in range(days):
            following = calendar.add_days(midnight, 1).astimezone(calendar.zone)
            month = (midnight.year - FIRST.year) * 12 + midnight.month - FIRST.month
            todays = amounts(midnight, month, rng)
            moments = sorted(rng.uniform(midnight.timestamp(), following.timestamp()) for _ in todays)
            events += zip(moments, todays, strict=True)
            midnight = following
        return cls([at for at, _ in events], [amount for _, amount in events], mean)

    def value(self, period: Period) -> float | None:
        """Return the KPI over a period; None for the mean of nothing."""
        first, last = (bisect_left(self.at, each.timestamp()) for each in (period.starts, period.ends))
        total = self._sums[last] - self._sums[first]
        if not self.mean:
            return total
        return total / (last - first) if last > first else None

    @cached_property
    def _sums(self) -> Sequence[float]:
        return [0.0, *accumulate(self.amounts)]

    def history(self, window: Window, calendar: Calendar = BERLIN, *, days: int = DAYS) -> KpiHistory:
        """Return what is seen at each midnight in UTC."""
        moments = [FIRST + timedelta(days=number) for number in range(1, days)]
        running = window.running
        assert running is not None
        return KpiHistory(
            [at.timestamp() for at in moments],
            [self.value(window.period(at, calendar)) for at in moments],
            [self.value(running.period(at, calendar)) for at in moments],
        )


def count(rng: Random, expected: float) -> int:
    """Draw how many independent events there are where so many are expected."""
    if expected > 30:
        return max(0, round(rng.gauss(expected, math.sqrt(expected))))
    number, product, least = 0, rng.random(), math.exp(-expected)
    while product > least:
        number, product = number + 1, product * rng.random()
    return number


def _each_one(expected: Callable[[datetime, int], float]) -> Amounts:
    """Return the amounts of events that count one each, of which so many are expected."""
    return lambda day, month, rng: [1.0] * count(rng, expected(day, month))


def _on_workdays(day: datetime) -> float:
    return 0.25 if day.weekday() >= 5 else 1.3


def _payments(day: datetime, month: int, rng: Random) -> Sequence[float]:
    return [rng.lognormvariate(4, 1) for _ in range(count(rng, 0.5))]


def _scores(day: datetime, month: int, rng: Random) -> Sequence[float]:
    return [rng.gauss(100 + 4 * math.sin(month), 20) for _ in range(count(rng, 2))]


def _uneven(day: datetime, month: int, rng: Random) -> Sequence[float]:
    """Draw more in some months than in others, by more than independent events differ."""
    return [1.0] * count(rng, 5 * Random(month).gammavariate(8, 1 / 8))


SHAPES: Mapping[str, Callable[[int], Events]] = {
    "seasonal": lambda seed: Events.of(
        _each_one(lambda day, _: 20 * _on_workdays(day) * (1 + 0.4 * math.sin(math.tau * day.month / 12))), seed
    ),
    "growing 10% a month": lambda seed: Events.of(_each_one(lambda _, month: 2 * 1.1**month), seed),
    "sparse": lambda seed: Events.of(_each_one(lambda *_: 0.12), seed),
    "steady": lambda seed: Events.of(_each_one(lambda *_: 3.0), seed),
    "on the first days": lambda seed: Events.of(_each_one(lambda day, _: 20 if day.day <= 3 else 1), seed),
    "uneven": lambda seed: Events.of(_uneven, seed),
    "three times as many at once": lambda seed: Events.of(_each_one(lambda _, month: 3 if month < 22 else 9), seed),
    "amounts": lambda seed: Events.of(_payments, seed),
    "mean": lambda seed: Events.of(_scores, seed, mean=True),
}
"""Histories by their shape, each made by a seed."""
