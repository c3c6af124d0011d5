"""OpenMetrics with timestamps: the series of many moments, family by family as the format wants it."""

from __future__ import annotations

from array import array
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from prometheus_client.metrics_core import Metric

from exporter.analysis.backfill.request import Span

END = "# EOF\n"
EVERY = timedelta(minutes=5)
"""How far apart repeated values are: Prometheus takes a sample for the present up to this age."""


@dataclass
class _Series:
    """One series: its samples in order, Unix seconds and values."""

    at: array[int] = field(default_factory=lambda: array("q"))
    values: array[float] = field(default_factory=lambda: array("d"))

    def samples(self) -> Iterable[tuple[int, float]]:
        return zip(self.at, self.values, strict=True)


_Key = tuple[str, tuple[tuple[str, str], ...]]
"""The name and the labels of a series."""


@dataclass
class _Family:
    head: str
    series: defaultdict[_Key, _Series] = field(default_factory=lambda: defaultdict(_Series))


class OpenMetricsDocument:
    """Collects what was known at some moments, the oldest first, and writes it.

    `labels` are added to those of every sample, as a scrape adds them. The series of `headlines` are repeated.
    """

    def __init__(self, span: Span, labels: Mapping[str, str], headlines: frozenset[str]) -> None:
        self._span = span
        self._added = _labels(labels)
        self._repeated = headlines
        self._families: dict[str, _Family] = {}

    def add(self, at: datetime, families: Iterable[Metric]) -> None:
        """Add the samples of a moment, which must be later than those added before."""
        second = int(at.timestamp())
        for metric in families:
            family = self._families.setdefault(metric.name, _Family(_head(metric)))
            for sample in metric.samples:
                series = family.series[sample.name, tuple(sample.labels.items())]
                series.at.append(second)
                series.values.append(sample.value)

    def text(self) -> Iterator[str]:
        """Return a piece per family or, where values are repeated, per series, and the end mark."""
        for name, family in self._families.items():
            yield family.head
            named = ((self._written(key), one) for key, one in family.series.items())
            if name in self._repeated:
                yield from (_lines(series, self._repeat_recent(one)) for series, one in named)
            else:
                yield "".join(_lines(series, one.samples()) for series, one in named)
        yield END

    def _written(self, key: _Key) -> str:
        name, labels = key
        return f"{name}{{{_labels(dict(labels))},{self._added}}}"

    def _repeat_recent(self, series: _Series) -> Iterator[tuple[int, float]]:
        """Yield the samples, and those of the recent stretch again up to the next moment."""
        recent, ends = int(self._span.recent.timestamp()), int(self._span.ends.timestamp())
        step, every = int(self._span.step.total_seconds()), int(EVERY.total_seconds())
        for second, value in series.samples():
            yield second, value
            first = max(1, -((second - recent) // every))  # repetition of it that is recent
            for again in range(second + first * every, min(second + step, ends + 1), every):
                yield again, value


def _lines(series: str, samples: Iterable[tuple[int, float]]) -> str:
    return "".join([f"{series} {value!r} {second}\n" for second, value in samples])


def _head(metric: Metric) -> str:
    help_text = metric.documentation.replace("\\", r"\\").replace("\n", r"\n").replace('"', r"\"")
    unit = f"# UNIT {metric.name} {metric.unit}\n" if metric.unit else ""
    return f"# HELP {metric.name} {help_text}\n# TYPE {metric.name} {metric.type}\n{unit}"


def _labels(labels: Mapping[str, str]) -> str:
    escaped = {
        name: text.replace("\\", r"\\").replace("\n", r"\n").replace('"', r"\"") for name, text in labels.items()
    }
    return ",".join(f'{name}="{text}"' for name, text in escaped.items())
