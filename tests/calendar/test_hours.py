"""Days and hours as people write them, and as they may not."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from exporter.calendar.hours import days_of_month, days_of_week, hour_from, hours_of_day


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("monday to friday", (0, 1, 2, 3, 4)),
        ("Monday", (0,)),
        ("sunday to thursday", (0, 1, 2, 3, 6)),
        ("saturday, monday to tuesday", (0, 1, 5)),
        ("thursday to wednesday", (0, 1, 2, 3, 4, 5, 6)),
        ("friday to friday", (4,)),
    ],
)
def test_days_of_the_week(text: str, days: tuple[int, ...]) -> None:
    assert days_of_week(text) == days


def test_hours() -> None:
    assert hours_of_day("08:30 to 24:00") == ("08:30", "24:00")
    assert hour_from("07:45") == ("07:45", "08:45")
    assert hour_from("23:00") == ("23:00", "24:00")
    assert days_of_month("1 to 31") == (1, 31)
    assert days_of_month("15") == (15, 15)


@pytest.mark.parametrize(
    ("read", "text"),
    [
        (days_of_week, "mon"),
        (days_of_week, ""),
        (days_of_week, "monday to"),
        (hours_of_day, "9:00 to 17:00"),
        (hours_of_day, "09:00"),
        (hours_of_day, "09:00 to 24:30"),
        (hours_of_day, "17:00 to 17:00"),
        (hour_from, "23:01"),
        (hour_from, "24:00"),
        (days_of_month, "0 to 3"),
        (days_of_month, "30 to 32"),
        (days_of_month, "3 to 1"),
    ],
)
def test_what_is_refused_is_quoted(read: Callable[[str], object], text: str) -> None:
    with pytest.raises(ValueError, match=f"^{text!r} "):
        read(text)
