"""Test of two replicas of the exporter of which one dies: one alert fires, and nothing else changes."""

from __future__ import annotations

from exporter import conventions
from exporter.alerts.bound_alert import BoundAlert
from exporter.alerts.exporter_alerts import exporter_alerts
from exporter.alerts.kpi_alerts import kpi_alerts
from exporter.alerts.promql import selector
from exporter.catalogue.model import Company
from exporter.generate.rule_tests.health_test import merged, on_replicas
from exporter.generate.rule_tests.threshold_tests import REPLICAS
from exporter.generate.rule_tests.timeline import SeriesTimeline, Test, expectation

_DOWN, _FIRES, _END = 2, 7, 27
"""Minutes: the replica dies in the second, its alert fires five later, and the test outlasts the `for` of any alert."""


def replica_failover_test(company: Company, linked: Company) -> Test:
    """Return the test, in which one threshold of the company, if any, is breached throughout.

    Alerts on exporters have the links of the `linked` company.
    """
    down = exporter_alerts(linked)[0]
    alerts = [each for each in kpi_alerts(company) if isinstance(each, BoundAlert)]
    simple = [
        each for each in alerts if each.bound.level is not None and not each.limit_is_series and not each.kpi.hold
    ]
    first, *others = (selector(conventions.INFO, company=company.name, kpi=kpi) for kpi in company.kpis or ("mrr",))
    alive = merged(on_replicas(info, 1, None) for info in others)  # of these it is enough that they go on
    series_values = {first: 1.0}
    breaching = [each for each in simple if (each.name, each.value_series) == (simple[0].name, simple[0].value_series)]
    limits = [float(each.bound.level or 0) for each in breaching]
    upward = bool(breaching) and breaching[0].bound.comparison.upward
    value = max(limits, default=0.0) + 1 if upward else min(limits, default=0.0) - 1
    series_values |= {each.value_series: value for each in breaching}
    up, labels = selector("up", job=conventions.JOB), {"job": conventions.JOB, "instance": REPLICAS[1]}
    timeline = SeriesTimeline()
    both = merged(on_replicas(series, sample, sample) for series, sample in {**series_values, up: 1.0}.items())
    timeline.append({**alive, **both}, _DOWN)
    on_one = merged(on_replicas(series, sample, None) for series, sample in series_values.items())
    timeline.append({**alive, **on_one, **on_replicas(up, 1, 0)}, _END - _DOWN)
    checks: list[Test] = []
    for minute in (_DOWN - 1, _FIRES - 1, _FIRES, _END - 1):
        firing = [({**down.labels, **labels}, down.expected_annotations(labels, 0))] if minute >= _FIRES else []
        checks.append(expectation(minute, down.name, firing))
        checks += [expectation(minute, name, []) for name in (conventions.EXPORTER_DOWN, conventions.SERIES_ABSENT)]
        for name in dict.fromkeys(each.name for each in breaching):
            checks.append(
                expectation(minute, name, [(each.labels, each.expected_annotations(value, 0)) for each in breaching])
            )
    return {
        "name": "replica failover",
        "interval": "30s",
        "input_series": timeline.input_series(),
        "alert_rule_test": checks,
    }
