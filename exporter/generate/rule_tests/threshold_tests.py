"""Tests of thresholds: a value moves past all its limits, minute by minute, and the right alerts fire."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from functools import partial

from exporter.alerts.bound_alert import BoundAlert
from exporter.alerts.promql import LOOKBACK_MINUTES, of_replica, values
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

REPLICAS = ("a", "b")

_BELOW = 10.0
"""How much lower the plan and previous value are on the other replica, so that a share of them is lower too."""


_NO_SERIES: Step = {}


class ThresholdTest:
    """Builds the test of one KPI, or of one segment, whose value moves past all its limits on one of two replicas.

    First there are no series. If a limit is itself a series, the value moves without it, then with it. If a limit
    is a share of the previous value, that is then 0, negative, and barely positive. Then scrapes fail, a replica
    dies, both die, and either the limit's series or the value is missing. At last a value returns that breaches
    nothing. The other replica shows this value, and a lower plan and previous value, until it is alone.
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
        self._gone = LOOKBACK_MINUTES + 1 + alerts[0].keep
        self._timeline = SeriesTimeline()
        self._build()

    def test(self) -> Test:
        """Return the test with what promtool expects at each checked minute."""
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
        any_limit_is_series = any(alert.limit_is_series for alert in self._alerts)
        self._timeline.append(_NO_SERIES)
        if any_limit_is_series:
            self._pass_limits(None)
        self._pass_limits(self._reference)
        self._vary_previous()
        self._fail_replicas()
        best = self._tested_values[0]
        for value in [self._worst, best] if self._breaches_any(best) else [self._worst]:  # both ends of a band
            breaching = self._on_one(value, self._reference)
            self._append_for_hold(self._on_one(self._not_breaching, self._reference))
            self._append_for_hold(breaching)
            if any_limit_is_series:
                self._timeline.append(self._on_one(value, None), self._gone)
                self._append_for_hold(breaching)
                without_value = self._step(None, None, self._reference, self._reference - _BELOW)
                self._timeline.append(without_value, self._gone)
                self._append_for_hold(breaching)
            self._timeline.append(_NO_SERIES, self._gone)
            if keep := self._alerts[0].keep:
                self._append_for_hold(breaching)
                self._timeline.append(self._on_one(self._not_breaching, self._reference), keep + 1)
        self._timeline.append(self._on_one(self._not_breaching, self._reference))

    def _pass_limits(self, reference: float | None) -> None:
        """Append every tested value, with this plan and previous value."""
        for value in self._tested_values:
            self._append_for_hold(self._on_one(value, reference))

    def _vary_previous(self) -> None:
        """Append previous values of 0, below, and barely above, to which a relative change applies or not."""
        for alert in self._alerts:
            if alert.bound.change is not None and alert.bound.change.relative:
                # The value breaches the limit that each of the previous values would give.
                value = self._reference if alert.bound.comparison.upward else -2 * self._reference
                for previous in (0.0, -self._reference, float(style(self._kpi.unit).step(Decimal(0)))):
                    self._append_for_hold(self._on_one(value, previous))

    def _fail_replicas(self) -> None:
        """Append failed scrapes of both replicas, then the death of one while the other breaches."""
        self._append_for_hold(self._on_one(self._worst, self._reference))
        self._timeline.append(_NO_SERIES, LOOKBACK_MINUTES - 3)
        self._timeline.append(self._step(self._worst, self._worst, self._reference, self._reference))
        self._timeline.append(self._step(None, self._worst, None, self._reference), self._gone)

    def _append_for_hold(self, step: Step) -> None:
        """Append a step for so long that a held alert fires in its last minute, and not before."""
        self._timeline.append(step, (self._kpi.hold or 0) + 1)

    def _on_one(self, value: float, reference: float | None) -> Step:
        """Return a step in which only one replica has the value; the other breaches nothing."""
        return self._step(value, self._not_breaching, reference, None if reference is None else reference - _BELOW)

    def _step(
        self, value: float | None, other: float | None, reference: float | None, other_reference: float | None
    ) -> Step:
        """Return the samples of the value and of the reference on the two replicas."""
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
        """Yield what promtool expects of the alerts of a name; nothing where versions of Prometheus disagree."""
        expected = []
        for alert in self._alerts:
            if alert.name == name:
                fires = partial(self._fires, alert)
                try:
                    at = fired_last(fires, minute, alert.keep)
                except UndecidedError:
                    return
                if at is not None:
                    value, reference = self._value(alert, at), self._visible_reference(alert, at)
                    expected.append((alert.labels, self._annotations(alert, at, value or 0, reference or 0)))
        yield expectation(minute, name, expected)

    def _fires(self, alert: BoundAlert, minute: int) -> bool | None:
        return holds_for(partial(self._breaches, alert), minute, self._kpi.hold)

    def _annotations(self, alert: BoundAlert, minute: int, value: float, reference: float) -> Mapping[str, str]:
        """Return the annotations of an alert that fires in a minute."""
        return alert.expected_annotations(value, reference)

    def _breaches(self, alert: BoundAlert, minute: int) -> bool | None:
        value, limit = self._value(alert, minute), self._limit_at(alert, minute)
        return None if value is None or limit is None else alert.bound.comparison.holds(value, limit)

    def _limit_at(self, alert: BoundAlert, minute: int) -> float | None:
        if not alert.limit_is_series:
            return _limit(alert, None)
        if alert.follows_threshold_series:
            return max(self._timeline.visible(self._replicas(alert.threshold_series), minute), default=None)
        return _limit(alert, self._visible_reference(alert, minute))

    def _value(self, alert: BoundAlert, minute: int) -> float | None:
        """Return the worst of the values that the alert compares, on both replicas."""
        worst = max if alert.bound.comparison.upward else min
        return worst(self._timeline.visible(self._compared(alert), minute), default=None)

    def _compared(self, alert: BoundAlert) -> list[str]:
        return self._replicas(alert.value_series)

    def _visible_reference(self, alert: BoundAlert, minute: int) -> float | None:
        if alert.bound.level is not None:
            return None
        return max(self._timeline.visible(self._replicas(alert.reference_series), minute), default=None)

    def _breaches_any(self, value: float) -> bool:
        limits = [(alert.bound.comparison, _limit(alert, self._reference)) for alert in self._alerts]
        return any(limit is not None and comparison.holds(value, limit) for comparison, limit in limits)


def _reference(alerts: Sequence[BoundAlert]) -> float:
    """Return a plan and previous value in the middle of a band, so that some value breaches no limit."""
    levels = {
        side: [each.bound.level for each in alerts if each.bound.side == side and each.bound.level is not None]
        for side in ("lower", "upper")
    }
    if levels["lower"] and levels["upper"]:
        return float((max(levels["lower"]) + min(levels["upper"])) / 2)
    return 0.5 if alerts[0].kpi.unit.is_ratio else 3600.0


def _limit(alert: BoundAlert, reference: float | None) -> float | None:
    """Return the bound's limit while plan and previous value are `reference`."""
    return alert.bound.limit(reference, reference)


def _tested_values(alerts: Sequence[BoundAlert], reference: float) -> list[float]:
    """Return each limit and the smallest visible step on either side, from the good end to the bad one."""
    candidates: set[float] = set()
    for alert in alerts:
        limit = _limit(alert, reference)
        if limit is not None:
            exact = Decimal(repr(limit))
            step = style(alert.kpi.unit).step(exact)
            candidates |= {limit, float(exact - step), float(exact + step)}
    return sorted(candidates, reverse=not alerts[-1].bound.comparison.upward)
