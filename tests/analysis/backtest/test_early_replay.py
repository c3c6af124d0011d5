"""Replays of made histories: the band holds what it says, and what warns early is seldom wrong."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

import pytest

from exporter.analysis.backtest.early_figures import figures
from exporter.analysis.backtest.early_replay import POINTS, Limit, Sign, replay
from exporter.quantities.comparison import Comparison
from tests.support.early_replays import MONTH, replayed
from tests.support.examples import first
from tests.support.histories import BERLIN, SHAPES, Events


@pytest.mark.slow
@pytest.mark.parametrize("shape", first(3, SHAPES))
def test_the_band_holds_four_of_five_final_values_and_warnings_are_seldom_false(shape: str) -> None:
    result = figures(replayed(shape, 4))
    assert result.periods == 4 * (36 - 1 - 1 - 6)  # without the first, the last, and those that teach
    for point in POINTS:
        assert 0.75 <= (result.held[point] or 0) <= 0.9, point
    expected, beyond = (result.signs[sign] for sign in (Sign.EXPECTED, Sign.BEYOND))
    assert expected.warnings > 10
    assert expected.false <= 0.1 * expected.warnings + 2  # of so few, two may be more than one of ten
    assert beyond.false == 0
    assert (beyond.warnings > 10) == (shape != "mean")


def test_a_limit_crossed_on_the_third_is_known_on_the_third() -> None:
    def one_a_day_but_six_in_march(day: datetime, month: int, rng: object) -> Sequence[float]:
        return [1.0] * (6 if month == 14 and day.day == 3 else day.day == 20)

    history = Events.of(one_a_day_but_six_in_march, 1, days=500).history(MONTH, days=500)
    [march] = [
        each
        for each in replay(history, MONTH, BERLIN, [Limit("critical", Comparison.GREATER, 5, accumulates=True)])
        if each.period.ends == datetime(2024, 3, 31, 22, tzinfo=UTC)
    ]
    [warning] = march.warnings
    assert warning.sign is Sign.BEYOND
    assert warning.at == datetime(2024, 3, 4, tzinfo=UTC)
    assert warning.lead.days == 27
    assert warning.right
