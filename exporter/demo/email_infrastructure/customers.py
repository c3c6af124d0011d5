"""Customers as they are won, become enterprises, and leave."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal

from exporter.demo.chance import Chance
from exporter.demo.email_infrastructure.course import (
    AGENCIES,
    AGENCY_SHARE,
    CURRENT,
    ENTERPRISE,
    ENTERPRISE_PRICE,
    LOSSES_FROM,
    MONTHLY_LOSS,
    PRICES,
    SAAS,
    SMALL,
    UPGRADES_FROM,
    WINS,
)
from exporter.demo.months import Months

_LOYAL = timedelta(days=60)
"""Nobody leaves or grows before."""


@dataclass
class Stretch:
    """A customer's time in one size, from `starts` up to `ends`."""

    size: str
    starts: datetime
    ends: datetime | None = None


@dataclass
class Customer:
    """One customer, who pays from its sign-up on."""

    id: str
    segment: str
    signed_up: datetime
    stretches: list[Stretch] = field(default_factory=list)

    @property
    def left(self) -> datetime | None:
        """When it stopped paying; None while it pays."""
        return self.stretches[-1].ends

    def at(self, when: datetime) -> Stretch | None:
        """Its size at an instant; None before it came and after it left."""
        held = (each for each in self.stretches if each.starts <= when and (each.ends is None or each.ends > when))
        return next(held, None)

    def price(self, size: str) -> Decimal:
        """USD per month."""
        return Decimal(ENTERPRISE_PRICE if size == ENTERPRISE else PRICES[self.segment])


def simulate_customers(months: Months, chance: Chance) -> list[Customer]:
    """All who were ever won up to the end of the present month, in order of time."""
    customers: list[Customer] = []
    owed = 0.0
    for month in range(1, CURRENT + 1):
        customers += _won(month, months, chance)
        if month >= LOSSES_FROM:
            owed += MONTHLY_LOSS * sum(each.left is None for each in customers)
            for _ in range(int(owed)):
                _leave(customers, months.at(month, chance.between(0.4, 0.9)), chance)
            owed -= int(owed)
        if month >= UPGRADES_FROM:
            _upgrade(customers, months.at(month, chance.between(0.2, 0.7)), chance)
    return customers


def _won(month: int, months: Months, chance: Chance) -> Iterator[Customer]:
    count = WINS[month - 1]
    for place, segment in enumerate(chance.mix(count, {AGENCIES: AGENCY_SHARE}, rest=SAAS)):
        starts = months.at(month, (place + chance.between(0.1, 0.9)) / count)
        yield Customer(chance.token("ws_"), segment, starts, [Stretch(SMALL, starts)])


def _leave(customers: list[Customer], at: datetime, chance: Chance) -> None:
    chance.one(list(_small(customers, at))).stretches[-1].ends = at


def _upgrade(customers: list[Customer], at: datetime, chance: Chance) -> None:
    customer = chance.one(list(_small(customers, at)))
    customer.stretches[-1].ends = at
    customer.stretches.append(Stretch(ENTERPRISE, at))


def _small(customers: list[Customer], at: datetime) -> Iterator[Customer]:
    """Small customers who have been here for a while."""
    return (
        each
        for each in customers
        if each.signed_up < at - _LOYAL and each.left is None and each.stretches[-1].size == SMALL
    )
