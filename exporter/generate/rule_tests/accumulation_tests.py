"""Tests of alerts on what accumulates: the part of a period passes the limits alone, ends, and becomes the value."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from exporter.alerts.accumulating import AccumulatingAlert
from exporter.alerts.bound_alert import BoundAlert
from exporter.alerts.promql import LOOKBACK_MINUTES
from exporter.generate.rule_tests.threshold_tests import ThresholdTest
from exporter.generate.rule_tests.timeline import Step

_FAR = 80 * 86400
"""How far the end of the period is, in seconds: so far that a thousandth of an hour more a day makes a day less."""

_HALF_A_MINUTE = 30


class AccumulationTest(ThresholdTest):
    """Builds the test of one KPI that accumulates: that of any threshold, and then the period that runs.

    While the last complete period is in order, what there is to date passes all limits on one of two replicas. Then the
    last period is beyond the limits as well, the period ends and its value replaces what there was to date, and the
    series of the part and of the end go missing.
    """

    def __init__(self, alerts: Sequence[AccumulatingAlert]) -> None:
        self._accumulating = alerts[0]
        self._ends: float | None = None
        super().__init__(alerts)

    def _build(self) -> None:
        super()._build()
        for to_date in self._tested_values:
            self._append_for_hold(self._within(self._not_breaching, to_date))
        self._count_days()
        for to_date in self._tested_values:
            self._append_for_hold(self._within(self._worst, to_date))
        beyond = self._within(self._not_breaching, self._worst)
        self._append_for_hold(beyond)
        self._timeline.append(self._within(self._worst, 0.0))
        self._append_for_hold(beyond)
        if any(alert.limit_is_series for alert in self._alerts):
            self._timeline.append({**beyond, **self._without_limits()}, _GONE)
        self._append_for_hold(beyond)
        self._timeline.append({**beyond, **self._of(self._accumulating.period_end_series, None, None)}, _GONE)
        self._timeline.append(self._on_one(self._not_breaching, self._reference), _GONE)

    def _count_days(self) -> None:
        """Let a day less be left from one minute to the next, while the part is beyond the limits."""
        self._ends = 60.0 * self._timeline.minutes + (self._kpi.hold or 0) * 60 + _FAR + _HALF_A_MINUTE
        self._append_for_hold(self._within(self._not_breaching, self._worst))
        self._timeline.append(self._within(self._not_breaching, self._worst), 2)

    def _within(self, value: float, to_date: float) -> Step:
        """Return a step with this value of the last period and of the one that runs, each on one replica."""
        ends = self._ends
        return {
            **self._on_one(value, self._reference),
            **self._of(self._accumulating.to_date_series, to_date, 0.0),
            **self._of(self._accumulating.period_end_series, ends, None if ends is None else ends - 86400),
        }

    def _without_limits(self) -> Step:
        followed = [alert.threshold_series for alert in self._alerts if alert.follows_threshold_series]
        return {replica: None for series in followed for replica in self._replicas(series)}

    def _of(self, series: str, value: float | None, other: float | None) -> Step:
        return dict(zip(self._replicas(series), (value, other), strict=True))

    def _compared(self, alert: BoundAlert) -> list[str]:
        return [each for series in alert.compared_series for each in self._replicas(series)]

    def _annotations(self, alert: BoundAlert, minute: int, value: float, reference: float) -> Mapping[str, str]:
        assert isinstance(alert, AccumulatingAlert)
        to_date = max(self._timeline.visible(self._replicas(alert.to_date_series), minute), default=None)
        if to_date is None or to_date < value:
            return super()._annotations(alert, minute, value, reference)
        ends = max(self._timeline.visible(self._replicas(alert.period_end_series), minute), default=None)
        return alert.annotations_to_date(to_date, None if ends is None else ends - 60 * minute)


_GONE = LOOKBACK_MINUTES + 1
"""Minutes after which a series that ended is no longer visible."""
