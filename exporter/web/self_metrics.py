"""What the exporter says about itself: polls, evaluations, configuration, the store, version and the process."""

from __future__ import annotations

import platform
from collections.abc import Callable, Iterable, Iterator, Mapping

from prometheus_client import CollectorRegistry
from prometheus_client.gc_collector import GCCollector
from prometheus_client.metrics_core import Metric
from prometheus_client.platform_collector import PlatformCollector
from prometheus_client.process_collector import ProcessCollector

from exporter import __version__
from exporter import conventions as names
from exporter.fixed_series import FIXED_SERIES
from exporter.polling.polled_source import Key, PollStats
from exporter.series.families import empty_family
from exporter.web.http_stats import HttpStats, Refusal
from exporter.web.interface import Snapshot


class ProcessMetrics:
    """Memory, processor time, open files and garbage collection of this process."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        ProcessCollector(registry=self._registry)
        PlatformCollector(registry=self._registry)
        GCCollector(registry=self._registry)

    def collect(self) -> Iterable[Metric]:
        """Return the families of the process as they are now."""
        return self._registry.collect()


def self_families(snapshot: Snapshot) -> Iterator[Metric]:
    """Yield the metric families about polls, evaluations, the configuration, the store and the version."""
    build = empty_family(FIXED_SERIES[names.BUILD_INFO])
    build.add_sample(names.BUILD_INFO, {"version": __version__, "python": platform.python_version()}, 1)
    yield build
    yield from _source_families(snapshot.polls)
    yield from _single_families(
        {
            names.RELOAD_SUCCESS: float(snapshot.reload.successful),
            names.RELOAD_TIMESTAMP: snapshot.reload.last_success.timestamp(),
            names.STORE_UP: float(snapshot.store.fault is None),
            names.STORE_FREE: snapshot.store.free,
            names.STORE_SIZE: snapshot.store.size,
        }
    )
    evaluation = empty_family(FIXED_SERIES[names.EVALUATION_DURATION])
    for company, seconds in snapshot.evaluation_seconds.items():
        evaluation.add_sample(names.EVALUATION_DURATION, {"company": company}, seconds)
    yield evaluation
    computed, reused = (empty_family(FIXED_SERIES[name]) for name in (names.MEASURES_COMPUTED, names.MEASURES_REUSED))
    for company, counts in snapshot.measures.items():
        computed.add_sample(names.MEASURES_COMPUTED, {"company": company}, counts.computed)
        reused.add_sample(names.MEASURES_REUSED, {"company": company}, counts.reused)
    yield computed
    yield reused


def http_families(stats: HttpStats) -> Iterator[Metric]:
    """Yield the metric families about clients, and about the web configuration where there is one."""
    connections = empty_family(FIXED_SERIES[names.HTTP_CONNECTIONS])
    connections.add_sample(names.HTTP_CONNECTIONS, {}, stats.connections)
    yield connections
    refused = empty_family(FIXED_SERIES[names.HTTP_REFUSED])
    for reason in Refusal:
        refused.add_sample(names.HTTP_REFUSED, {"reason": reason}, stats.refused[reason])
    yield refused
    loaded = empty_family(FIXED_SERIES[names.WEB_CONFIG_SUCCESS])
    if (successful := stats.web_config_loaded()) is not None:
        loaded.add_sample(names.WEB_CONFIG_SUCCESS, {}, float(successful))
    yield loaded


_OF_POLLS: Mapping[str, Callable[[PollStats], float | None]] = {
    names.SOURCE_POLLS: lambda stats: stats.polls,
    names.SOURCE_FAILURES: lambda stats: stats.failures,
    names.SOURCE_SKIPPED: lambda stats: stats.skipped,
    names.SOURCE_DURATION: lambda stats: stats.duration,
    names.SOURCE_OVERDUE: lambda stats: stats.overdue,
}
"""The figure of each series about polls; None gives no sample."""


def _source_families(polls: Mapping[Key, PollStats]) -> Iterator[Metric]:
    for name, figure in _OF_POLLS.items():
        family = empty_family(FIXED_SERIES[name])
        for (company, source), stats in polls.items():
            value = figure(stats)
            if value is not None:
                family.add_sample(name, {"company": company, "source": source}, value)
        yield family


def _single_families(values: Mapping[str, float | None]) -> Iterator[Metric]:
    """Yield the families of one sample without labels; None gives no sample."""
    for name, value in values.items():
        family = empty_family(FIXED_SERIES[name])
        if value is not None:
            family.add_sample(name, {}, value)
        yield family
