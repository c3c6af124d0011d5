"""Customers and what they pay: won, grown, shrunk and lost month by month."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from exporter.demo.chance import Chance
from exporter.demo.months import Months
from exporter.demo.vmcloud.launch_plan import (
    B2C,
    CHURN,
    DOWNGRADES,
    ENTERPRISE,
    FREE,
    HORIZON,
    PRICES,
    UPGRADES,
    WINS,
    of_month,
)


@dataclass
class Item:
    """One price, paid from `starts` up to `ends`; EUR per month, 0 on the free plan."""

    id: str
    monthly: Decimal
    starts: datetime
    ends: datetime | None = None


@dataclass
class Customer:
    id: str
    tier: str
    items: list[Item] = field(default_factory=list)

    @property
    def starts(self) -> datetime:
        return self.items[0].starts

    @property
    def ends(self) -> datetime | None:
        return self.items[-1].ends

    @property
    def monthly(self) -> Decimal:
        return self.items[-1].monthly

    def present(self, at: datetime) -> bool:
        return self.starts <= at and (self.ends is None or self.ends > at)

    def change(self, monthly: Decimal, at: datetime, chance: Chance) -> None:
        """Pay another price from an instant on."""
        self.items[-1].ends = at
        self.items.append(Item(chance.token("si_"), monthly, at))


@dataclass(frozen=True)
class Book:
    customers: list[Customer] = field(default_factory=list)

    def present(self, at: datetime) -> list[Customer]:
        return [customer for customer in self.customers if customer.present(at)]

    def paying(self, at: datetime) -> list[Customer]:
        return [customer for customer in self.present(at) if customer.monthly]

    def prices(self) -> Iterator[tuple[Customer, Item]]:
        return ((customer, item) for customer in self.customers for item in customer.items)


def simulate_customers(months: Months, chance: Chance) -> Book:
    """All that happens from the launch to the horizon."""
    book = Book()
    for month in range(1, HORIZON + 1):
        old = book.paying(months.start(month))
        leaving = _leave(old, month, months, chance)
        _change([each for each in old if each not in leaving and each.tier != B2C], month, months, chance)
        for tier, wins in WINS.items():
            for place in range(sum(wins[: month - 1]), sum(wins[:month])):
                _begin(book, tier, Decimal(PRICES[tier][place % len(PRICES[tier])]), month, months, chance)
        for _ in range(of_month(FREE, month)):
            _begin(book, B2C, Decimal(0), month, months, chance)
    return book


def _begin(book: Book, tier: str, monthly: Decimal, month: int, months: Months, chance: Chance) -> None:
    starts = months.at(month, chance.between(0.02, 0.97))
    book.customers.append(Customer(chance.token("cus_"), tier, [Item(chance.token("si_"), monthly, starts)]))


def _leave(old: list[Customer], month: int, months: Months, chance: Chance) -> list[Customer]:
    able = [customer for customer in old if customer.tier != ENTERPRISE]
    leaving = [able.pop(able.index(chance.one(able))) for _ in range(int(len(old) * CHURN))]
    for customer in leaving:
        customer.items[-1].ends = months.at(month, chance.between(0.05, 0.95))
    return leaving


def _change(able: list[Customer], month: int, months: Months, chance: Chance) -> None:
    factors = {Decimal("1.5"): UPGRADES, Decimal("0.5"): DOWNGRADES}
    for customer, factor in zip(able, chance.mix(len(able), factors, rest=Decimal(1)), strict=True):
        at = months.at(month, chance.between(0.05, 0.95))
        if factor != 1:
            customer.change(customer.monthly * factor, at, chance)
