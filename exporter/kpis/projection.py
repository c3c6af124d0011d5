"""Projection: where a period will end, from what is there and how past periods went on from the same point.

Of two methods that predict the rest of a period, the one counts that would have been nearer in the past, or half of
each. How far it would have been off makes the band. Nothing here reads a clock or a store.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean, median

from exporter.calendar.windows import Period
from exporter.kpis.projection_methods import GrowingPredictor, Method, PastPoint, VaryingPredictor
from exporter.kpis.projection_past import PastPeriods

LEAST = 6
"""Past periods without which nothing is projected."""

_EARLIEST = 0.2
"""The share of a period's working time before which what is there says too little."""

QUANTILES: Mapping[str, float] = {"0.1": 0.1, "0.5": 0.5, "0.9": 0.9}
"""The share of outcomes that end at or below each projected value, by the label of its series."""

MEDIAN = "0.5"
"""The quantile that half of the outcomes are below."""

_WEIGHTS = (0.0, 0.5, 1.0)
"""The weights of the second method that are tried."""

_WIDENING = 0.8
"""Few errors seldom have the rare ones among them: they are stretched by this share of one error."""

_USELESS = 2.0
"""A band so many times as wide as all that ever happened says nothing."""


@dataclass(frozen=True)
class Projection:
    """Where a period will end, and what that rests on.

    `share` is how much of its working time has passed; `weekdays` are the weights by which that is counted, Monday
    first. `methods` are those whose mean is taken, `points` the past periods at the same share.
    """

    to_date: float
    share: float
    weekdays: tuple[float, ...]
    quantiles: Mapping[str, float]
    methods: tuple[Method, ...]
    points: Sequence[PastPoint]


def project(past: PastPeriods, whole: Period, elapsed: Period, to_date: float) -> Projection | None:
    """Project the final value of a period that has begun.

    None in its first fifth, where its past is too short or always ended alike, or where the band is too wide to say
    anything.
    """
    share = past.time.share(whole, elapsed.ends)
    if share < _EARLIEST:
        return None
    points = [
        PastPoint(each.period, before, each.final)
        for each in past.periods
        if each.period.ends <= whole.starts and (before := each.to_date(share)) is not None
    ]
    finals = [each.final for each in points]
    if len(points) < LEAST or min(finals) == max(finals):
        return None
    predictor = GrowingPredictor(points) if past.grows else VaryingPredictor(points)
    history = predictor.past()
    weight = min(_WEIGHTS, key=lambda each: fmean(abs(one.error(each)) / one.size for one in history))
    errors = [one.error(weight) / predictor.unit(one, weight) for one in history]
    now = predictor.now(to_date)
    unit = predictor.unit(now, weight)
    rests = [now.rest(weight) + unit * _stretched(errors, quantile) for quantile in QUANTILES.values()]
    if past.grows:
        rests = [max(rest, 0.0) for rest in rests]
    if rests[-1] - rests[0] > _USELESS * (max(finals) - min(finals)):
        return None
    return Projection(
        to_date=to_date,
        share=share,
        weekdays=past.time.weekdays,
        quantiles={name: to_date + rest for name, rest in zip(QUANTILES, rests, strict=True)},
        methods={0.0: (Method.REST,), 1.0: (predictor.second,)}.get(weight, (Method.REST, predictor.second)),
        points=points,
    )


def _stretched(errors: Sequence[float], share: float) -> float:
    """Return a quantile of errors, further from their median than it is in so small a sample."""
    middle = median(errors)
    return middle + (_quantile(errors, share) - middle) * (1 + _WIDENING / len(errors))


def _quantile(values: Sequence[float], share: float) -> float:
    """Return the value that the next one is below with this probability, between the nearest two."""
    ordered = sorted(values)
    position = min(max(share * (len(ordered) + 1) - 1, 0.0), len(ordered) - 1.0)
    place = int(position)
    following = ordered[min(place + 1, len(ordered) - 1)]
    return ordered[place] + (following - ordered[place]) * (position - place)
