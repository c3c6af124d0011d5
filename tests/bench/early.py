"""early warnings on histories made for them, replayed day by day over two years: how right, how false, how early."""

from __future__ import annotations

from collections.abc import Iterator

from exporter.analysis.backtest.early_figures import EarlyFigures, figures
from exporter.analysis.backtest.early_replay import POINTS, ReplayedPeriod, Sign
from tests.bench.result import Result
from tests.support.early_replays import replayed
from tests.support.histories import SHAPES

SEEDS = 6


def measure() -> Iterator[Result]:
    """Measure each shape, then the warnings of all."""
    every: list[ReplayedPeriod] = []
    for shape in SHAPES:
        periods = list(replayed(shape, SEEDS))
        yield from _held(shape, figures(periods))
        every += periods
    yield from _warnings("all shapes", figures(every))


def _held(name: str, result: EarlyFigures) -> Iterator[Result]:
    for point in POINTS:
        share = 100 * (result.held[point] or 0)
        what = f"{name}: final values within the 80% band at {point} of the month, of {result.projected[point]}"
        yield Result(what, share, "%", at_least=75, at_most=90)


def _warnings(name: str, result: EarlyFigures) -> Iterator[Result]:
    for sign in Sign:
        of_sign = result.signs[sign]
        most = 0.0 if sign is Sign.BEYOND else 10.0
        what = f"{name}: {sign.value}, false ones of {of_sign.warnings}; the final value crossed {result.crossings}"
        yield Result(what, 100 * (of_sign.false_share or 0), "%", at_most=most)
        yield Result(f"{name}: {sign.value}, median days before the close", of_sign.lead or 0, "days")
