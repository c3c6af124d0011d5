"""Windows: the stretches of time they name, in the company's calendar, without a gap."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from exporter.calendar.windows import Calendar, Period, parse

BERLIN = Calendar(ZoneInfo("Europe/Berlin"))
APRIL = Calendar(ZoneInfo("Europe/Berlin"), fiscal_year_start=4)
ZONES = ["Europe/Berlin", "America/Sao_Paulo", "Australia/Lord_Howe", "Asia/Kathmandu", "Africa/Cairo", "UTC"]
INSTANTS = st.datetimes(datetime(2001, 1, 1), datetime(2040, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - bounds of UTC times
CALENDARS = st.builds(Calendar, st.sampled_from(ZONES).map(ZoneInfo), st.integers(1, 12))
CALENDAR_WINDOWS = st.sampled_from(["week", "month", "quarter", "year"])


def local(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=BERLIN.zone)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("window", "at", "starts", "ends"),
    [
        ("month", "2026-03-15T12:00", "2026-02-01", "2026-03-01"),
        ("month", "2026-03-01", "2026-02-01", "2026-03-01"),
        ("month", "2026-02-28T23:59:59", "2026-01-01", "2026-02-01"),
        ("month", "2026-01-01", "2025-12-01", "2026-01-01"),
        ("month_to_date", "2026-03-31T08:00", "2026-03-01", "2026-03-31T08:00"),
        ("quarter", "2026-05-20", "2026-01-01", "2026-04-01"),
        ("quarter_to_date", "2026-05-20", "2026-04-01", "2026-05-20"),
        ("year", "2026-05-20", "2025-01-01", "2026-01-01"),
        ("year_to_date", "2026-05-20", "2026-01-01", "2026-05-20"),
        ("week", "2026-11-22T06:00", "2026-11-09", "2026-11-16"),
        ("week", "2026-11-23", "2026-11-16", "2026-11-23"),
        ("week_to_date", "2026-11-22T06:00", "2026-11-16", "2026-11-22T06:00"),
        ("trailing 30 days", "2026-03-31T08:00", "2026-03-01T08:00", "2026-03-31T08:00"),
        ("trailing 30d", "2026-04-02T08:00", "2026-03-03T08:00", "2026-04-02T08:00"),
        ("trailing 12 months", "2028-02-29", "2027-02-28", "2028-02-29"),
        ("trailing 1 month", "2026-03-31", "2026-02-28", "2026-03-31"),
        ("now", "2026-03-31T08:00", "2026-03-31T08:00", "2026-03-31T08:00"),
    ],
)
def test_a_period(window: str, at: str, starts: str, ends: str) -> None:
    assert parse(window).period(local(at), BERLIN) == Period(local(starts), local(ends))


@pytest.mark.parametrize(
    ("window", "at", "starts", "ends"),
    [
        ("year", "2026-03-31", "2024-04-01", "2025-04-01"),
        ("year", "2026-04-01", "2025-04-01", "2026-04-01"),
        ("quarter", "2026-05-20", "2026-01-01", "2026-04-01"),
    ],
)
def test_a_fiscal_year_that_begins_in_april(window: str, at: str, starts: str, ends: str) -> None:
    assert parse(window).period(local(at), APRIL) == Period(local(starts), local(ends))


def test_quarters_are_those_of_the_calendar_whenever_the_fiscal_year_begins() -> None:
    calendar = Calendar(BERLIN.zone, fiscal_year_start=2)
    assert parse("quarter").period(local("2026-05-20"), calendar) == Period(local("2026-01-01"), local("2026-04-01"))
    assert parse("year").period(local("2026-05-20"), calendar) == Period(local("2025-02-01"), local("2026-02-01"))


def test_months_with_a_change_of_clocks_begin_and_end_at_local_midnight() -> None:
    spring = parse("month").period(local("2026-04-10"), BERLIN)
    assert (spring.starts, spring.ends) == (utc("2026-02-28T23:00"), utc("2026-03-31T22:00"))
    assert spring.ends - spring.starts == timedelta(days=31, hours=-1)
    autumn = parse("month").period(local("2026-11-10"), BERLIN)
    assert (autumn.starts, autumn.ends) == (utc("2026-09-30T22:00"), utc("2026-10-31T23:00"))
    assert autumn.ends - autumn.starts == timedelta(days=31, hours=1)


def test_an_instant_counts_in_the_company_s_month_not_in_that_of_utc() -> None:
    just_april_in_berlin = utc("2026-03-31T22:30")
    assert parse("month").period(just_april_in_berlin, BERLIN).ends == local("2026-04-01")
    assert parse("month_to_date").period(just_april_in_berlin, BERLIN).starts == local("2026-04-01")


def test_trailing_days_are_days_of_the_clock() -> None:
    period = parse("trailing 1 day").period(local("2026-03-29T12:00"), BERLIN)
    assert period.ends - period.starts == timedelta(hours=23)
    period = parse("trailing 1 day").period(local("2026-10-25T12:00"), BERLIN)
    assert period.ends - period.starts == timedelta(hours=25)


@pytest.mark.parametrize(
    ("window", "at", "before"),
    [
        ("now", "2026-03-31T08:00", "2026-02-28T08:00"),
        ("month_to_date", "2026-03-31T08:00", "2026-02-28T08:00"),
        ("quarter_to_date", "2026-05-31T08:00", "2026-02-28T08:00"),
        ("year_to_date", "2024-02-29", "2023-02-28"),
        ("week_to_date", "2026-03-30T08:00", "2026-03-23T08:00"),
        ("trailing 30 days", "2026-03-31T08:00", "2026-03-01T08:00"),
        ("trailing 12 months", "2026-03-31", "2025-03-31"),
        ("month", "2026-03-31", "2026-02-28"),
    ],
)
def test_the_instant_one_period_before(window: str, at: str, before: str) -> None:
    assert parse(window).before(local(at), BERLIN) == local(before)


@pytest.mark.parametrize(
    ("window", "at", "months"),
    [
        ("month", "2026-03-15", Decimal(1)),
        ("quarter", "2026-03-15", Decimal(3)),
        ("year", "2026-03-15", Decimal(12)),
        ("trailing 12 months", "2026-03-15", Decimal(12)),
        ("trailing 90 days", "2026-12-15", Decimal(90) / (Decimal("365.25") / 12)),
        ("week", "2026-12-15", Decimal(7) / (Decimal("365.25") / 12)),
        ("now", "2026-12-15", Decimal(0)),
    ],
)
def test_its_length_in_months(window: str, at: str, months: Decimal) -> None:
    parsed = parse(window)
    assert parsed.months(parsed.period(local(at), BERLIN), BERLIN) == pytest.approx(months, abs=Decimal("0.002"))
    if months == int(months):
        assert parsed.months(parsed.period(local(at), BERLIN), BERLIN) == months


@example(at=datetime(2014, 8, 1, tzinfo=UTC), calendar=Calendar(ZoneInfo("Africa/Cairo")), name="month")
@given(at=INSTANTS, calendar=CALENDARS, name=CALENDAR_WINDOWS)
def test_calendar_periods_tile_without_gap_or_overlap(at: datetime, calendar: Calendar, name: str) -> None:
    window = parse(name)
    period = window.period(at, calendar)
    assert period.starts < period.ends <= at
    assert window.period(period.ends, calendar) == period
    last_instant = period.ends - timedelta(microseconds=1)
    assert window.period(last_instant, calendar).ends == period.starts
    assert parse(f"{name}_to_date").period(at, calendar) == Period(period.ends, at)


@given(at=INSTANTS, calendar=CALENDARS, name=CALENDAR_WINDOWS)
def test_the_period_before_ends_where_this_one_starts(at: datetime, calendar: Calendar, name: str) -> None:
    window = parse(name)
    assert window.period(window.before(at, calendar), calendar).ends == window.period(at, calendar).starts


@given(at=INSTANTS, calendar=CALENDARS, length=st.integers(1, 400))
def test_trailing_periods_tile_too(at: datetime, calendar: Calendar, length: int) -> None:
    window = parse(f"trailing {length} days")
    assert window.period(window.before(at, calendar), calendar).ends == window.period(at, calendar).starts


@pytest.mark.parametrize(
    "text",
    ["", "last month", "months", "trailing", "trailing 0 days", "trailing -1 days", "trailing 5 years", "now_to_date"],
)
def test_what_is_no_window_is_refused_with_those_there_are(text: str) -> None:
    with pytest.raises(ValueError, match=r"is not a window; write now, week, month, .* or trailing 12 months"):
        parse(text)
