"""Trends as drawings: gaps where nothing is known, a scale that holds all that is shown."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from exporter.analysis.review.plot import characters, chart, sparkline
from exporter.analysis.review.review import ReviewLine
from exporter.calendar.windows import Calendar
from exporter.kpis.history import Point
from tests.support import readings

CALENDAR = Calendar(ZoneInfo("Europe/Berlin"))
START = datetime(2026, 1, 1, tzinfo=UTC)


def trend(values: Sequence[float | None], plan: float | None = None) -> list[Point]:
    return [Point(START + timedelta(days=day), value, plan) for day, value in enumerate(values)]


def line(values: Sequence[float | None], plan: float | None = None, **texts: str) -> ReviewLine:
    now = readings.reading(readings.kpi("errors", "count", **texts), values[-1])
    return ReviewLine(now, now, trend(values, plan))


@pytest.mark.parametrize(
    ("values", "bars"),
    [
        ([0, 7], "▁█"),
        ([0, None, 3.5, 7], "▁·▅█"),
        ([5, 5, 5], "▁▁▁"),
        ([-7, 0], "▁█"),
        ([None, 5], ""),
        ([], ""),
    ],
)
def test_a_row_of_characters(values: Sequence[float | None], bars: str) -> None:
    assert characters(trend(values)) == bars


def test_a_gap_is_not_drawn_over_and_one_value_alone_is_a_dot() -> None:
    drawn = str(sparkline(line([1, 2, None, 3, None, 4])))
    assert drawn.count("<polyline") == 1
    assert re.search(r'points="2.0,22.0 [\d.]+,[\d.]+"', drawn)
    assert drawn.count("<circle") == 3


def test_higher_is_further_up() -> None:
    points = re.search(r'points="([^"]+)"', str(sparkline(line([0, 10, 5]))))
    assert points
    assert points[1] == "2.0,22.0 50.0,2.0 98.0,12.0"


def test_fewer_than_two_values_make_no_drawing() -> None:
    assert str(sparkline(line([None, 5]))) == ""
    assert str(chart(line([None, 5]), CALENDAR)) == ""


def test_plan_and_levels_are_within_the_drawing() -> None:
    drawn = str(chart(line([4, 5], plan=8, warning="> 6", critical="> 10"), CALENDAR))
    assert '<polyline class="planned"' in drawn
    assert '<line class="warning"' in drawn
    assert '<line class="critical" x1="4" x2="316" y1="10.0" y2="10.0"/>' in drawn
    assert set(re.findall(r">([^<>]+)</text>", drawn)) >= {"10", "4"}


def test_the_axis_names_days_or_the_periods_of_the_window() -> None:
    assert "1 Jan 2026</text>" in str(chart(line([4, 5], window="now"), CALENDAR))
    assert "Dec 2025</text>" in str(chart(line([4, 5], window="month"), CALENDAR))


def test_what_is_the_same_throughout_is_a_line_in_the_middle() -> None:
    flat = line([3, 3])
    assert 'points="2.0,12.0 98.0,12.0"' in str(sparkline(flat))
    assert str(sparkline(replace(flat, trend=trend([3, 3.5])))) != str(sparkline(flat))
