"""The course of a divergence: two KPIs on both sides of their levels and at them, in every combination."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from itertools import product

from exporter.alerts.kpi_alerts import DivergenceAlert
from exporter.alerts.promql import values
from exporter.generate.rule_tests.threshold_tests import REPLICAS
from exporter.generate.rule_tests.timeline import LOOKBACK_MINUTES, Step, Test, Timeline, expected, stayed
from exporter.quantities.prometheus import style


class DivergenceTest:
    """Two KPIs in every combination, then without the value they concern, and each of them late or not there. Another
    replica shows half the value, and sides of which none diverges.
    """

    def __init__(self, alerts: Sequence[DivergenceAlert]) -> None:
        self._alerts = alerts
        self._company, self._kpi, self._sides = alerts[0].company, alerts[0].kpi, alerts[0].condition.divergence
        self._kpis = [self._company.kpis[side.kpi] for side in self._sides]
        self._ways = [
            [float(side.level + sign * style(kpi.unit).step(side.level)) for sign in (-1, 0, 1)]
            for side, kpi in zip(self._sides, self._kpis, strict=True)
        ]
        self._value = 0.5
        self._film = Timeline()
        self._shoot()

    def test(self) -> Test:
        return {
            "name": f"{self._kpi.id} diverging",
            "interval": "30s",
            "input_series": self._film.input_series(),
            "alert_rule_test": [each for minute in self._film.checked for each in self._expected(minute)],
        }

    def _shoot(self) -> None:
        long = (self._kpi.hold or 0) + 1
        calm = self._extremes(worst=False)
        apart = self._extremes(worst=True)
        for combination in product(*self._ways):
            self._film.show(self._frame(self._value, combination), long)
            self._film.show(self._frame(self._value, calm), 1)
        self._film.show(self._frame(self._value, apart), long)
        self._film.show(self._frame(None, apart), LOOKBACK_MINUTES + 1)
        self._film.show(self._frame(self._value, apart))
        self._film.show({}, LOOKBACK_MINUTES + 1)
        self._film.show(self._frame(self._value, apart), long)
        for place in range(len(apart)):
            late = [calm[at] if at == place else side for at, side in enumerate(apart)]
            self._film.show(self._frame(self._value, late), long)
            self._film.show(self._frame(self._value, apart), long)
            lacking = [None if at == place else side for at, side in enumerate(apart)]
            self._film.show(self._frame(self._value, lacking), LOOKBACK_MINUTES + 1)
            self._film.show(self._frame(self._value, apart), long)
        self._film.show(self._frame(self._value, calm))

    def _extremes(self, *, worst: bool) -> list[float]:
        """Of each side what is beyond its level, or what is not."""
        sides = zip(self._sides, self._ways, strict=True)
        return [way[-1] if side.comparison.upward == worst else way[0] for side, way in sides]

    def _frame(self, value: float | None, sides: Sequence[float | None]) -> Step:
        found = dict(zip(self._replicas(0), (value, None if value is None else value / 2), strict=True))
        for place, (side, calm) in enumerate(zip(sides, self._extremes(worst=False), strict=True), 1):
            found |= zip(self._replicas(place), (side, None if side is None else calm), strict=True)
        return found

    def _replicas(self, place: int) -> list[str]:
        """The series of the KPI itself, or of one of the sides from 1 on."""
        kpi = self._kpis[place - 1] if place else self._kpi
        return [values(self._company, kpi, instance=replica) for replica in REPLICAS]

    def _expected(self, minute: int) -> Iterator[Test]:
        held = [stayed(partial(self._beyond, place), minute, self._kpi.hold) for place in (1, 2)]
        value = self._film.seen(self._replicas(0), minute)
        if None in held:
            return
        firing = self._alerts if all(held) and value else []
        yield expected(minute, self._alerts[0].name, [(each.labels, each.printed(max(value), 0)) for each in firing])

    def _beyond(self, place: int, minute: int) -> bool | None:
        side, shown = self._sides[place - 1], self._film.seen(self._replicas(place), minute)
        if not shown:
            return None
        worse = max(shown) if side.comparison.upward else min(shown)
        return side.comparison.holds(worse, float(side.level))
