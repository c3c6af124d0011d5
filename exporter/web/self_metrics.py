"""What the exporter says about itself: polls, evaluations, configuration, version and the process."""

from __future__ import annotations

import platform
from collections.abc import Iterable

from prometheus_client import CollectorRegistry
from prometheus_client.gc_collector import GCCollector
from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily, InfoMetricFamily, Metric
from prometheus_client.platform_collector import PlatformCollector
from prometheus_client.process_collector import ProcessCollector

from exporter import __version__
from exporter import conventions as names
from exporter.web.interface import Reload, Snapshot


class ProcessMetrics:
    """Memory, processor time, open files and garbage collection of this process."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        ProcessCollector(registry=self._registry)
        PlatformCollector(registry=self._registry)
        GCCollector(registry=self._registry)

    def collect(self) -> Iterable[Metric]:
        return self._registry.collect()


def self_families(snapshot: Snapshot) -> Iterable[Metric]:
    """The families about the exporter's own work."""
    build = InfoMetricFamily(names.BUILD_INFO.removesuffix("_info"), "The version that runs.")
    build.add_metric([], {"version": __version__, "python": platform.python_version()})
    yield build
    yield from _source_families(snapshot)
    yield from _reload_families(snapshot.reload)
    evaluation = GaugeMetricFamily(
        names.EVALUATION_DURATION,
        "How long the last evaluation of all KPIs took.",
        labels=["company"],
        unit="seconds",
    )
    for company, seconds in snapshot.evaluation_seconds.items():
        evaluation.add_metric([company], seconds)
    yield evaluation


def _source_families(snapshot: Snapshot) -> Iterable[Metric]:
    labels = ["company", "source"]
    polls = CounterMetricFamily(names.SOURCE_POLLS, "Polls that were begun.", labels=labels)
    failures = CounterMetricFamily(names.SOURCE_FAILURES, "Polls that failed.", labels=labels)
    skipped = CounterMetricFamily(
        names.SOURCE_SKIPPED, "Polls left out because the one before was still running.", labels=labels
    )
    duration = GaugeMetricFamily(names.SOURCE_DURATION, "How long the last poll took.", labels=labels, unit="seconds")
    overdue = GaugeMetricFamily(
        names.SOURCE_OVERDUE,
        "1 if by its schedule the source should have been read twice since its last success, 0 if not.",
        labels=labels,
    )
    for about, stats in snapshot.polls.items():
        overdue.add_metric(about, stats.overdue)
        polls.add_metric(about, stats.polls)
        failures.add_metric(about, stats.failures)
        skipped.add_metric(about, stats.skipped)
        if stats.duration is not None:
            duration.add_metric(about, stats.duration)
    return polls, failures, skipped, duration, overdue


def _reload_families(reload: Reload) -> Iterable[Metric]:
    yield GaugeMetricFamily(
        names.RELOAD_SUCCESS,
        "1 if the configuration in the files is the one in use, 0 if it was refused.",
        reload.successful,
    )
    yield GaugeMetricFamily(
        names.RELOAD_TIMESTAMP,
        "When the configuration was last loaded successfully.",
        reload.last_success.timestamp(),
        unit="seconds",
    )
