"""Customers and what they pay: won, grown, shrunk and lost month by month."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from exporter.demo.kit.cutoff import Cutoff
from exporter.demo.kit.months import Months
from exporter.demo.kit.rng import Rng
from exporter.demo.kit.rows import Row
from exporter.demo.kit.subscribers import Item, Subscriber, active, items
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


def simulate_customers(months: Months, rng: Rng) -> list[Subscriber]:
    """Simulate all that happens from the launch to the horizon. Prices are in EUR per month, 0 on the free plan."""
    customers: list[Subscriber] = []
    for month in range(1, HORIZON + 1):
        paying = [customer for customer, item in active(customers, months.start(month)) if item.price]
        leavers = _leave(paying, month, months, rng)
        _change([each for each in paying if each not in leavers and each.segment != B2C], month, months, rng)
        for tier, wins in WINS.items():
            places = range(sum(wins[: month - 1]), sum(wins[:month]))
            prices_in_turn = [Decimal(PRICES[tier][place % len(PRICES[tier])]) for place in places]
            customers += [_new(tier, price, month, months, rng) for price in prices_in_turn]
        customers += [_new(B2C, Decimal(0), month, months, rng) for _ in range(of_month(FREE, month))]
    return customers


def accounts(customers: list[Subscriber]) -> Iterator[Row]:
    """Export an account per customer."""
    for customer in customers:
        yield {"id": customer.id, "segment": customer.segment, "created": customer.starts}


def prices(customers: list[Subscriber], cut: Cutoff) -> Iterator[Row]:
    """Export every price; one more has, on purpose, a code that is no currency."""
    rows = cut(
        (
            {
                "id": item.id,
                "account": customer.id,
                "price": item.price,
                "currency": "EUR",
                "since": item.starts,
                "until": item.ends,
            }
            for customer, item in items(customers)
        ),
        "since",
    )
    yield from rows
    yield {**rows[0], "id": "si_mistyped", "currency": "EUX"}


def _new(tier: str, price: Decimal, month: int, months: Months, rng: Rng) -> Subscriber:
    starts = months.at(month, rng.between(0.02, 0.97))
    return Subscriber(rng.token("cus_"), tier, [Item(rng.token("si_"), tier, price, starts=starts)])


def _leave(paying: list[Subscriber], month: int, months: Months, rng: Rng) -> list[Subscriber]:
    able = [customer for customer in paying if customer.segment != ENTERPRISE]
    leavers = [able.pop(able.index(rng.one(able))) for _ in range(int(len(paying) * CHURN))]
    for customer in leavers:
        customer.leave(months.at(month, rng.between(0.05, 0.95)))
    return leavers


def _change(able: list[Subscriber], month: int, months: Months, rng: Rng) -> None:
    factors = {Decimal("1.5"): UPGRADES, Decimal("0.5"): DOWNGRADES}
    for customer, factor in zip(able, rng.mix(len(able), factors, rest=Decimal(1)), strict=True):
        at = months.at(month, rng.between(0.05, 0.95))
        if factor != 1:
            customer.switch(Item(rng.token("si_"), customer.segment, customer.price * factor, starts=at))
