"""Prices: how they are written in the API, and what they charge for a quantity in one billing interval."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from tests.vendors.stripe.objects import Document

Tier = tuple[int | None, str | int, int]
"""Up to which quantity, the amount of a unit, and the amount that is charged whatever the quantity."""

PLACES = {"jpy": 0, "krw": 0, "kwd": 3, "bhd": 3}
"""Digits after the point, where they are not two."""


def amount_fields(amount: str | int | None) -> Document:
    """Return an amount in minor units as the API has it: a whole number, where it is one, and a text."""
    if amount is None:
        return {"unit_amount": None, "unit_amount_decimal": None}
    exact = Fraction(str(amount))
    return {"unit_amount": int(exact) if exact.denominator == 1 else None, "unit_amount_decimal": str(amount)}


def tier_fields(tiers: Sequence[Tier]) -> list[Document]:
    """Return tiers as the API has them."""
    return [
        {
            "flat_amount": flat or None,
            "flat_amount_decimal": str(flat) if flat else None,
            **amount_fields(unit),
            "up_to": up_to,
        }
        for up_to, unit, flat in tiers
    ]


def charged(price: Document, quantity: int, currency: str) -> Fraction:
    """Return what a quantity costs in one billing interval, in minor units and not rounded."""
    terms: Document = price
    if currency != price["currency"]:
        terms = {**price, **price["currency_options"][currency]}
    divided = price["transform_quantity"]
    units = quantity
    if divided:
        whole, rest = divmod(quantity, divided["divide_by"])
        units = whole + (1 if rest and divided["round"] == "up" else 0)
    if price["billing_scheme"] == "per_unit":
        return units * Fraction(str(terms["unit_amount_decimal"]))
    if price["tiers_mode"] == "volume":
        return _volume(terms["tiers"], units)
    return _graduated(terms["tiers"], units)


def _volume(tiers: Sequence[Document], units: int) -> Fraction:
    tier = next(each for each in tiers if each["up_to"] is None or units <= each["up_to"])
    flat: int = tier["flat_amount"] or 0
    return _unit(tier) * units + flat


def _graduated(tiers: Sequence[Document], units: int) -> Fraction:
    """Charge each tier for the units in it; its flat amount once any unit reaches it, and the first one's always."""
    total, below = Fraction(0), 0
    for number, tier in enumerate(tiers):
        if number and units <= below:
            break
        top = units if tier["up_to"] is None else min(units, tier["up_to"])
        total += (top - below) * _unit(tier) + (tier["flat_amount"] or 0)
        below = top
    return total


def _unit(tier: Document) -> Fraction:
    return Fraction(str(tier["unit_amount_decimal"] or 0))


def major(amount: Fraction, currency: str) -> Fraction:
    """Return an amount in minor units of a currency in its major units."""
    places = PLACES.get(currency, 2)
    return amount * Fraction(1, 10**places)


def per_month(amount: Fraction, recurring: Document) -> Fraction:
    """Return what an amount per billing interval is per month, by the default policy of revenue."""
    count: int = recurring["interval_count"]
    months = {"day": Fraction(12, 365), "week": Fraction(12, 52), "month": Fraction(1), "year": Fraction(12)}
    return amount / (months[recurring["interval"]] * count)
