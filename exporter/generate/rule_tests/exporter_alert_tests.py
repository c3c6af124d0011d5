"""Tests of the alerts on exporters, whichever companies they have."""

from __future__ import annotations

from collections.abc import Iterator

from exporter import conventions
from exporter.alerts.exporter_alerts import LEAST_FREE, exporter_alerts
from exporter.alerts.health import HealthAlert
from exporter.alerts.promql import LOOKBACK_MINUTES, selector
from exporter.catalogue.model import Company
from exporter.generate.rule_tests.health_test import GONE, Phase, health_test, on_replicas
from exporter.generate.rule_tests.threshold_tests import REPLICAS
from exporter.generate.rule_tests.timeline import Test


def exporter_tests(company: Company) -> Iterator[Test]:
    """Yield a test per alert on exporters, with this company's links."""
    replica_down, reload_failed, store_down, space_low, watchdog = exporter_alerts(company)
    yield _replica_test(replica_down, selector("up", job=conventions.JOB), lookback=0)
    for name in (conventions.RELOAD_SUCCESS, conventions.WEB_CONFIG_SUCCESS):
        yield _replica_test(reload_failed, selector(name, job=conventions.JOB), lookback=LOOKBACK_MINUTES)
    yield _replica_test(store_down, selector(conventions.STORE_UP, job=conventions.JOB), lookback=LOOKBACK_MINUTES)
    yield _space_test(space_low)
    yield health_test(watchdog, [(60, {})], [range(60)])


def _space_test(alert: HealthAlert) -> Test:
    """Return a test of a small store, which needs `LEAST_FREE`, and of one that takes more than that."""
    free, size = (selector(name, job=conventions.JOB) for name in (conventions.STORE_FREE, conventions.STORE_SIZE))
    large = 3 * LEAST_FREE
    small_one, large_one = on_replicas(size, LEAST_FREE, LEAST_FREE / 2), on_replicas(size, LEAST_FREE, large)
    phases: list[Phase] = [
        (2, {**small_one, **on_replicas(free, large, LEAST_FREE)}),
        (4, {**small_one, **on_replicas(free, large, LEAST_FREE - 1)}),
        (1, {**small_one, **on_replicas(free, large, LEAST_FREE)}),
        (8, {**small_one, **on_replicas(free, large, LEAST_FREE - 1)}),
        (2, {**large_one, **on_replicas(free, large, large)}),
        (7, {**large_one, **on_replicas(free, large, large - 1)}),
        (GONE, {**large_one, **on_replicas(free, large, None)}),
        (1, {**large_one, **on_replicas(free, large, large)}),
        (8, {**large_one, **on_replicas(free, large, large - 1)}),
        (GONE, {**on_replicas(size, LEAST_FREE, None), **on_replicas(free, large, large - 1)}),
    ]
    labels = {"job": conventions.JOB, "instance": REPLICAS[1]}
    spans = [range(12, 15), range(22, 24 + LOOKBACK_MINUTES), range(30 + GONE, 33 + GONE + LOOKBACK_MINUTES)]
    return health_test(alert, phases, spans, labels, lambda minute: (LEAST_FREE if minute < 15 else large) - 1)


def _replica_test(alert: HealthAlert, series: str, lookback: int) -> Test:
    healthy, failing, gone = on_replicas(series, 1, 1), on_replicas(series, 1, 0), on_replicas(series, 1, None)
    labels = {"job": conventions.JOB, "instance": REPLICAS[1]}
    return health_test(
        alert,
        [(2, healthy), (4, failing), (1, healthy), (8, failing), (GONE, gone)],
        [range(12, 15 + lookback)],
        labels,
    )
