"""Courses for tests of rules: a value's way past all its limits, minute by minute, with the alerts that must fire."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from functools import partial

from exporter.alerts.kpi_alerts import BoundAlert
from exporter.alerts.promql import of_replica, values
from exporter.generate.rule_tests.timeline import LOOKBACK_MINUTES, SeriesTimeline, Step, Test, expectation, holds_for
from exporter.quantities.prometheus import style

REPLICAS = ("a", "b")

_BELOW = 10.0
"""How much lower plan and previous value are on the other replica: so that a share of them is lower, too."""


class ThresholdTest:
    """The way of one KPI, or of one of its segments, past all its limits, on one of two replicas of the exporter.

    First there are no series. Then, if any limit is itself a series, the values without it, and the values with it. If
    a limit is a share of the previous value, that is then 0, below, and hardly above. Then scrapes fail, a replica
    dies, both do, and either the series that limits rest on are gone or the value is. At last the quiet value returns.
    The other replica shows the quiet value, and a lower plan and previous value, until it is alone.
    """

    def __init__(self, alerts: Sequence[BoundAlert]) -> None:
        self._alerts = alerts
        self._company, self._kpi, self._segment = alerts[0].company, alerts[0].kpi, alerts[0].segment
        self._reference = _reference(alerts)
        self._tested_values = list(_tested_values(alerts, self._reference))
        self._worst = self._tested_values[-1]
        self._not_breaching = next(
            (each for each in self._tested_values if not self._breaches_any(each)), self._tested_values[0]
        )
        self._timeline = SeriesTimeline()
        self._build()

    def test(self) -> Test:
        names = sorted({alert.name for alert in self._alerts})
        return {
            "name": f"{self._kpi.id} of {self._segment}" if self._segment else self._kpi.id,
            "interval": "30s",
            "input_series": self._timeline.input_series(),
            "alert_rule_test": [
                each for minute in self._timeline.checked for name in names for each in self._expected(minute, name)
            ],
        }

    def _build(self) -> None:
        timeline, worst, not_breaching, usual = self._timeline, self._worst, self._not_breaching, self._reference
        any_limit_is_series = any(alert.limit_is_series for alert in self._alerts)
        duration = (self._kpi.hold or 0) + 1  # so long that what is held fires in the last minute, and not before
        no_series = self._step(None, None, None, None)
        breaching = self._step(worst, not_breaching, usual, usual - _BELOW)
        timeline.append(no_series)
        for reference in (None, usual) if any_limit_is_series else (usual,):
            for value in self._tested_values:
                timeline.append(
                    self._step(value, not_breaching, reference, None if reference is None else reference - _BELOW),
                    duration,
                )
        for alert in self._alerts:
            if alert.bound.change is not None and alert.bound.change.relative:
                breaching_value = usual if alert.bound.comparison.upward else -2 * usual  # of all these
                for previous in (0.0, -usual, float(style(self._kpi.unit).step(Decimal(0)))):
                    timeline.append(self._step(breaching_value, not_breaching, previous, previous - _BELOW), duration)
        timeline.append(breaching, duration)
        timeline.append(no_series, LOOKBACK_MINUTES - 3)
        timeline.append(self._step(worst, worst, usual, usual))
        timeline.append(self._step(None, worst, None, usual), LOOKBACK_MINUTES + 1)
        ends = (
            [worst, self._tested_values[0]] if self._breaches_any(self._tested_values[0]) else [worst]
        )  # both of a band
        for end in ends:
            breaching = self._step(end, not_breaching, usual, usual - _BELOW)
            timeline.append(self._step(not_breaching, not_breaching, usual, usual - _BELOW), duration)
            timeline.append(breaching, duration)
            if any_limit_is_series:
                for one_missing in (
                    self._step(end, not_breaching, None, None),
                    self._step(None, None, usual, usual - _BELOW),
                ):
                    timeline.append(one_missing, LOOKBACK_MINUTES + 1)
                    timeline.append(breaching, duration)
            timeline.append(no_series, LOOKBACK_MINUTES + 1)
        timeline.append(self._step(not_breaching, not_breaching, usual, usual - _BELOW))

    def _step(
        self, value: float | None, other: float | None, reference: float | None, other_reference: float | None
    ) -> Step:
        """Value and reference on the one replica and on the other."""
        step = dict(zip(self._replicas(self._alerts[0].value_series), (value, other), strict=True))
        if self._segment:
            another = values(self._company, self._kpi, f"not {self._segment}", instance=REPLICAS[0])
            step[another] = None if value is None else self._worst
        for alert in self._alerts:
            if alert.bound.level is None:
                step |= zip(self._replicas(alert.reference_series), (reference, other_reference), strict=True)
            if alert.follows_threshold_series:
                limits = [None if each is None else _limit(alert, each) for each in (reference, other_reference)]
                if limits[1] is not None and reference != other_reference:
                    limits[1] -= 1
                step |= zip(self._replicas(alert.threshold_series), limits, strict=True)
        return step

    def _replicas(self, series: str) -> list[str]:
        return [of_replica(series, replica) for replica in REPLICAS]

    def _expected(self, minute: int, name: str) -> Iterator[Test]:
        """What is expected of the alerts of a name; nothing where versions of Prometheus disagree."""
        firing: list[BoundAlert] = []
        for alert in self._alerts:
            fires = holds_for(partial(self._breaches, alert), minute, self._kpi.hold)
            if alert.name == name and fires is None:
                return
            firing += [alert] if alert.name == name and fires else []
        value = self._value(firing[0], minute) if firing else None
        references = [self._visible_reference(alert, minute) for alert in firing if alert.bound.level is None]
        reference = max((each or 0 for each in references), default=0)
        yield expectation(
            minute, name, [(each.labels, each.expected_annotations(value or 0, reference)) for each in firing]
        )

    def _breaches(self, alert: BoundAlert, minute: int) -> bool | None:
        value = self._value(alert, minute)
        if not alert.limit_is_series:
            limit = _limit(alert, None)
        elif alert.follows_threshold_series:
            limit = max(self._timeline.visible(self._replicas(alert.threshold_series), minute), default=None)
        else:
            limit = _limit(alert, self._visible_reference(alert, minute))
        return None if value is None or limit is None else alert.bound.comparison.holds(value, limit)

    def _value(self, alert: BoundAlert, minute: int) -> float | None:
        """The worse of the two replicas'."""
        worse = max if alert.bound.comparison.upward else min
        return worse(self._timeline.visible(self._replicas(alert.value_series), minute), default=None)

    def _visible_reference(self, alert: BoundAlert, minute: int) -> float | None:
        return max(self._timeline.visible(self._replicas(alert.reference_series), minute), default=None)

    def _breaches_any(self, value: float) -> bool:
        limits = [(alert.bound.comparison, _limit(alert, self._reference)) for alert in self._alerts]
        return any(limit is not None and comparison.holds(value, limit) for comparison, limit in limits)


def _reference(alerts: Sequence[BoundAlert]) -> float:
    """What plan and previous value are: in the middle of a band, so that there is a value beyond no limit."""
    levels = {
        side: [each.bound.level for each in alerts if each.bound.side == side and each.bound.level is not None]
        for side in ("lower", "upper")
    }
    if levels["lower"] and levels["upper"]:
        return float((max(levels["lower"]) + min(levels["upper"])) / 2)
    return 0.5 if alerts[0].kpi.unit.is_ratio else 3600.0


def _limit(alert: BoundAlert, reference: float | None) -> float | None:
    """The bound's limit while plan and previous value are `reference`."""
    return alert.bound.limit(reference, reference)


def _tested_values(alerts: Sequence[BoundAlert], reference: float) -> list[float]:
    """Each limit and the smallest visible step to its either side, from the good end to the bad one."""
    candidates: set[float] = set()
    for alert in alerts:
        limit = _limit(alert, reference)
        if limit is not None:
            exact = Decimal(repr(limit))
            step = style(alert.kpi.unit).step(exact)
            candidates |= {limit, float(exact - step), float(exact + step)}
    return sorted(candidates, reverse=not alerts[-1].bound.comparison.upward)
