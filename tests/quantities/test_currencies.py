"""The decimal places of currencies: as they are billed, by ISO 4217, and as they are displayed, by CLDR."""

from __future__ import annotations

from collections import Counter

import pytest

from exporter.quantities import currencies

BILLED = {code: places for places, group in currencies.MINOR_UNIT_PLACES.items() for code in group.split()}

PLACES = [
    ("EUR", 2, 2),
    ("JPY", 0, 0),
    ("ISK", 0, 0),
    ("UYI", 0, 0),
    ("KWD", 3, 3),
    ("CLF", 4, 4),
    ("UYW", 4, 4),
    ("HUF", 2, 2),  # in shops without fillér
    ("TWD", 2, 2),  # in shops without cents
    ("IQD", 3, 0),
    ("RSD", 2, 0),
    ("LBP", 2, 0),
    ("MGA", 2, 0),  # a fifth, which ISO 4217 writes with two places
]


@pytest.mark.parametrize(("code", "billed", "displayed"), PLACES)
def test_places(code: str, billed: int, displayed: int) -> None:
    assert BILLED.get(code, 2) == billed
    assert currencies.shown_places(code) == displayed


def test_each_currency_is_listed_once_and_has_a_code() -> None:
    listed = Counter(code for group in currencies.MINOR_UNIT_PLACES.values() for code in group.split())
    assert set(listed.values()) == {1}
    assert listed.keys() <= currencies.codes()


def test_no_amount_is_shown_with_more_places_than_it_is_billed_with() -> None:
    finer = {code for code in currencies.codes() if currencies.shown_places(code) > BILLED.get(code, 2)}
    assert not finer


@pytest.mark.parametrize(("code", "sign"), [("EUR", "€"), ("JPY", "¥"), ("CHF", "CHF"), ("NZD", "NZ$")])
def test_the_symbol_is_the_english_one(code: str, sign: str) -> None:
    assert currencies.symbol(code) == sign
