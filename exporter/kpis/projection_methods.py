"""How the rest of a period is predicted from past ones: two methods for what grows, two for what may also fall."""

from __future__ import annotations

import math
import sys
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from statistics import fmean, median

from exporter.calendar.windows import Period

_RECENT = 6
"""Periods before one that say how large the KPI was then; what it grows by goes with its size."""

_SMALLEST = 0.25
"""The least size, as a share of the average one: after periods without an event there may be one again."""

_LATEST = 12
"""Periods whose errors count, and whose final values say where a KPI usually ends."""

_NOW = 3
"""Final values that say how large a KPI is now that does not grow within its periods."""


class Method(StrEnum):
    """How the rest of a period is predicted, in the words of `explain`."""

    REST = "as much more as past periods had after this point"
    PACE = "as much more, for what is there, as past periods had"
    LEVEL = "up or down to where the latest periods ended"


@dataclass(frozen=True)
class PastPoint:
    """A past period: its value to date at the same share of its working time, and its final value."""

    period: Period
    to_date: float
    final: float

    @property
    def rest(self) -> float:
        """What was added after that point."""
        return self.final - self.to_date


@dataclass(frozen=True)
class Prediction:
    """The rest of one period by both methods, the size by which it is compared, and the actual rest of a past one."""

    first: float
    second: float
    size: float
    actual: float = 0.0

    def rest(self, weight: float) -> float:
        """Return the rest with this weight of the second method."""
        return (1 - weight) * self.first + weight * self.second

    def error(self, weight: float) -> float:
        """Return by how much the actual rest was larger."""
        return self.actual - self.rest(weight)


class Predictor(ABC):
    """Predicts the rest of a period by two methods: `Method.REST` and `second`."""

    second: Method

    @abstractmethod
    def now(self, to_date: float) -> Prediction:
        """Predict the period that runs, from its value to date."""

    @abstractmethod
    def past(self) -> Sequence[Prediction]:
        """Predict each of the latest past periods as if it ran, from all others."""

    @abstractmethod
    def unit(self, prediction: Prediction, weight: float) -> float:
        """Return the unit in which the errors of different periods are alike."""


class GrowingPredictor(Predictor):
    """Predicts what only grows within its periods, such as a count of incidents.

    Sizes keep months of different years alike. Errors grow with the square root of what is still to come, as those of
    independent events do.
    """

    second = Method.PACE

    def __init__(self, points: Sequence[PastPoint]) -> None:
        self._points = points
        finals = [each.final for each in points]
        least = max(_SMALLEST * fmean(finals), sys.float_info.min)
        before = [finals[max(0, n - _RECENT) : n] or finals[1 : 1 + _RECENT] for n in range(len(points))]
        self._sizes = [max(fmean(each), least) for each in before]
        self._size_now = max(fmean(finals[-_RECENT:]), least)
        self._rests = [each.rest / size for each, size in zip(points, self._sizes, strict=True)]
        self._parts = [each.to_date / size for each, size in zip(points, self._sizes, strict=True)]
        self._all_rests, self._all_parts = sum(self._rests), sum(self._parts)

    def now(self, to_date: float) -> Prediction:
        """Predict the period that runs, from its value to date and the size of the latest ones."""
        return self._predict(to_date, self._size_now, len(self._points), self._all_rests, self._all_parts)

    def past(self) -> Sequence[Prediction]:
        """Predict each of the latest past periods by its own size, from all others."""
        others = len(self._points) - 1
        return [
            self._predict(
                point.to_date, size, others, self._all_rests - rest, self._all_parts - part, actual=point.rest
            )
            for point, size, rest, part in zip(self._points, self._sizes, self._rests, self._parts, strict=True)
        ][-_LATEST:]

    def _predict(
        self, to_date: float, size: float, count: int, rests: float, parts: float, actual: float = 0.0
    ) -> Prediction:
        rest = size * rests / count
        return Prediction(rest, to_date * rests / parts if parts > 0 else rest, size, actual)

    def unit(self, prediction: Prediction, weight: float) -> float:
        """Return the square root of the predicted rest."""
        return math.sqrt(max(prediction.rest(weight), 1e-12 * prediction.size))


class VaryingPredictor(Predictor):
    """Predicts what may rise and fall within its periods, such as a mean or a share.

    Errors are in proportion to the value where it is always above 0.
    """

    second = Method.LEVEL

    def __init__(self, points: Sequence[PastPoint]) -> None:
        self._points = points
        self._finals = [each.final for each in points]
        self._rests = sum(each.rest for each in points)
        self._proportional = all(each.final > 0 and each.to_date >= 0 for each in points)

    def now(self, to_date: float) -> Prediction:
        """Predict the period that runs, from its value to date and where the latest ones ended."""
        level = median(self._finals[-_LATEST:])
        return Prediction(self._rests / len(self._points), level - to_date, self._size(median(self._finals[-_NOW:])))

    def past(self) -> Sequence[Prediction]:
        """Predict each of the latest past periods from all others."""
        latest = self._finals[-_LATEST:]
        return [
            Prediction(
                first=(self._rests - point.rest) / (len(self._points) - 1),
                second=median([*latest[:place], *latest[place + 1 :]]) - point.to_date,
                size=self._size(point.final),
                actual=point.rest,
            )
            for place, point in enumerate(self._points[-_LATEST:])
        ]

    def _size(self, value: float) -> float:
        return value if self._proportional else 1.0

    def unit(self, prediction: Prediction, weight: float) -> float:
        """Return the value that errors are in proportion to, or 1."""
        return prediction.size
