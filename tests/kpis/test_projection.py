"""Projections of the period that runs: golden cases, and what holds of every history."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exporter.calendar.windows import Calendar, Period, parse
from exporter.kpis.projection import LEAST, Projection, project
from exporter.kpis.projection_methods import Method
from exporter.kpis.projection_past import KpiHistory, StoredPeriod, past_periods, stored_periods
from exporter.kpis.working_time import EVEN, WorkingTime
from tests.support.examples import examples
from tests.support.histories import BERLIN, SHAPES

UTC_CALENDAR = Calendar(ZoneInfo("UTC"))
MONTH = parse("month")
JULY = Period(datetime(2026, 7, 1, tzinfo=UTC), datetime(2026, 8, 1, tzinfo=UTC))


def months(*values: Sequence[float], last: Period = JULY, calendar: Calendar = UTC_CALENDAR) -> list[StoredPeriod]:
    """Return the months before one, each by its values at equal distances, of which the last is the final one."""
    periods = []
    ends = last.starts
    for each in reversed(values):
        starts = calendar.add_months(ends, -1)
        parts = [starts + (ends - starts) * n / len(each) for n in range(1, len(each))]
        periods.append(StoredPeriod(Period(starts, ends), each[-1], [at.timestamp() for at in parts], each[:-1]))
        ends = starts
    return periods[::-1]


def at_half(stored: Sequence[StoredPeriod], to_date: float) -> Projection | None:
    """Project July from its middle."""
    middle = JULY.starts + (JULY.ends - JULY.starts) / 2
    past = replace(past_periods(stored, UTC_CALENDAR), time=WorkingTime(EVEN, UTC_CALENDAR))
    return project(past, JULY, Period(JULY.starts, middle), to_date)


STEADY = [(5.0, 5.0 + rest) for rest in (4, 6, 5, 7, 3, 5)]
"""What is there in the middle says nothing of what comes."""


def test_what_grows_ends_as_much_higher_as_past_periods_did() -> None:
    projection = at_half(months(*STEADY), 5.0)
    assert projection is not None
    assert projection.quantiles["0.5"] == pytest.approx(10.0, abs=0.35)
    assert 7 < projection.quantiles["0.1"] < 9 < 11 < projection.quantiles["0.9"] < 13
    assert [(point.to_date, point.final) for point in projection.points] == STEADY


def test_twice_as_much_by_the_middle_is_twice_as_much_at_the_end_where_that_was_so() -> None:
    parts = ((5, 0.2), (20, -0.5), (8, 0), (30, 0.4), (12, -0.1), (6, 0))
    halves = [(float(part), 2 * part + error) for part, error in parts]
    projection = at_half(months(*halves), 40.0)
    assert projection is not None
    assert projection.methods == (Method.PACE,)
    assert projection.quantiles["0.5"] == pytest.approx(80, rel=0.02)


def test_a_mean_ends_near_where_it_usually_ends() -> None:
    means = [(90.0, 100.0), (112.0, 101.0), (85.0, 99.0), (120.0, 102.0), (95.0, 98.0), (108.0, 100.0)]
    projection = at_half(months(*means), 70.0)
    assert projection is not None
    assert projection.methods == (Method.LEVEL,)
    assert projection.quantiles["0.5"] == pytest.approx(100, abs=3)


def test_too_few_periods_give_no_projection() -> None:
    assert at_half(months(*STEADY), 5.0) is not None
    assert at_half(months(*STEADY[1:]), 5.0) is None
    assert len(STEADY) == LEAST


def test_a_kpi_that_always_ends_alike_is_not_projected() -> None:
    assert at_half(months(*[(1.0, 2.0)] * 12), 1.0) is None


def test_a_band_wider_than_all_that_happened_is_not_published() -> None:
    late = [(part, 100.0 + n / 10) for n, part in enumerate((10.0, 90.0, 30.0, 70.0, 20.0, 80.0))]
    assert at_half(months(*late), 50.0) is None
    assert at_half(months(*((part, final + 40 * (n % 2)) for n, (part, final) in enumerate(late))), 50.0) is not None


def test_months_before_the_launch_and_the_month_of_the_launch_do_not_count() -> None:
    values = [0.0, 0.0, 3.0, *(10.0 + n for n in range(6))]
    moments, finals = [], []
    start = datetime(2025, 10, 1, tzinfo=UTC)
    for place in range(len(values) + 1):
        at = UTC_CALENDAR.add_months(start, place)
        moments += [at.timestamp(), at.timestamp() + 86400]
        finals += [values[place - 1] if place else None] * 2
    history = KpiHistory(moments, finals, [0.0] * len(moments))
    assert [each.final for each in stored_periods(history, MONTH, UTC_CALENDAR)] == [10, 11, 12, 13, 14, 15]


def test_a_month_without_any_stored_moment_is_left_out_and_does_not_lend_its_value() -> None:
    january, march = datetime(2026, 1, 15, tzinfo=UTC), datetime(2026, 3, 15, tzinfo=UTC)
    days = [january + timedelta(days=n) for n in range(10)] + [march + timedelta(days=n) for n in range(40)]
    history = KpiHistory([at.timestamp() for at in days], [7.0] * len(days), [1.0] * len(days))
    assert stored_periods(history, MONTH, UTC_CALENDAR) == []  # of January the final value was never seen


@pytest.mark.parametrize("month", ["2026-02", "2026-03", "2026-10", "2026-07"])
def test_working_time_passes_from_0_to_1_in_months_of_any_length_and_over_clock_changes(month: str) -> None:
    starts = datetime.fromisoformat(f"{month}-01T00:00").replace(tzinfo=BERLIN.zone)
    period = Period(starts.astimezone(UTC), BERLIN.add_months(starts, 1))
    time = WorkingTime((1.2, 1.2, 1.2, 1.2, 1.2, 0.5, 0.5), BERLIN)
    instants = [period.starts + (period.ends - period.starts) * n / 200 for n in range(201)]
    shares = [time.share(period, at) for at in instants]
    assert shares[0] == 0
    assert shares[-1] == pytest.approx(1)
    assert shares == sorted(shares)


def test_a_weekend_hardly_counts_where_hardly_anything_happens_on_one() -> None:
    increments = []
    for day in range(28 * 6):
        at = datetime(2026, 1, 5, tzinfo=UTC) + timedelta(days=day)  # a Monday
        increments.append((at.timestamp(), at.timestamp() + 86400, 0.0 if at.weekday() > 4 else 10.0))
    time = WorkingTime.of(increments, UTC_CALENDAR)
    assert time.weekdays[0] == pytest.approx(time.weekdays[4])
    assert time.weekdays[0] > 1
    assert time.weekdays[5] == pytest.approx(time.weekdays[6])
    assert time.weekdays[6] < 0.3
    june = Period(datetime(2026, 6, 1, tzinfo=UTC), datetime(2026, 7, 1, tzinfo=UTC))
    friday, monday = (time.share(june, datetime(2026, 6, day, tzinfo=UTC)) for day in (6, 8))
    assert monday - friday < time.share(june, datetime(2026, 6, 2, tzinfo=UTC))


AMOUNTS = st.lists(
    st.tuples(st.floats(0, 1000), st.floats(0, 1000)).map(lambda each: (each[0], each[0] + each[1])),
    min_size=LEAST,
    max_size=30,
)


@examples(60)
@given(AMOUNTS, st.floats(0, 1000))
def test_what_grows_never_ends_below_what_is_there(periods: list[tuple[float, float]], to_date: float) -> None:
    projection = at_half(months(*periods), to_date)
    if projection is not None:
        values = list(projection.quantiles.values())
        assert values == sorted(values)
        assert values[0] >= to_date


@examples(60)
@given(AMOUNTS, st.floats(0, 1000), st.sampled_from([0.01, 4.0, 1024.0]))
def test_a_projection_in_cents_is_a_hundred_times_that_in_euros(
    periods: list[tuple[float, float]], to_date: float, factor: float
) -> None:
    projection = at_half(months(*periods), to_date)
    larger = at_half(months(*([part * factor for part in each] for each in periods)), to_date * factor)
    assert (projection is None) == (larger is None)
    if projection is not None and larger is not None and projection.methods == larger.methods:
        for name, value in projection.quantiles.items():
            assert larger.quantiles[name] == pytest.approx(value * factor, rel=1e-6, abs=1e-6)


def test_the_history_of_a_sum_is_known_to_grow_and_that_of_a_mean_is_not() -> None:
    growing, mean = (
        past_periods(stored_periods(SHAPES[shape](1).history(MONTH), MONTH, BERLIN), BERLIN)
        for shape in ("sparse", "mean")
    )
    assert growing.grows
    assert not mean.grows
    assert mean.time.weekdays == EVEN
