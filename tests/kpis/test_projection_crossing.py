"""Expected crossings: a steady trend has one, a wobble has none."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from random import Random

import pytest

from exporter.kpis.projection_crossing import WEEKS, expected_crossing, slope, weekly

NOW = datetime(2026, 3, 30, tzinfo=UTC)
WEEK = 7 * 86400.0
DAYS = [(NOW - timedelta(days=number)).timestamp() for number in range(200, -1, -1)]


def crossing(values: list[float | None], limit: float, *, upward: bool = False) -> datetime | None:
    """Return when what ends at the last value crosses the limit, by its daily values until now."""
    per_second = slope(weekly(DAYS, values, NOW.timestamp()))
    last = next(value for value in reversed(values) if value is not None)
    return None if per_second is None else expected_crossing(last, limit, per_second, upward=upward, now=NOW)


def falling(rng: Random | None = None) -> list[float | None]:
    """Return a runway that falls from 18 to 8 by 0.05 a day, with an error of some days."""
    return [8 + 0.05 * (200 - number) + (rng.uniform(-0.2, 0.2) if rng else 0) for number in range(201)]


def test_a_steady_fall_crosses_when_the_line_does() -> None:
    assert crossing(falling(), 6.0) == pytest.approx(NOW + timedelta(days=40), abs=timedelta(hours=1))


@pytest.mark.parametrize("seed", range(5))
def test_errors_of_some_days_move_the_crossing_by_some_days(seed: int) -> None:
    at = crossing(falling(Random(seed)), 6.0)
    assert at is not None
    assert abs(at - NOW - timedelta(days=40)) < timedelta(days=8)


def test_one_wild_value_changes_nothing() -> None:
    wild = falling()
    wild[150] = 10_000.0
    assert crossing(wild, 6.0) == pytest.approx(NOW + timedelta(days=40), abs=timedelta(days=1))


def test_a_wobble_is_no_trend() -> None:
    crossings = [crossing([8 + Random(f"{seed}/{n}").gauss(0, 1) for n in range(201)], 6.0) for seed in range(100)]
    assert sum(each is not None for each in crossings) <= 3


def test_what_moves_away_has_crossed_or_takes_years_has_no_date() -> None:
    assert crossing(falling(), 9.0) is None  # crossed already
    assert crossing(falling(), 20.0, upward=True) is None  # moves away
    assert crossing(falling(), -100.0) is None  # in six years


def test_fewer_than_thirteen_weeks_are_too_few() -> None:
    young: list[float | None] = [*([None] * 120), *falling()[120:]]
    assert len(weekly(DAYS, young, NOW.timestamp())) < WEEKS
    assert crossing(young, 6.0) is None
