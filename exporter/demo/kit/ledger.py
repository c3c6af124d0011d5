"""Ledger entries, and the cash that they leave."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from exporter.demo.kit.rng import Rng


@dataclass(frozen=True)
class Entry:
    """One entry; `customer_id` and `asset_id` say whom and what it is for, where that is recorded."""

    id: str
    on: date
    account: str
    amount: Decimal
    customer_id: str | None = None
    asset_id: str | None = None


def entry(
    rng: Rng, on: date, account: str, amount: Decimal, customer: str | None = None, asset: str | None = None
) -> Entry:
    """Record an amount, rounded to cents, under a new voucher."""
    return Entry(rng.token("v-"), on, account, cents(amount), customer, asset)


def cents(amount: Decimal | float) -> Decimal:
    """Round an amount to cents."""
    return Decimal(amount).quantize(Decimal("0.01"))


def cash_flow(amounts: Iterable[tuple[str, Decimal]]) -> Decimal:
    """Return what amounts by account bring in cash: revenue less every cost but depreciation, all paid at once."""
    total = Decimal(0)
    for account, amount in amounts:
        if account.endswith("revenue"):
            total += amount
        elif account != "depreciation":
            total -= amount
    return total
