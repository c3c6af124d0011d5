"""Tests of the rules for `promtool test rules`: every threshold, at and around its limit, with the words it prints."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from itertools import groupby
from pathlib import PurePosixPath
from typing import Any

from exporter import conventions
from exporter.catalogue.model import Company
from exporter.generate.alerts import KpiAlert, kpi_alerts
from exporter.generate.amounts import style
from exporter.generate.drills import drills
from exporter.generate.promql import number
from exporter.generate.text import yaml_file

Test = Mapping[str, Any]

ABSENT = "_"


def generate(companies: Sequence[Company]) -> Mapping[str, str]:
    return {conventions.rule_tests_file(company.name): yaml_file(_file(company)) for company in companies}


def _file(company: Company) -> Test:
    by_kpi = groupby(kpi_alerts(company), key=lambda alert: alert.kpi.id)
    rules = PurePosixPath(conventions.rules_file(company.name)).name
    return {
        "rule_files": [f"../{rules}"],
        "evaluation_interval": "1m",
        "tests": [*(_Course(tuple(alerts)).test() for _, alerts in by_kpi), *drills(company)],
    }


class _Course:
    """One KPI's way past all its limits, a minute each, while another replica of the exporter shows a quiet value.

    First there are no series. Then, if any limit is itself a series, the values without it, and the values with it.
    At last the quiet value returns.
    """

    def __init__(self, alerts: Sequence[KpiAlert]) -> None:
        self._alerts = alerts
        self._company, self._kpi = alerts[0].company, alerts[0].kpi
        self._plan = 0.5 if self._kpi.unit.is_ratio else 3600.0
        values = list(_values(alerts, self._plan))
        quiet = next((value for value in values if not self._firing(value, limits_there=True)), values[0])
        needs_series = any(_rests_on_series(alert) for alert in alerts)
        self._values: list[float | None] = [None, *(values if needs_series else []), *values, quiet]
        self._limits_from = 1 + (len(values) if needs_series else 0)
        self._quiet = quiet

    def test(self) -> Test:
        return {
            "name": self._kpi.id,
            "interval": "1m",
            "input_series": list(self._series()),
            "alert_rule_test": [
                self._expectation(minute, name)
                for minute in range(len(self._values))
                for name in sorted({alert.name for alert in self._alerts})
            ],
        }

    def _series(self) -> Iterator[Test]:
        metric = conventions.metric(self._kpi)
        quiet = [None if value is None else self._quiet for value in self._values]
        for replica, values in (("a", self._values), ("b", quiet)):
            series = f'{metric}{{company="{self._company.name}",instance="{replica}"}}'
            yield {"series": series, "values": " ".join(map(_sample, values))}
        limits = {alert.plan_series: self._plan for alert in self._alerts if alert.bound.share is not None}
        for alert in self._alerts:
            if alert.follows_threshold_series:
                limits[alert.threshold_series] = alert.limit(self._plan)
        for series, limit in limits.items():
            samples = [limit if minute >= self._limits_from else None for minute in range(len(self._values))]
            yield {"series": series, "values": " ".join(map(_sample, samples))}

    def _expectation(self, minute: int, name: str) -> Test:
        value = self._values[minute]
        expected = {"eval_time": f"{minute}m", "alertname": name}
        if value is None:
            return expected
        firing = [a for a in self._firing(value, minute >= self._limits_from) if a.name == name]
        if not firing:
            return expected
        alerts = [{"exp_labels": dict(a.labels), "exp_annotations": dict(a.printed(value, self._plan))} for a in firing]
        return {**expected, "exp_alerts": alerts}

    def _firing(self, value: float, limits_there: bool) -> list[KpiAlert]:
        return [
            alert
            for alert in self._alerts
            if (limits_there or not _rests_on_series(alert))
            and alert.bound.comparison.holds(value, alert.limit(self._plan))
        ]


def _rests_on_series(alert: KpiAlert) -> bool:
    return alert.bound.share is not None or alert.follows_threshold_series


def _values(alerts: Sequence[KpiAlert], plan: float) -> list[float]:
    """Each limit and the smallest visible step to its either side, from the good end to the bad one."""
    found: set[float] = set()
    for alert in alerts:
        limit = alert.limit(plan)
        exact = Decimal(repr(limit))
        step = style(alert.kpi.unit).step(exact)
        found |= {limit, float(exact - step), float(exact + step)}
    return sorted(found, reverse=not alerts[-1].bound.comparison.upward)


def _sample(value: float | None) -> str:
    return ABSENT if value is None else number(Decimal(repr(value)))
