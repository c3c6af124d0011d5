"""The course of a divergence: two KPIs on both sides of their levels and at them, in every combination."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from itertools import product

from exporter.alerts.kpi_alerts import DivergenceAlert
from exporter.alerts.promql import values
from exporter.generate.rule_tests.threshold_tests import REPLICAS
from exporter.generate.rule_tests.timeline import LOOKBACK_MINUTES, SeriesTimeline, Step, Test, expectation, holds_for
from exporter.quantities.prometheus import style


class DivergenceTest:
    """Two KPIs in every combination, then without the value they concern, and each of them late or not there. Another
    replica shows half the value, and sides of which none diverges.
    """

    def __init__(self, alerts: Sequence[DivergenceAlert]) -> None:
        self._alerts = alerts
        self._company, self._kpi, self._sides = alerts[0].company, alerts[0].kpi, alerts[0].condition.divergence
        self._kpis = [self._company.kpis[side.kpi] for side in self._sides]
        self._side_levels = [
            [float(side.level + sign * style(kpi.unit).step(side.level)) for sign in (-1, 0, 1)]
            for side, kpi in zip(self._sides, self._kpis, strict=True)
        ]
        self._value = 0.5
        self._timeline = SeriesTimeline()
        self._build()

    def test(self) -> Test:
        return {
            "name": f"{self._kpi.id} diverging",
            "interval": "30s",
            "input_series": self._timeline.input_series(),
            "alert_rule_test": [each for minute in self._timeline.checked for each in self._expected(minute)],
        }

    def _build(self) -> None:
        duration = (self._kpi.hold or 0) + 1
        not_breaching = self._side_extremes(breaching=False)
        breaching = self._side_extremes(breaching=True)
        for combination in product(*self._side_levels):
            self._timeline.append(self._step(self._value, combination), duration)
            self._timeline.append(self._step(self._value, not_breaching), 1)
        self._timeline.append(self._step(self._value, breaching), duration)
        self._timeline.append(self._step(None, breaching), LOOKBACK_MINUTES + 1)
        self._timeline.append(self._step(self._value, breaching))
        self._timeline.append({}, LOOKBACK_MINUTES + 1)
        self._timeline.append(self._step(self._value, breaching), duration)
        for place in range(len(breaching)):
            one_late = [not_breaching[at] if at == place else side for at, side in enumerate(breaching)]
            self._timeline.append(self._step(self._value, one_late), duration)
            self._timeline.append(self._step(self._value, breaching), duration)
            one_missing = [None if at == place else side for at, side in enumerate(breaching)]
            self._timeline.append(self._step(self._value, one_missing), LOOKBACK_MINUTES + 1)
            self._timeline.append(self._step(self._value, breaching), duration)
        self._timeline.append(self._step(self._value, not_breaching))

    def _side_extremes(self, *, breaching: bool) -> list[float]:
        """Of each side what is beyond its level, or what is not."""
        sides = zip(self._sides, self._side_levels, strict=True)
        return [
            side_levels[-1] if side.comparison.upward == breaching else side_levels[0] for side, side_levels in sides
        ]

    def _step(self, value: float | None, sides: Sequence[float | None]) -> Step:
        step = dict(zip(self._replicas(0), (value, None if value is None else value / 2), strict=True))
        for place, (side, not_breaching) in enumerate(zip(sides, self._side_extremes(breaching=False), strict=True), 1):
            step |= zip(self._replicas(place), (side, None if side is None else not_breaching), strict=True)
        return step

    def _replicas(self, place: int) -> list[str]:
        """The series of the KPI itself, or of one of the sides from 1 on."""
        kpi = self._kpis[place - 1] if place else self._kpi
        return [values(self._company, kpi, instance=replica) for replica in REPLICAS]

    def _expected(self, minute: int) -> Iterator[Test]:
        held_sides = [holds_for(partial(self._breaches, place), minute, self._kpi.hold) for place in (1, 2)]
        value = self._timeline.visible(self._replicas(0), minute)
        if None in held_sides:
            return
        firing = self._alerts if all(held_sides) and value else []
        yield expectation(
            minute, self._alerts[0].name, [(each.labels, each.expected_annotations(max(value), 0)) for each in firing]
        )

    def _breaches(self, place: int, minute: int) -> bool | None:
        side, side_values = self._sides[place - 1], self._timeline.visible(self._replicas(place), minute)
        if not side_values:
            return None
        worse = max(side_values) if side.comparison.upward else min(side_values)
        return side.comparison.holds(worse, float(side.level))
