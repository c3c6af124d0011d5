"""The books: revenue and cost by month, cash in the bank, and the investors' money."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from exporter.demo.chance import Chance
from exporter.demo.months import Months
from exporter.demo.vmcloud.customers import Book
from exporter.demo.vmcloud.launch_plan import (
    COST_OF_REVENUE,
    CURRENT,
    DEPRECIATION,
    MARKETING_PER_CUSTOMER,
    OPERATING_COSTS,
    PLATFORM_COSTS,
    SEED_ROUND,
    WINS,
    of_month,
)

_REVENUE = "recurring_revenue"
_SHARES = {"sales": Decimal("0.12"), "research": Decimal("0.5")}
"""Of the operating costs; marketing goes by the customers won, and the rest is general."""


@dataclass(frozen=True)
class Entry:
    id: str
    on: date
    account: str
    amount: Decimal


@dataclass(frozen=True)
class Balance:
    on: date
    amount: Decimal


@dataclass(frozen=True)
class Finance:
    entries: list[Entry]
    balances: list[Balance]
    invested_on: date


def simulate_finance(book: Book, months: Months, chance: Chance) -> Finance:
    finance = Finance([], [], months.first(1))
    cash = Decimal(SEED_ROUND)
    for month in range(1, CURRENT + 1):
        booked = dict(_month(book, month, months, chance))
        last = months.last(month)
        finance.entries.extend(
            Entry(chance.token("v-"), last, account, amount.quantize(Decimal("0.01")))
            for account, amount in booked.items()
        )
        spent = sum(amount for account, amount in booked.items() if account not in (_REVENUE, "depreciation"))
        cash += booked[_REVENUE] - spent
        finance.balances.append(Balance(last, cash.quantize(Decimal("0.01"))))
    return finance


def _month(book: Book, month: int, months: Months, chance: Chance) -> Iterator[tuple[str, Decimal]]:
    revenue = _earned(book, month, months)
    yield _REVENUE, revenue
    yield "direct_cost", revenue * Decimal(str(COST_OF_REVENUE)) * _noise(chance)
    yield "shared_cost", PLATFORM_COSTS * _noise(chance)
    won = sum(of_month(wins, month) for wins in WINS.values())
    total = OPERATING_COSTS[month - 1] * _noise(chance)
    marketing = won * MARKETING_PER_CUSTOMER * _noise(chance)
    shared = {account: total * share for account, share in _SHARES.items()}
    yield "marketing", marketing
    yield from shared.items()
    yield "general", total - marketing - sum(shared.values())
    yield "depreciation", Decimal(DEPRECIATION)


def _earned(book: Book, month: int, months: Months) -> Decimal:
    """Each price for the part of the month in which it held."""
    first, over = months.start(month), months.start(month + 1)
    length = Decimal(int((over - first).total_seconds()))
    total = Decimal(0)
    for _, item in book.prices():
        seconds = (min(item.ends or over, over) - max(item.starts, first)).total_seconds()
        total += item.monthly * max(0, int(seconds)) / length
    return total


def _noise(chance: Chance) -> Decimal:
    """A factor around 1."""
    return Decimal(str(round(chance.between(0.99, 1.01), 4)))
