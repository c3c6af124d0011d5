"""The form of tests of health alerts: each fires after its `for`, survives a missed scrape, and resolves.

Prometheus scrapes two replicas of the exporter, a and b.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from types import MappingProxyType

from exporter.alerts.health import HealthAlert
from exporter.alerts.promql import LOOKBACK_MINUTES, of_replica
from exporter.generate.rule_tests.threshold_tests import REPLICAS
from exporter.generate.rule_tests.timeline import SeriesTimeline, Step, Test, expectation

Labels = Mapping[str, str]

Phase = tuple[int, Step]
"""The minutes of a phase, and the step that repeats in it."""

GONE = LOOKBACK_MINUTES + 2
"""Minutes after which the rules no longer see a series that ended, and one more."""


def health_test(
    alert: HealthAlert,
    phases: Sequence[Phase],
    spans: Sequence[range],
    labels: Labels = MappingProxyType({}),
    value: Callable[[int], float] = lambda _: 0,
    looked_up: Mapping[str, str] = MappingProxyType({}),
) -> Test:
    """Return a test in which the alert fires in the minutes of the spans, with these labels and that `value`.

    `looked_up` holds the results of the alert's lookups, by word. The test checks the first and last minute of
    every phase, and both sides of every span's ends.
    """
    timeline = SeriesTimeline()
    edges = {edge - before for span in spans for edge in (span.start, span.stop) for before in (0, 1)}
    for minutes, step in phases:
        edges |= {timeline.minutes, timeline.minutes + minutes - 1}
        timeline.append(step, minutes)
    return {
        "name": alert.title,
        "interval": "30s",
        "input_series": timeline.input_series(),
        "alert_rule_test": [
            expectation(
                minute,
                alert.name,
                [({**alert.labels, **labels}, alert.expected_annotations({**labels, **looked_up}, value(minute)))]
                if any(minute in span for span in spans)
                else [],
            )
            for minute in sorted(edges)
            if 0 <= minute < timeline.minutes
        ],
    }


def on_replicas(series: str, first: float | None, second: float | None) -> Step:
    """Return the values of a series on the two replicas, None for no sample."""
    return dict(zip((of_replica(series, replica) for replica in REPLICAS), (first, second), strict=True))


def merged(steps: Iterable[Step]) -> Step:
    """Merge steps of different series into one."""
    return {series: value for step in steps for series, value in step.items()}
