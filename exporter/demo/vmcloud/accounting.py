"""Accounting: revenue and cost by month, cash in the bank, and the investors' money."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from exporter.demo.kit.ledger import Entry, cash_flow, cents, entry
from exporter.demo.kit.months import Months
from exporter.demo.kit.rng import Rng
from exporter.demo.kit.rows import Row
from exporter.demo.kit.subscribers import Subscriber, items
from exporter.demo.vmcloud.launch_plan import (
    COST_OF_REVENUE,
    DEPRECIATION,
    MARKETING_PER_CUSTOMER,
    OPERATING_COSTS,
    PLATFORM_COSTS,
    SEED_ROUND,
    WINS,
    of_month,
)

_NOISE = 0.01
_SHARES = {"sales": Decimal("0.12"), "research": Decimal("0.5")}
"""Of the operating costs; marketing goes by the customers won, and the rest is general."""


def simulate_accounting(customers: list[Subscriber], months: Months, rng: Rng) -> tuple[list[Entry], list[Row]]:
    """Return the ledger entries, and the balance of the bank account at the end of each month."""
    entries: list[Entry] = []
    balances: list[Row] = []
    cash = Decimal(SEED_ROUND)
    for month in months.numbers:
        last = months.last(month)
        amounts = list(_amounts(customers, month, months, rng))
        entries += [entry(rng, last, account, amount) for account, amount in amounts]
        cash += cash_flow(amounts)
        balances.append({"account": "operating", "day": last, "balance": cents(cash)})
    return entries, balances


def funding(months: Months) -> list[Row]:
    """Export the one round of the investors."""
    return [{"round": "seed", "day": months.launch, "amount": SEED_ROUND}]


def _amounts(customers: list[Subscriber], month: int, months: Months, rng: Rng) -> Iterator[tuple[str, Decimal]]:
    """Yield revenue and costs of a month by account; each price counts for the part of the month in which it held."""
    revenue = sum((item.price * item.share(month, months) for _, item in items(customers)), Decimal(0))
    yield "recurring_revenue", revenue
    yield "direct_cost", revenue * Decimal(str(COST_OF_REVENUE)) * rng.factor(_NOISE)
    yield "shared_cost", PLATFORM_COSTS * rng.factor(_NOISE)
    wins = sum(of_month(by_month, month) for by_month in WINS.values())
    total = of_month(OPERATING_COSTS, month) * rng.factor(_NOISE)
    marketing = wins * MARKETING_PER_CUSTOMER * rng.factor(_NOISE)
    shared = {account: total * share for account, share in _SHARES.items()}
    yield "marketing", marketing
    yield from shared.items()
    yield "general", total - marketing - sum(shared.values())
    yield "depreciation", Decimal(DEPRECIATION)
