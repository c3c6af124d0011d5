"""Amounts as Stripe writes them: in the smallest unit of a currency, whose decimal places are not always ISO's."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from exporter.quantities.currencies import minor_places

_PLACES: Mapping[str, int] = {"ISK": 2, "UGX": 2, "MGA": 0, "IQD": 2, "LYD": 2, "UYI": 2, "CLF": 2, "UYW": 2}
"""Stripe's decimal places where ISO 4217 has others: it lists its currencies without places and with three."""


def places(currency: str) -> int:
    """Return the decimal places of the amounts in a currency, by its code in capitals."""
    return _PLACES.get(currency, minor_places(currency))


def major(amount: int | str | Decimal, currency: str) -> Decimal:
    """Return an amount in units of the currency."""
    return Decimal(amount).scaleb(-places(currency))


def minor_is_iso(currency: str) -> bool:
    """Tell whether amounts are in the minor unit of ISO 4217, as `amount_in: minor` has them."""
    return places(currency) == minor_places(currency)
