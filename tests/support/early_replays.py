"""Replays of the histories that are made for projections, against limits that some three of ten months cross."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from exporter.analysis.backtest.early_replay import Limit, ReplayedPeriod, replay
from exporter.calendar.windows import parse
from exporter.quantities.comparison import Comparison
from tests.support.histories import BERLIN, SHAPES

MONTH = parse("month")


def replayed(shape: str, seeds: int) -> Iterator[ReplayedPeriod]:
    """Replay the months of so many histories of a shape."""
    for seed in range(seeds):
        history = SHAPES[shape](seed).history(MONTH)
        values = [each for each in history.value if each is not None]
        yield from replay(history, MONTH, BERLIN, _limits(values, accumulates=shape != "mean"))


def _limits(final_values: Sequence[float], *, accumulates: bool) -> Sequence[Limit]:
    ordered = sorted(final_values)
    upper, lower = ordered[len(ordered) * 7 // 10], ordered[len(ordered) * 3 // 10]
    whole = all(each.is_integer() for each in ordered)
    return [
        Limit("critical", Comparison.GREATER, upper, accumulates=accumulates, whole_numbers=whole),
        Limit("warning", Comparison.LESS, lower, whole_numbers=whole),
    ]
