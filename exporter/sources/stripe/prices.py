"""What a price charges for a quantity: per unit, in packages, by tiers, in another currency, with tax inside."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from exporter.sources.billing.contract import Charge
from exporter.sources.stripe.money import major, minor_is_iso

Object = Mapping[str, Any]
"""An object of Stripe's API."""

_DECIMALS = 8
"""Most decimal places of an amount in the record tables."""


class PriceRefused(Exception):
    """The price of a line cannot be computed; the message says why."""


def charge(
    price: Object, quantity: int | None, currency: str, tax_rates: Sequence[Object], whole: Callable[[str], Object]
) -> Charge:
    """Return what a line charges.

    Args:
        price: The price as a subscription shows it, without tiers and other currencies.
        quantity: How many units, None where they are metered.
        currency: The subscription's, in which one of several currencies of a price is charged.
        tax_rates: The tax rates in force.
        whole: Returns the price of an id with its tiers and currencies.
    """
    recurring = price.get("recurring") or {}
    units = Decimal(1 if quantity is None else quantity)
    code = (currency or price["currency"]).upper()
    refusal, amount = None, None
    try:
        amount, units = _amount(price, units, code, whole)
    except PriceRefused as refused:
        refusal = str(refused)
    if amount is not None and -_exponent(amount) > _DECIMALS:
        amount, units = amount * units, Decimal(1)
    in_minor = minor_is_iso(code)
    rate, inclusive = _tax(tax_rates)
    return Charge(
        currency=code,
        unit_amount=amount if amount is None or in_minor else major(amount, code),
        quantity=units,
        product=id_of(price.get("product")),
        plan=price.get("lookup_key") or price.get("nickname") or price["id"],
        amount_in="minor" if in_minor else "major",
        tax_rate=rate,
        tax_inclusive=inclusive,
        metered=recurring.get("usage_type") == "metered",
        billing_interval=recurring.get("interval", "month"),
        interval_count=recurring.get("interval_count", 1),
        unreadable=refusal,
    )


def id_of(reference: Any) -> str | None:
    """Return the id of what is referred to by its id, or shown as an object."""
    name: str | None = reference["id"] if isinstance(reference, Mapping) else reference
    return name


def _amount(price: Object, units: Decimal, currency: str, whole: Callable[[str], Object]) -> tuple[Decimal, Decimal]:
    """Return the amount of a unit in the smallest unit of the currency, and the number of units."""
    part: Object = price
    if price["currency"].upper() != currency:
        options = whole(price["id"]).get("currency_options") or {}
        if currency.lower() not in options:
            raise PriceRefused(f"the price {price['id']} has no amount in {currency}")
        part = options[currency.lower()]
    if price.get("billing_scheme") == "tiered":
        tiers = part.get("tiers") or whole(price["id"]).get("tiers") if part is price else part.get("tiers")
        if not tiers:
            raise PriceRefused(f"the tiers of the price {price['id']} are not shown")
        return tiered(tiers, price.get("tiers_mode") or "graduated", units), Decimal(1)
    text: str | int | None = part.get("unit_amount_decimal")
    if text is None:
        text = part.get("unit_amount")
    if text is None:
        chosen = price.get("custom_unit_amount")
        raise PriceRefused(
            f"the customer chooses the amount of the price {price['id']}"
            if chosen
            else f"the price {price['id']} has no amount"
        )
    return Decimal(text), _packages(units, price.get("transform_quantity"))


def tiered(tiers: Sequence[Object], mode: str, units: Decimal) -> Decimal:
    """Return what a quantity costs by tiers: the tier that it reaches, or each of them for its part."""
    total, reached = Decimal(0), Decimal(0)
    for tier in tiers:
        up_to: int | None = tier.get("up_to")
        last = up_to is None or units <= up_to
        per_unit, flat = _of(tier, "unit_amount"), _of(tier, "flat_amount")
        if mode == "volume":
            if last:
                return per_unit * units + flat
            continue
        top = units if up_to is None else min(units, Decimal(up_to))
        total += per_unit * (top - reached) + flat
        if last:
            return total
        reached = top
    raise PriceRefused(f"no tier reaches the quantity {units}")


def _of(tier: Object, name: str) -> Decimal:
    text: str | int | None = tier.get(f"{name}_decimal")
    if text is None:
        text = tier.get(name)
    return Decimal(text or 0)


def _packages(units: Decimal, transform: Object | None) -> Decimal:
    """Return the number of packages of so many units."""
    if not transform:
        return units
    whole, rest = divmod(units, Decimal(transform["divide_by"]))
    return whole + 1 if rest and transform["round"] == "up" else whole


def _tax(rates: Sequence[Object]) -> tuple[Decimal, bool]:
    """Return the percentage, and whether it is inside of the price; rates on top do not matter beside such."""
    inside = [rate for rate in rates if rate.get("inclusive")]
    percentages = [Decimal(str(rate.get("percentage") or 0)) for rate in inside or rates]
    return sum(percentages, Decimal(0)), bool(inside)


def _exponent(amount: Decimal) -> int:
    exponent = amount.normalize().as_tuple().exponent
    return exponent if isinstance(exponent, int) else 0
