"""Dates in the forms that catalogues tell; without one only ISO 8601, and what to write for the others."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exporter.records.batch import Unreadable
from exporter.sources.date_formats import check_date_format, read_date

FORMS = [
    "%d.%m.%Y",
    "%m/%d/%Y",
    "%Y%m%d",
    "%d-%b-%Y",
    "%Y/%m/%d %H:%M:%S",
    "%d/%m/%Y %I:%M:%S %p",
    "%Y-%d-%m %H:%M:%S.%f",
]


@pytest.mark.parametrize("form", FORMS)
@given(at=st.datetimes(min_value=datetime(1900, 1, 1), max_value=datetime(2199, 12, 31)))  # noqa: DTZ001 - has none
def test_a_date_is_read_back_in_the_form_that_is_told(form: str, at: datetime) -> None:
    check_date_format(form)
    read = read_date(at.strftime(form), form)
    assert isinstance(read, date)
    assert read.strftime(form) == at.strftime(form)
    assert isinstance(read, datetime) == ("%S" in form)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("text", ["2026-01-31", "31st of January", "n/a", "32.13.2026"])
def test_another_form_than_the_one_told_is_one_bad_value(form: str, text: str) -> None:
    assert read_date(text, form) == Unreadable(f'"{text}" is not in the form of `date_format: "{form}"`')


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(
    ("text", "read"),
    [("00.00.0000", "0000-00-00"), ("0000-00-00 00:00:00", "0000-00-00"), ("00/00/00", "0000-00-00")]
    + [(text, text) for text in ("infinity", "Infinity")],
)
def test_what_systems_write_for_never_is_that_in_any_form(form: str | None, text: str, read: str) -> None:
    assert read_date(text, form) == read


@pytest.mark.parametrize("value", ["1767139200", " 1767139200 ", 1767139200, Decimal(1767139200), "1767139200.0"])
def test_seconds_since_1970_are_an_instant(value: object) -> None:
    assert read_date(value, "epoch") == datetime(2025, 12, 31, tzinfo=UTC)


@pytest.mark.parametrize("value", ["1767139200500", 1767139200500, "1767139200500.0"])
def test_milliseconds_since_1970_are_an_instant(value: object) -> None:
    assert read_date(value, "epoch_ms") == datetime(2025, 12, 31, 0, 0, 0, 500_000, tzinfo=UTC)


@pytest.mark.parametrize(("form", "other"), [("epoch", "epoch_ms"), ("epoch_ms", "epoch")])
@pytest.mark.parametrize("number", [10**11 - 1, 10**11])
def test_seconds_and_milliseconds_are_not_taken_for_each_other(number: int, form: str, other: str) -> None:
    reads = (number < 10**11) == (form == "epoch")
    read = read_date(str(number), form)
    assert isinstance(read, datetime if reads else Unreadable)
    assert reads or f"date_format: {other}" in str(read)
    assert read_date(0, form) == datetime(1970, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize("value", ["2026-01-31", "soon", "1e30", 10**30, "NaN", "Infinity"])
def test_what_is_no_time_since_1970_is_one_bad_value(value: object) -> None:
    assert isinstance(read_date(value, "epoch"), Unreadable)


@pytest.mark.parametrize(
    "text",
    ["2026-01-31", "2026-1-5", "2026-01-31T08:00:00Z", "2026-01-31 08:00", "infinity", "0000-00-00", "n/a", "42"],
)
def test_without_a_form_what_may_be_iso_is_left_for_the_store_to_judge(text: str) -> None:
    assert read_date(text, None) == text


@pytest.mark.parametrize(
    ("text", "forms"),
    [
        ("01/03/2026", ['"%d/%m/%Y"', '"%m/%d/%Y"']),
        ("12/31/2025", ['"%m/%d/%Y"']),
        ("31/12/2025", ['"%d/%m/%Y"']),
        ("31.12.2025", ['"%d.%m.%Y"']),
        ("1.3.26", ['"%d.%m.%y"']),
        ("01-03-2026", ['"%d-%m-%Y"', '"%m-%d-%Y"']),
        ("2025/12/31", ['"%Y/%m/%d"']),
        ("20251231", ['"%Y%m%d"']),
        ("1767139200", ["epoch"]),
        ("1767139200000", ["epoch_ms"]),
    ],
)
def test_a_date_in_another_form_names_all_forms_that_it_may_have(text: str, forms: list[str]) -> None:
    read = read_date(text, None)
    assert isinstance(read, Unreadable)
    assert read.reason.endswith("write " + " or ".join(f"`date_format: {form}`" for form in forms))


@pytest.mark.parametrize("text", ["31 Dec 2025", "Dec 31, 2025", "31-Dec-25", "12/31/2025 10:00 PM"])
def test_other_dates_name_the_option(text: str) -> None:
    read = read_date(text, None)
    assert isinstance(read, Unreadable)
    assert "date_format" in read.reason


@pytest.mark.parametrize("value", [date(2026, 1, 31), None, 5, True])
def test_what_is_no_text_needs_no_form(value: object) -> None:
    assert read_date(value, "%d.%m.%Y") == value


@pytest.mark.parametrize(
    ("form", "says"),
    [
        ("%d.%m.", "has no year"),
        ("DD.MM.YYYY", "has no year"),
        ("%Y", "has no month"),
        ("%d %Y", "has no month"),
        ("%Q", "is not a form of strptime"),
        ("%", "is not a form of strptime"),
        ("%m/%d/%Y %I:%M", "add %p"),
        ("%Y-%m-%dT%H:%M:%SZ", "write %z"),
    ],
)
def test_a_form_that_cannot_be_read_back_is_refused(form: str, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        check_date_format(form)


@pytest.mark.parametrize("form", ["epoch", "epoch_ms", "%Y-%m", "%Y%j", "%G-W%V-%u", "%d %B %y", "%Y-%m-%dT%H:%M:%S%z"])
def test_a_form_that_can_be_read_back_is_taken(form: str) -> None:
    assert check_date_format(form) == form
