"""Plans: what they say at, between, before and after their points."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from exporter.calendar.windows import Calendar
from exporter.catalogue.language.plans import Plan, Scenario, Shape, Timeline, parse, parse_range
from exporter.mistakes import TextError
from exporter.quantities.units import parse as unit

BERLIN = ZoneInfo("Europe/Berlin")
MOMENT = timedelta(microseconds=1)
LAUNCH = Timeline(Calendar(BERLIN), date(2026, 1, 1), {1: 0, 2: 6, 3: 12})


def berlin(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=BERLIN).astimezone(UTC)  # type: ignore[arg-type, misc] # year to minute


def euros(text: str, shape: Shape | None = None) -> Plan:
    return parse(text, unit("EUR"), shape)


def test_at_its_points_it_is_what_they_say_to_the_cent() -> None:
    plan = euros("M0 0, M+3 10000.01, M+12 100K, 2027-03-15 1.5M")
    values = [plan.at(berlin(*day), LAUNCH) for day in ((2026, 1, 1), (2026, 4, 1), (2027, 1, 1), (2027, 3, 15))]
    assert values == [0, Decimal("10000.01"), 100_000, 1_500_000]


def test_between_them_it_runs_in_a_straight_line() -> None:
    plan = euros("2026-06-01 1000, 2026-06-11 2000")
    assert plan.shape is Shape.LINEAR
    assert plan.at(berlin(2026, 6, 6), LAUNCH) == 1500
    assert plan.at(berlin(2026, 6, 3, 12), LAUNCH) == 1250
    falling = euros("2026-06-01 2000, 2026-06-11 1000")
    assert falling.at(berlin(2026, 6, 6), LAUNCH) == 1500


def test_before_the_first_there_is_none_and_after_the_last_it_stays() -> None:
    plan = euros("Y1 560K, Y2 2.0M")
    assert plan.at(berlin(2027, 1, 1) - MOMENT, LAUNCH) is None
    assert plan.at(berlin(2027, 1, 1), LAUNCH) == 560_000
    assert plan.at(berlin(2028, 1, 1), LAUNCH) == 2_000_000
    assert plan.at(berlin(2035, 1, 1), LAUNCH) == 2_000_000


def test_phases_are_steps() -> None:
    plan = euros("phase 1 25300, phase 2 41400, phase 3 86200")
    assert plan.shape is Shape.STEP
    assert plan.at(berlin(2026, 1, 1) - MOMENT, LAUNCH) is None
    assert plan.at(berlin(2026, 1, 1), LAUNCH) == 25_300
    assert plan.at(berlin(2026, 7, 1) - MOMENT, LAUNCH) == 25_300
    assert plan.at(berlin(2026, 7, 1), LAUNCH) == 41_400
    assert plan.at(berlin(2029, 1, 1), LAUNCH) == 86_200


def test_quarters_are_steps_of_the_calendar() -> None:
    plan = euros("Q2 2026 25K, Q3-Q4 2026 75K")
    assert plan.shape is Shape.STEP
    values = [plan.at(berlin(*day), LAUNCH) for day in ((2026, 4, 1), (2026, 6, 30), (2026, 7, 1), (2027, 1, 1))]
    assert values == [25_000, 25_000, 75_000, 75_000]
    assert plan.at(berlin(2026, 4, 1) - MOMENT, LAUNCH) is None


def test_a_range_has_a_lower_and_an_upper_end() -> None:
    plans_by_end = parse_range("Q2 2026 25K-75K, Q4 2026 -2K to -1K", unit("EUR"))
    ends = [
        [plans_by_end[side].at(berlin(2026, month, 1), LAUNCH) for month in (4, 10)]
        for side in (Scenario.LOWER, Scenario.UPPER)
    ]
    assert ends == [[25_000, -2_000], [75_000, -1_000]]


@pytest.mark.parametrize(
    ("at", "phase"),
    [
        (berlin(2026, 1, 1) - MOMENT, None),
        (berlin(2026, 1, 1), 1),
        (berlin(2026, 7, 1) - MOMENT, 1),
        (berlin(2026, 7, 1), 2),
        (berlin(2030, 1, 1), 3),
    ],
)
def test_the_phase(at: datetime, phase: int | None) -> None:
    assert LAUNCH.phase(at) == phase


def test_the_shape_can_be_said() -> None:
    at = berlin(2026, 6, 6)
    assert euros("2026-06-01 1000, 2026-06-11 2000", Shape.STEP).at(at, LAUNCH) == 1000
    assert euros("phase 1 0, phase 2 181", Shape.LINEAR).at(
        berlin(2026, 7, 1) - timedelta(days=1), LAUNCH
    ) == pytest.approx(Decimal(180), abs=Decimal("0.05"))


def test_points_may_stand_in_any_order() -> None:
    assert euros("M+6 600, M0 0").at(berlin(2026, 4, 1), LAUNCH) == euros("M0 0, M+6 600").at(
        berlin(2026, 4, 1), LAUNCH
    )


def test_months_after_a_launch_at_a_month_s_end_stay_in_their_month() -> None:
    timeline = Timeline(Calendar(BERLIN), date(2026, 1, 31), {})
    plan = euros("M0 0, M+1 100, M+2 200", Shape.STEP)
    assert plan.at(berlin(2026, 2, 28) - MOMENT, timeline) == 0
    assert plan.at(berlin(2026, 2, 28), timeline) == 100
    assert plan.at(berlin(2026, 3, 31) - MOMENT, timeline) == 100
    assert plan.at(berlin(2026, 3, 31), timeline) == 200


def test_a_point_falls_on_midnight_of_the_company_whatever_the_season() -> None:
    plan = euros("2026-03-29 1, 2026-03-30 2, 2026-10-25 3, 2026-10-26 4", Shape.STEP)
    for day, utc_hour, value in (
        ((2026, 3, 28), 23, 1),
        ((2026, 3, 29), 22, 2),
        ((2026, 10, 24), 22, 3),
        ((2026, 10, 25), 23, 4),
    ):
        midnight = datetime(*day, utc_hour, tzinfo=UTC)
        assert plan.at(midnight, LAUNCH) == value
        assert plan.at(midnight - MOMENT, LAUNCH) == (value - 1 or None)


def test_the_day_that_loses_an_hour_is_shorter_on_the_line() -> None:
    plan = euros("2026-03-29 0, 2026-03-30 2300")
    assert plan.at(datetime(2026, 3, 29, 12, tzinfo=BERLIN), LAUNCH) == 1100  # eleven of its 23 hours


def test_without_a_launch_only_dates_are_known() -> None:
    timeline = Timeline(Calendar(BERLIN), None, {1: 0})
    at = berlin(2030, 1, 1)
    assert euros("Y1 5").at(at, timeline) is None
    assert euros("phase 1 5").at(at, timeline) is None
    assert euros("2027-01-01 5").at(at, timeline) == 5
    assert timeline.year(at) is None


@pytest.mark.parametrize(
    ("at", "year"),
    [
        (berlin(2026, 1, 1) - MOMENT, None),
        (berlin(2026, 1, 1), 1),
        (berlin(2027, 1, 1) - MOMENT, 1),
        (berlin(2027, 1, 1), 2),
        (berlin(2028, 12, 31, 23, 59), 3),
    ],
)
def test_the_year_since_the_launch(at: datetime, year: int | None) -> None:
    assert LAUNCH.year(at) == year


def test_the_year_turns_on_the_day_of_the_launch() -> None:
    timeline = Timeline(Calendar(BERLIN), date(2024, 2, 29), {})
    assert timeline.year(berlin(2025, 2, 28) - MOMENT) == 1
    assert timeline.year(berlin(2025, 2, 28)) == 2
    assert timeline.year(berlin(2028, 2, 29) - MOMENT) == 4
    assert timeline.year(berlin(2028, 2, 29)) == 5


@pytest.mark.parametrize(
    ("text", "message", "column"),
    [
        ("Y1 13, Year2 34", "'Year2 34' is not a point", 7),
        ("Y1 13,Y2 34", "'13,Y2 34' is not an amount", 0),
        ("Y1 13, Y1 14", "gives Y1 twice", 7),
        ("Y1 13, M+12 14", "gives Y1 and M\\+12, the same day", 7),
        ("Y1 13,", "'13,' is not an amount", 0),
        ("2026-02-30 5", "there is no day 2026-02-30", 0),
        ("M-3 5", "is not a point", 0),
        ("Y1", "is not a point", 0),
        ("", "has no points", 0),
        ("Y1 5%", "is not an amount in the unit EUR", 0),
    ],
)
def test_what_it_refuses_and_where(text: str, message: str, column: int) -> None:
    with pytest.raises(TextError, match=message) as refused:
        euros(text)
    assert refused.value.column == column


def test_an_amount_may_have_a_comma_in_it() -> None:
    assert euros("Y1 €1,500, Y2 €2,500").at(berlin(2028, 1, 1), LAUNCH) == 2500
