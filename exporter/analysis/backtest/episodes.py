"""Episodes: the stretches in which an alert fires without a break, and the gaps in which nothing is known."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from functools import cached_property
from itertools import groupby

from exporter.alerts.alert import KpiAlert
from exporter.alerts.bound_alert import BoundAlert
from exporter.analysis.backtest.past import Sample
from exporter.kpis.reading import Reason


class End(StrEnum):
    """How an episode ends: the condition holds no more, its value becomes unknown, or it holds to the last moment."""

    RESOLVED = "resolved"
    UNKNOWN = "unknown"
    FIRING = "still firing"


@dataclass(frozen=True)
class Run:
    """Consecutive moments of the same state, up to the first moment of the next run or to the last of all."""

    samples: Sequence[Sample]
    ends: datetime

    @property
    def starts(self) -> datetime:
        """The first moment."""
        return self.samples[0].at

    @property
    def length(self) -> timedelta:
        """How long the state lasts."""
        return self.ends - self.starts


@dataclass(frozen=True)
class Episode(Run):
    """A run in which the alert fires; one that is `open_start` fired at the first moment of all already."""

    end: End
    open_start: bool
    worst: Sample


@dataclass(frozen=True)
class Gap(Run):
    """A run in which the alert cannot be evaluated."""

    reason: Reason
    detail: str


@dataclass(frozen=True)
class AlertHistory:
    """One alert at every moment, the oldest first."""

    alert: KpiAlert
    samples: Sequence[Sample]

    @cached_property
    def runs(self) -> Sequence[Run]:
        """The runs of equal states, the oldest first."""
        grouped = [list(each) for _, each in groupby(self.samples, _state)]
        ends = [*(following[0].at for following in grouped[1:]), self.samples[-1].at]
        return [Run(samples, end) for samples, end in zip(grouped, ends, strict=True)]

    @cached_property
    def episodes(self) -> Sequence[Episode]:
        """The runs in which the alert fires."""
        return list(self._episodes())

    @property
    def gaps(self) -> Sequence[Gap]:
        """The runs in which the alert cannot be evaluated."""
        gaps = ((run, run.samples[0].unknown) for run in self.runs)
        return [Gap(run.samples, run.ends, why.reason, why.detail) for run, why in gaps if why is not None]

    @property
    def firing(self) -> timedelta:
        """How long the alert fires in all."""
        return sum((each.length for each in self.episodes), timedelta())

    @property
    def evaluated(self) -> timedelta:
        """How long the alert can be evaluated in all."""
        return sum((run.length for run in self.runs if run.samples[0].unknown is None), timedelta())

    def _episodes(self) -> Iterator[Episode]:
        for index, run in enumerate(self.runs):
            if run.samples[0].firing:
                following = self.runs[index + 1].samples[0] if index + 1 < len(self.runs) else None
                end = End.FIRING if following is None else End.UNKNOWN if following.unknown else End.RESOLVED
                yield Episode(run.samples, run.ends, end, index == 0, max(run.samples, key=self._excess))

    def _excess(self, sample: Sample) -> float:
        """Return how far the value is beyond its limit; for a divergence, how large it is."""
        beyond = (sample.value or 0.0) - (sample.limit or 0.0)
        downward = isinstance(self.alert, BoundAlert) and not self.alert.bound.comparison.upward
        return -beyond if downward else beyond


def _state(sample: Sample) -> tuple[bool | None, Reason | None]:
    return sample.firing, sample.unknown.reason if sample.unknown else None
