"""Units: names, dimensions, and amounts as people write them."""

from __future__ import annotations

from decimal import Decimal

import pytest

from exporter.quantities.units import describe, multiply, parse


@pytest.mark.parametrize(
    ("unit", "text", "number"),
    [
        ("EUR", "€2,500", "2500"),
        ("EUR", "2500 EUR", "2500"),
        ("EUR", "EUR 1,234,567.89", "1234567.89"),
        ("EUR", "560K", "560000"),
        ("EUR", "2.0M", "2000000"),
        ("USD", "$1.5B", "1500000000"),
        ("EUR/month", "-3.5K", "-3500"),
        ("JPY", "¥5000", "5000"),
        ("duration", "2 weeks", "1209600"),
        ("duration", "1.5h", "5400"),
        ("duration", "60 min", "3600"),
        ("ratio", "300bp", "0.03"),
        ("ratio", "99.95 %", "0.9995"),
        ("ratio", "-20%", "-0.2"),
        ("ratio", "0.4", "0.4"),
        ("ratio n:1", "20:1", "20"),
        ("ratio n:1", "3.5x", "3.5"),
        ("months", "6 months", "6"),
        ("months", "1 month", "1"),
        ("count", "1,000", "1000"),
        ("per month", "monthly", "1"),
        ("per month", "weekly", str(Decimal(52) / 12)),
        ("per month", "daily", str(Decimal(365) / 12)),
        ("per month", "2.5", "2.5"),
        ("score 1..5", "4.5", "4.5"),
    ],
)
def test_an_amount(unit: str, text: str, number: str) -> None:
    assert parse(unit).amount(text) == Decimal(number)


@pytest.mark.parametrize(
    ("unit", "text"),
    [
        ("EUR", "2,50"),
        ("EUR", "1,0000"),
        ("EUR", "50%"),
        ("EUR", "5k EUR per month"),
        ("EUR", "NaN"),
        ("EUR", ""),
        ("duration", "5"),
        ("duration", "4 fortnights"),
        ("ratio", "4h"),
        ("count", "weekly"),
        ("count", "1e3"),
        ("months", "2 weeks"),
        ("score 1..5", "7"),
        ("score -100..100", "-101"),
    ],
)
def test_what_is_no_amount_is_refused_with_one_that_is(unit: str, text: str) -> None:
    with pytest.raises(ValueError, match=r"; write .*\d|between"):
        parse(unit).amount(text)


@pytest.mark.parametrize(
    ("text", "suffix", "dimension", "decimals"),
    [
        ("EUR", "_eur", (("EUR", 1),), 2),
        ("EUR/month", "_eur_per_month", (("EUR", 1), ("month", -1)), 2),
        ("JPY/year", "_jpy_per_year", (("JPY", 1), ("year", -1)), 0),
        ("ratio", "_ratio", (), None),
        ("ratio n:1", "", (), None),
        ("count", "", (), None),
        ("duration", "_seconds", (("second", 1),), None),
        ("months", "_months", (("month", 1),), None),
        ("per month", "_per_month", (("month", -1),), None),
        ("score -100..100", "", (), None),
    ],
)
def test_a_unit(text: str, suffix: str, dimension: tuple[tuple[str, int], ...], decimals: int | None) -> None:
    unit = parse(text)
    assert (unit.text, unit.suffix, unit.dimension, unit.decimals) == (text, suffix, dimension, decimals)


@pytest.mark.parametrize(
    ("unit", "suffix"), [("count", ""), ("EUR", ""), ("months", ""), ("ratio", "%"), ("duration", "s")]
)
def test_an_amount_has_at_most_28_digits(unit: str, suffix: str) -> None:
    parsed = parse(unit)
    assert parsed.amount("8" * 28 + suffix) > 10**24
    for digits in (31, 400):
        with pytest.raises(ValueError, match=r"^9{20}\.\.\. is too large; write an amount of at most 28 digits"):
            parsed.amount("9" * digits + suffix)


def test_money_is_the_company_s_currency() -> None:
    assert parse("money/month", "USD") == parse("USD/month")
    with pytest.raises(ValueError, match="is not a unit"):
        parse("money")


@pytest.mark.parametrize(
    "text", ["Euro", "EUR/week", "euro", "EUX", "", "percent", "score", "score high", "scores 1..5"]
)
def test_what_is_no_unit_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is not a"):
        parse(text)


def test_dimensions_multiply_divide_and_cancel() -> None:
    per_month = parse("EUR/month").dimension
    months = parse("months").dimension
    assert multiply(per_month, months) == parse("EUR").dimension
    assert multiply(parse("EUR").dimension, per_month, -1) == months
    assert multiply(per_month, per_month, -1) == ()
    assert describe(multiply(per_month, per_month)) == "EUR^2/month^2"
    assert [describe(each) for each in (per_month, months, (), (("month", -1),))] == [
        "EUR/month",
        "month",
        "a plain number",
        "1/month",
    ]
