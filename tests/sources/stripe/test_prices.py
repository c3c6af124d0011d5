"""What Stripe's prices charge: tiers, packages, decimals, currencies, taxes."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from exporter.sources.stripe.money import major
from exporter.sources.stripe.prices import charge, tiered
from exporter.sources.stripe.taxes import rate

TIERS: list[dict[str, Any]] = [
    {"up_to": 10, "unit_amount": 500, "flat_amount": 100},
    {"up_to": None, "unit_amount_decimal": "400.5"},
]


def price(**terms: Any) -> dict[str, Any]:
    recurring = {"interval": "month", "interval_count": 1, "usage_type": "licensed"}
    return {"id": "price_1", "currency": "eur", "product": "prod_1", "recurring": recurring, **terms}


def unlisted(name: str) -> dict[str, Any]:
    raise AssertionError(f"{name} was asked for")


@pytest.mark.parametrize(
    ("mode", "units", "amount"),
    [
        ("graduated", 0, "100"),
        ("graduated", 10, "5100"),
        ("graduated", 12, "5901.0"),
        ("volume", 10, "5100"),
        ("volume", 12, "4806.0"),
    ],
)
def test_tiers(mode: str, units: int, amount: str) -> None:
    assert tiered(TIERS, mode, Decimal(units)) == Decimal(amount)


def test_tiers_are_asked_for_and_count_as_one_unit() -> None:
    plain = price(billing_scheme="tiered", tiers_mode="volume", unit_amount_decimal=None)
    charged = charge(plain, 12, "eur", (), lambda name: {**plain, "tiers": TIERS})
    assert (charged.unit_amount, charged.quantity, charged.amount_in) == (Decimal("4806.0"), Decimal(1), "minor")


@pytest.mark.parametrize(("way", "packages"), [("up", 3), ("down", 2)])
def test_packages(way: str, packages: int) -> None:
    packed = price(unit_amount_decimal="2000", transform_quantity={"divide_by": 10, "round": way})
    assert charge(packed, 21, "eur", (), unlisted).quantity == packages


def test_more_decimals_than_a_record_has_are_multiplied_out() -> None:
    charged = charge(price(unit_amount_decimal="0.000000000012"), 10**9, "eur", (), unlisted)
    assert (charged.unit_amount, charged.quantity) == (Decimal("0.012"), Decimal(1))


@pytest.mark.parametrize(
    ("currency", "amount", "amount_in"), [("jpy", "500", "minor"), ("kwd", "500", "minor"), ("isk", "5", "major")]
)
def test_the_smallest_unit_is_told_where_it_is_not_isos(currency: str, amount: str, amount_in: str) -> None:
    charged = charge(price(currency=currency, unit_amount_decimal="500"), 1, currency, (), unlisted)
    assert (charged.unit_amount, charged.amount_in) == (Decimal(amount), amount_in)


def test_amounts_of_charges() -> None:
    assert [major(1500, code) for code in ("EUR", "JPY", "KWD", "UGX")] == [15, 1500, Decimal("1.5"), 15]


def test_the_currency_of_the_subscription_counts() -> None:
    options = {"usd": {"unit_amount_decimal": "5500"}}
    charged = charge(price(unit_amount_decimal="5000"), 1, "usd", (), lambda _: {"currency_options": options})
    assert (charged.currency, charged.unit_amount) == ("USD", Decimal(5500))


def test_a_price_that_the_customer_chooses_is_refused_with_the_reason() -> None:
    charged = charge(price(unit_amount_decimal=None, custom_unit_amount={"preset": 1}), 1, "eur", (), unlisted)
    assert (charged.unit_amount, charged.unreadable) == (None, "the customer chooses the amount of the price price_1")


def test_tax_inside_of_the_price() -> None:
    inside, on_top = {"percentage": 19, "inclusive": True}, {"percentage": 7, "inclusive": False}
    plain = price(unit_amount_decimal="11900")
    taxes = [
        (made.tax_rate, made.tax_inclusive)
        for rates in ((inside,), (on_top,), (inside, on_top), ())
        for made in [charge(plain, 1, "eur", rates, unlisted)]
    ]
    assert taxes == [(Decimal(19), True), (Decimal(7), False), (Decimal(19), True), (Decimal(0), False)]


@pytest.mark.parametrize(
    ("amount", "taxable", "percentage"), [(1900, 10000, "19"), (825, 10000, "8.25"), (0, 500, "0"), (1597, 8403, "19")]
)
def test_the_rate_of_a_tax_that_stripe_found_out(amount: int, taxable: int, percentage: str) -> None:
    assert rate(amount, taxable) == Decimal(percentage)
