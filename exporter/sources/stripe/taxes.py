"""The tax that Stripe finds out by itself: its rate stands nowhere but in the taxes of invoice lines."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal

from exporter.sources.stripe.prices import Object

_FINEST = 4
"""Decimal places of the finest percentage that is tried."""


def billed_tax(line: Object) -> Sequence[Object]:
    """Return the tax rates of an invoice line, as a tax rate says them; a line that costs nothing shows none."""
    rates = []
    for tax in line.get("taxes") or ():
        inclusive = tax.get("tax_behavior") == "inclusive"
        percentage = rate(tax.get("amount") or 0, tax.get("taxable_amount") or 0)
        if percentage is not None:
            rates.append({"percentage": percentage, "inclusive": inclusive})
    return rates


def rate(amount: int, taxable: int) -> Decimal | None:
    """Return the percentage with the fewest decimal places by which a tax comes to an amount, once that is rounded."""
    if taxable <= 0 or amount < 0:
        return None
    exact = Decimal(amount) * 100 / Decimal(taxable)
    for places in range(_FINEST + 1):
        percentage = exact.quantize(Decimal(1).scaleb(-places), ROUND_HALF_EVEN)
        # Inside of a price, what is taxed was rounded too.
        gross = Decimal(amount + taxable)
        inside = (gross * percentage / (100 + percentage)).quantize(Decimal(1), ROUND_HALF_UP)
        on_top = (Decimal(taxable) * percentage / 100).quantize(Decimal(1), ROUND_HALF_UP)
        if amount in (inside, on_top):
            return percentage
    return exact.quantize(Decimal(1).scaleb(-_FINEST))
