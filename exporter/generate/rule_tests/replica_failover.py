"""The test of two replicas of the exporter of which one dies: that is told once, and nothing else changes."""

from __future__ import annotations

from exporter import conventions
from exporter.alerts.exporter_alerts import exporter_alerts
from exporter.alerts.kpi_alerts import BoundAlert, kpi_alerts
from exporter.alerts.promql import selector
from exporter.catalogue.model import Company
from exporter.generate.rule_tests.health_alert_tests import all_of, both
from exporter.generate.rule_tests.threshold_tests import REPLICAS
from exporter.generate.rule_tests.timeline import Test, Timeline, expected

_DIES, _TOLD, _ENDS = 2, 7, 27
"""Minutes: in the second the replica dies, which is told after five, and longer than any alert waits is watched."""


def replica_failover_test(company: Company, first: Company) -> Test:
    """One threshold of the company, if any, is crossed all along. Alerts on exporters have the links of the first."""
    down = exporter_alerts(first)[0]
    alerts = [each for each in kpi_alerts(company) if isinstance(each, BoundAlert)]
    plain = [each for each in alerts if each.bound.level is not None and not each.rests_on_series and not each.kpi.hold]
    shown = {selector(conventions.INFO, company=company.name, kpi=kpi): 1.0 for kpi in company.kpis}
    crossed = [each for each in plain if (each.name, each.value_series) == (plain[0].name, plain[0].value_series)]
    limits = [float(each.bound.level or 0) for each in crossed]
    upward = bool(crossed) and crossed[0].bound.comparison.upward
    value = max(limits, default=0.0) + 1 if upward else min(limits, default=0.0) - 1
    shown |= {each.value_series: value for each in crossed}
    up, labels = selector("up", job=conventions.JOB), {"job": conventions.JOB, "instance": REPLICAS[1]}
    film = Timeline()
    film.show(all_of(both(series, shows, shows) for series, shows in {**shown, up: 1.0}.items()), _DIES)
    alone = all_of(both(series, shows, None) for series, shows in shown.items())
    film.show({**alone, **both(up, 1, 0)}, _ENDS - _DIES)
    checks: list[Test] = []
    for minute in (_DIES - 1, _TOLD - 1, _TOLD, _ENDS - 1):
        told = [({**down.labels, **labels}, down.printed(labels, 0))] if minute >= _TOLD else []
        checks.append(expected(minute, down.name, told))
        checks += [expected(minute, name, []) for name in (conventions.EXPORTER_DOWN, conventions.SERIES_ABSENT)]
        for name in dict.fromkeys(each.name for each in crossed):
            checks.append(expected(minute, name, [(each.labels, each.printed(value, 0)) for each in crossed]))
    return {
        "name": "replica failover",
        "interval": "30s",
        "input_series": film.input_series(),
        "alert_rule_test": checks,
    }
