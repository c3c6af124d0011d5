"""Customers as they are won, become enterprises, and leave."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal

from exporter.demo.email_infrastructure.assumptions import (
    AGENCIES,
    AGENCY_SHARE,
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
from exporter.demo.kit.months import Months
from exporter.demo.kit.rng import Rng
from exporter.demo.kit.subscribers import Item, Subscriber

_LOYAL = timedelta(days=60)
"""Nobody leaves or grows before."""


def simulate_customers(months: Months, rng: Rng) -> list[Subscriber]:
    """Return all who were ever won up to the end of the current month, in order of time."""
    customers: list[Subscriber] = []
    losses = 0.0
    for month in months.numbers:
        customers += _new(month, months, rng)
        if month >= LOSSES_FROM:
            losses += MONTHLY_LOSS * sum(each.ends is None for each in customers)
            for _ in range(int(losses)):
                at = months.at(month, rng.between(0.4, 0.9))
                rng.one(_small(customers, at)).leave(at)
            losses -= int(losses)
        if month >= UPGRADES_FROM:
            at = months.at(month, rng.between(0.2, 0.7))
            customer = rng.one(_small(customers, at))
            customer.switch(_item(customer.id, 1, ENTERPRISE, ENTERPRISE_PRICE, at))
    return customers


def _new(month: int, months: Months, rng: Rng) -> Iterator[Subscriber]:
    count = WINS[month - 1]
    for place, segment in enumerate(rng.mix(count, {AGENCIES: AGENCY_SHARE}, rest=SAAS)):
        starts = months.at(month, (place + rng.between(0.1, 0.9)) / count)
        customer = rng.token("ws_")
        yield Subscriber(customer, segment, [_item(customer, 0, SMALL, PRICES[segment], starts)])


def _item(customer: str, number: int, size: str, usd_per_month: int, starts: datetime) -> Item:
    return Item(f"si_{customer}_{number}", size, Decimal(usd_per_month), starts=starts)


def _small(customers: list[Subscriber], at: datetime) -> list[Subscriber]:
    """List the small customers who have been here for a while."""
    return [
        each for each in customers if each.starts < at - _LOYAL and each.ends is None and each.items[-1].plan == SMALL
    ]
