"""Courses for tests of rules: a value's way past all its limits, minute by minute, with the alerts that must fire."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from itertools import product
from typing import Any

from exporter.generate.alerts import KpiAlert
from exporter.generate.amounts import style
from exporter.generate.kpi_alerts import BoundAlert, DivergenceAlert
from exporter.generate.promql import number, values

Test = Mapping[str, Any]

ABSENT = "_"

Minute = tuple[float | None, float | None]
"""The value, and what plan or previous value is; None for what is not there."""


class Course:
    """The way of one KPI, or of one of its segments, past all its limits, while another replica of the exporter shows
    a quiet value.

    First there are no series. Then, if any limit is itself a series, the values without it, and the values with it. If
    a limit is a share of the previous value, that is then 0 and below. At last the quiet value returns.
    """

    def __init__(self, alerts: Sequence[BoundAlert]) -> None:
        self._alerts = alerts
        self._company, self._kpi, self._segment = alerts[0].company, alerts[0].kpi, alerts[0].segment
        self._reference = _reference(alerts)
        passed = list(_passed(alerts, self._reference))
        self._worst = passed[-1]
        self._quiet = next((each for each in passed if not self._firing((each, self._reference))), passed[0])
        self._minutes = [(None, None), *self._way(passed), (self._quiet, self._reference)]

    def test(self) -> Test:
        return {
            "name": f"{self._kpi.id} of {self._segment}" if self._segment else self._kpi.id,
            "interval": "1m",
            "input_series": [{"series": name, "values": _samples(values)} for name, values in self._series().items()],
            "alert_rule_test": [
                _expectation(minute, name, self._firing(state), *state)
                for minute, state in enumerate(self._minutes)
                for name in sorted({alert.name for alert in self._alerts})
            ],
        }

    def _way(self, passed: Sequence[float]) -> Iterator[Minute]:
        if any(_rests_on_series(alert) for alert in self._alerts):
            yield from ((value, None) for value in passed)
        yield from ((value, self._reference) for value in passed)
        for alert in self._alerts:
            if alert.bound.change is not None and alert.bound.change.relative:
                beyond = self._reference if alert.bound.comparison.upward else -2 * self._reference  # of 0 and below
                yield from ((beyond, previous) for previous in (0.0, -self._reference))

    def _series(self) -> Mapping[str, list[float | None]]:
        company, kpi, segment = self._company, self._kpi, self._segment
        found = {
            values(company, kpi, segment, instance="a"): [value for value, _ in self._minutes],
            values(company, kpi, segment, instance="b"): [
                None if value is None else self._quiet for value, _ in self._minutes
            ],
        }
        if segment:
            another = [None if value is None else self._worst for value, _ in self._minutes]
            found[values(company, kpi, f"not {segment}", instance="a")] = another
        for alert in self._alerts:
            if alert.bound.level is None:
                found[alert.reference_series] = [reference for _, reference in self._minutes]
            if alert.follows_threshold_series:
                found[alert.threshold_series] = [
                    None if reference is None else _limit(alert, reference) for _, reference in self._minutes
                ]
        return found

    def _firing(self, state: Minute) -> list[KpiAlert]:
        value, reference = state
        if value is None:
            return []
        return [
            alert
            for alert in self._alerts
            if (reference is not None or not _rests_on_series(alert))
            and (limit := _limit(alert, reference)) is not None
            and alert.bound.comparison.holds(value, limit)
        ]


class DivergenceCourse:
    """Two KPIs, each on both sides of its level and at it, in every combination; then without the value they concern.

    Another replica of the exporter shows values of which none diverges.
    """

    def __init__(self, alerts: Sequence[DivergenceAlert]) -> None:
        self._alerts = alerts
        self._company, self._kpi, self._sides = alerts[0].company, alerts[0].kpi, alerts[0].condition.divergence
        self._kpis = [self._company.kpis[side.kpi] for side in self._sides]
        ways = [
            [float(side.level + sign * style(kpi.unit).step(side.level)) for sign in (-1, 0, 1)]
            for side, kpi in zip(self._sides, self._kpis, strict=True)
        ]
        self._quiet = [
            way[0] if side.comparison.upward else way[2] for side, way in zip(self._sides, ways, strict=True)
        ]
        self._combinations = list(product(*ways))
        self._value = 0.5

    def test(self) -> Test:
        minutes = len(self._combinations)
        own: list[float | None] = [*[self._value] * minutes, *[None] * minutes]
        halved = [None if value is None else value / 2 for value in own]
        series: dict[str, list[float | None]] = {
            values(self._company, self._kpi, instance="a"): own,
            values(self._company, self._kpi, instance="b"): halved,
        }
        for place, kpi in enumerate(self._kpis):
            series[values(self._company, kpi, instance="a")] = [each[place] for each in self._combinations * 2]
            series[values(self._company, kpi, instance="b")] = [self._quiet[place] for _ in own]
        return {
            "name": f"{self._kpi.id} diverging",
            "interval": "1m",
            "input_series": [{"series": name, "values": _samples(values)} for name, values in series.items()],
            "alert_rule_test": [
                _expectation(minute, self._alerts[0].name, self._firing(minute), self._value, 0)
                for minute in range(2 * minutes)
            ],
        }

    def _firing(self, minute: int) -> Sequence[KpiAlert]:
        if minute >= len(self._combinations):
            return []
        pairs = zip(self._sides, self._combinations[minute], strict=True)
        return self._alerts if all(side.comparison.holds(value, float(side.level)) for side, value in pairs) else []


def _expectation(
    minute: int, name: str, firing: Iterable[KpiAlert], value: float | None, reference: float | None
) -> Test:
    expected = {"eval_time": f"{minute}m", "alertname": name}
    alerts = [
        {"exp_labels": dict(each.labels), "exp_annotations": dict(each.printed(value or 0, reference or 0))}
        for each in firing
        if each.name == name
    ]
    return {**expected, "exp_alerts": alerts} if alerts else expected


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


def _rests_on_series(alert: BoundAlert) -> bool:
    return alert.bound.level is None or alert.follows_threshold_series


def _passed(alerts: Sequence[BoundAlert], reference: float) -> list[float]:
    """Each limit and the smallest visible step to its either side, from the good end to the bad one."""
    found: set[float] = set()
    for alert in alerts:
        limit = _limit(alert, reference)
        if limit is not None:
            exact = Decimal(repr(limit))
            step = style(alert.kpi.unit).step(exact)
            found |= {limit, float(exact - step), float(exact + step)}
    return sorted(found, reverse=not alerts[-1].bound.comparison.upward)


def _samples(found: Iterable[float | None]) -> str:
    return " ".join(ABSENT if value is None else number(Decimal(repr(value))) for value in found)
