"""Numbers, spans and moments as the page writes them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from exporter.calendar import windows
from exporter.calendar.windows import Calendar, Period
from exporter.quantities import display, units

BERLIN = ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("unit", "value", "written"),
    [
        ("EUR", 316240.0, "€316.2K"),
        ("EUR", 26353.21, "€26,353"),
        ("EUR", 49.9, "€49.90"),
        ("EUR", 0.0, "€0.00"),
        ("EUR", -12345.0, "−€12,345"),
        ("EUR", 999_999.0, "€1M"),
        ("EUR", 1_234_567.89, "€1.23M"),
        ("JPY", 50.0, "¥50"),
        ("EUR/month", 4120.4, "€4,120/month"),
        ("USD/year", 31200.0, "$31,200/year"),
        ("ratio", 0.9995, "99.95%"),
        ("ratio", 0.017, "1.7%"),
        ("ratio", 1.1, "110%"),
        ("ratio", 1.0, "100%"),
        ("ratio", 0.99999, "99.999%"),
        ("ratio", 0.00001, "0.001%"),
        ("ratio", 0.0, "0%"),
        ("ratio", -0.04, "−4%"),
        ("duration", 12000.0, "3h 20m"),
        ("duration", 45.0, "45s"),
        ("duration", 0.25, "250ms"),
        ("duration", 0.0, "0s"),
        ("duration", 59.7, "1m"),
        ("duration", 212.0, "3m 32s"),
        ("duration", 12 * 86400 + 4.4 * 3600, "12d 4h"),
        ("duration", 86399.0, "1d"),
        ("months", 6.4, "6.4 months"),
        ("months", 1.0, "1 month"),
        ("ratio n:1", 16.2, "16.2"),
        ("per month", 4.333, "4.3/month"),
        ("count", 20411.0, "20,411"),
        ("count", 0.0, "0"),
        ("score 1..5", 4.62, "4.62"),
        ("score -100..100", -12.0, "−12"),
    ],
)
def test_amounts(unit: str, value: float, written: str) -> None:
    assert display.amount(value, units.parse(unit)) == written


@pytest.mark.parametrize(
    ("unit", "value", "previous", "written"),
    [
        ("EUR", 108.2, 100.0, "+8.2%"),
        ("EUR", 97.5, 100.0, "−2.5%"),
        ("EUR", 100.004, 100.0, "+0.004%"),
        ("EUR", 100.0, 100.0, "no change"),
        ("EUR", 5000.0, 0.0, "+€5,000"),
        ("EUR", 5000.0, -5000.0, "+€10,000"),
        ("ratio", 0.017, 0.021, "−0.4 pp"),
        ("ratio", 0.99953, 0.9999, "−0.037 pp"),
        ("score 1..5", 4.62, 4.3, "+0.32"),
        ("duration", 12000.0, 9600.0, "+25%"),
        ("count", 4.0, 3.0, "+1"),
        ("count", 3.0, 4.0, "−1"),
        ("count", 6.0, 5.0, "+20%"),
        ("EUR", 428.0, 50.0, "+€378"),
        ("EUR", 150.0, 50.0, "+200%"),
    ],
)
def test_changes(unit: str, value: float, previous: float, written: str) -> None:
    assert display.change(value, previous, units.parse(unit)) == written


@pytest.mark.parametrize(
    ("passed", "written"),
    [
        (timedelta(seconds=-5), "just now"),
        (timedelta(seconds=59), "just now"),
        (timedelta(seconds=125), "2 min ago"),
        (timedelta(hours=47, minutes=59), "47 h ago"),
        (timedelta(hours=48), "2 days ago"),
    ],
)
def test_ages(passed: timedelta, written: str) -> None:
    assert display.age(NOW - passed, NOW) == written


@pytest.mark.parametrize(
    ("window", "written"),
    [
        ("now", ""),
        ("month", "Oct 2026"),
        ("quarter", "Jul to Sep 2026"),
        ("year", "Jan to Dec 2025"),
        ("week", "9 Nov to 15 Nov 2026"),
        ("month_to_date", "1 Nov to 22 Nov 2026"),
        ("trailing 12 months", "22 Nov 2025 to 22 Nov 2026"),
    ],
)
def test_periods_are_those_of_the_companys_calendar(window: str, written: str) -> None:
    period = windows.parse(window).period(NOW, Calendar(BERLIN))
    assert display.period_text(period, BERLIN) == written


def test_a_month_elsewhere_is_not_a_whole_month_here() -> None:
    period = Period(datetime(2026, 10, 1, tzinfo=UTC), datetime(2026, 11, 1, tzinfo=UTC))
    assert display.period_text(period, BERLIN) == "1 Oct to 1 Nov 2026"


def test_moments_carry_the_offset() -> None:
    assert display.moment(NOW, BERLIN) == "2026-11-22T13:00:00+01:00"


UNITS = ("EUR", "JPY", "EUR/month", "count", "ratio", "ratio n:1", "duration", "months", "bytes", "per month", "rank")
PUBLISHED = st.floats(min_value=-1e28, max_value=1e28, exclude_min=True, exclude_max=True)


@given(st.sampled_from(UNITS), PUBLISHED, PUBLISHED)
@example("count", 1e27, 5e-324)
@example("count", 5e-324, 1e27)
@example("ratio", 1e-323, 5e-324)
def test_every_number_that_can_be_published_can_be_written(unit: str, value: float, previous: float) -> None:
    parsed = units.parse(unit)
    for text in (display.amount(value, parsed), display.change(value, previous, parsed)):
        assert "inf" not in text
        assert "nan" not in text


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("saas", "SaaS"),
        ("customer_success", "Customer success"),
        ("saas_customers", "SaaS customers"),
        ("mid_market_smb", "Mid market SMB"),
        ("hr", "HR"),
    ],
)
def test_a_heading_has_short_forms_as_people_write_them(name: str, text: str) -> None:
    assert display.heading(name) == text
