"""Marks on axes: round in the unit of the amounts, and at the beginnings of days and months where people are."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from exporter.charts.ticks import amounts, moments
from exporter.quantities import units
from exporter.quantities.display import amount

BERLIN = ZoneInfo("Europe/Berlin")
END = datetime(2026, 11, 22, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("unit", "low", "high", "marks"),
    [
        ("ratio", 0.993, 1.0, ["99.2%", "99.4%", "99.6%", "99.8%", "100%"]),
        ("duration", 100.0, 900.0, ["0s", "5m", "10m", "15m"]),
        ("duration", 0.08, 0.2, ["75ms", "100ms", "125ms", "150ms", "175ms", "200ms"]),
        ("EUR", 26e3, 51e3, ["€25,000", "€30,000", "€35,000", "€40,000", "€45,000", "€50,000", "€55,000"]),
        ("EUR", -15.0, 4.0, ["−€15.00", "−€10.00", "−€5.00", "€0.00", "€5.00"]),
        ("count", 7.0, 7.0, ["2", "4", "6", "8", "10", "12"]),
        ("count", 0.0, 0.0, ["−0.6", "−0.4", "−0.2", "0", "0.2", "0.4", "0.6"]),
    ],
)
def test_amounts_are_round_and_hold_the_range(unit: str, low: float, high: float, marks: list[str]) -> None:
    kind = units.parse(unit)
    ticks = amounts(low, high, kind)
    assert [amount(mark, kind) for mark in ticks] == marks
    assert ticks[0] <= low <= high <= ticks[-1]


@pytest.mark.parametrize(
    ("days", "names"),
    [
        (7, ["16 Nov", "17 Nov", "18 Nov", "19 Nov", "20 Nov", "21 Nov", "22 Nov"]),
        (30, ["26 Oct", "2 Nov", "9 Nov", "16 Nov"]),
        (365, ["2026", "Mar", "May", "Jul", "Sep", "Nov"]),
        (1096, ["2024", "Jul", "2025", "Jul", "2026", "Jul"]),
    ],
)
def test_moments_are_beginnings_in_local_time(days: int, names: list[str]) -> None:
    ticks = moments(END - timedelta(days=days), END, BERLIN)
    assert [name for _, name in ticks] == names
    assert all(at.astimezone(BERLIN).hour == 0 for at, _ in ticks)


def test_weeks_begin_on_mondays() -> None:
    assert {at.weekday() for at, _ in moments(END - timedelta(days=45), END, BERLIN)} == {0}
