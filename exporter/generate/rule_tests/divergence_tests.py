"""Tests of divergences: two KPIs on both sides of their levels and at them, in every combination."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from itertools import product

from exporter.alerts.kpi_alerts import DivergenceAlert
from exporter.alerts.promql import LOOKBACK_MINUTES, values
from exporter.generate.rule_tests.threshold_tests import REPLICAS
from exporter.generate.rule_tests.timeline import (
    SeriesTimeline,
    Step,
    Test,
    UndecidedError,
    expectation,
    fired_last,
    holds_for,
)
from exporter.quantities.prometheus import style


class DivergenceTest:
    """Builds the test of one divergence.

    Two KPIs take every combination of values, then the value they concern is missing, then each of them is late or
    missing. Another replica shows half the value, and sides that do not diverge.
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
        self._gone = LOOKBACK_MINUTES + 1 + alerts[0].keep
        self._timeline = SeriesTimeline()
        self._build()

    def test(self) -> Test:
        """Return the test with what promtool expects at each checked minute."""
        return {
            "name": f"{self._kpi.id} diverging",
            "interval": "30s",
            "input_series": self._timeline.input_series(),
            "alert_rule_test": [each for minute in self._timeline.checked for each in self._expected(minute)],
        }

    def _build(self) -> None:
        together, apart = self._side_extremes(breaching=False), self._side_extremes(breaching=True)
        not_breaching, breaching = self._step(self._value, together), self._step(self._value, apart)
        for combination in product(*self._side_levels):
            self._append_for_hold(self._step(self._value, combination))
            self._timeline.append(not_breaching, self._alerts[0].keep + 1)
        self._append_for_hold(breaching)
        self._timeline.append(self._step(None, apart), self._gone)
        self._timeline.append(breaching)
        self._timeline.append({}, self._gone)
        self._append_for_hold(breaching)
        for place in range(len(apart)):
            late = [together[at] if at == place else side for at, side in enumerate(apart)]
            self._append_for_hold(self._step(self._value, late))
            self._append_for_hold(breaching)
            missing = [None if at == place else side for at, side in enumerate(apart)]
            self._timeline.append(self._step(self._value, missing), self._gone)
            self._append_for_hold(breaching)
        self._timeline.append(not_breaching, self._alerts[0].keep + 1)

    def _append_for_hold(self, step: Step) -> None:
        """Append a step for so long that a held alert fires in its last minute, and not before."""
        self._timeline.append(step, (self._kpi.hold or 0) + 1)

    def _side_extremes(self, *, breaching: bool) -> list[float]:
        """Return for each side a value that breaches its level, or one that does not."""
        sides = zip(self._sides, self._side_levels, strict=True)
        return [levels[-1] if side.comparison.upward == breaching else levels[0] for side, levels in sides]

    def _step(self, value: float | None, sides: Sequence[float | None]) -> Step:
        step = dict(zip(self._replicas(0), (value, None if value is None else value / 2), strict=True))
        for place, (side, not_breaching) in enumerate(zip(sides, self._side_extremes(breaching=False), strict=True), 1):
            step |= zip(self._replicas(place), (side, None if side is None else not_breaching), strict=True)
        return step

    def _replicas(self, place: int) -> list[str]:
        """Return the series of the KPI itself for 0, or of that side from 1 on, on each replica."""
        kpi = self._kpis[place - 1] if place else self._kpi
        return [values(self._company, kpi, instance=replica) for replica in REPLICAS]

    def _expected(self, minute: int) -> Iterator[Test]:
        """Yield what promtool expects; nothing where versions of Prometheus disagree."""
        try:
            at = fired_last(self._fires, minute, self._alerts[0].keep)
        except UndecidedError:
            return
        firing = self._alerts if at is not None else []
        value = max(self._timeline.visible(self._replicas(0), at or 0), default=0.0)
        yield expectation(
            minute, self._alerts[0].name, [(each.labels, each.expected_annotations(value, 0)) for each in firing]
        )

    def _fires(self, minute: int) -> bool | None:
        held_sides = [holds_for(partial(self._breaches, place), minute, self._kpi.hold) for place in (1, 2)]
        if None in held_sides:
            return None
        return all(held_sides) and bool(self._timeline.visible(self._replicas(0), minute))

    def _breaches(self, place: int, minute: int) -> bool | None:
        side, side_values = self._sides[place - 1], self._timeline.visible(self._replicas(place), minute)
        if not side_values:
            return None
        worse = max(side_values) if side.comparison.upward else min(side_values)
        return side.comparison.holds(worse, float(side.level))
