"""Subscribers and what they pay by the year: won, grown, shrunk and lost as the base plan has it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal

from exporter.demo.kit.months import Months
from exporter.demo.kit.rng import Rng
from exporter.demo.kit.rows import Row
from exporter.demo.kit.subscribers import Item, Subscriber, items
from exporter.demo.unit_economics.base_plan import (
    CONTRACTION,
    EARLY_LOSS,
    EARLY_MONTHS,
    ENTERPRISE,
    EXPANSION,
    FOUNDING_ARR,
    FOUNDING_CUSTOMERS,
    GROWING,
    LATE_LOSSES,
    NEW_CONTRACT,
    SHRINKING,
    SMB,
    WINS_PER_MONTH,
)


def simulate_subscribers(months: Months, rng: Rng) -> list[Subscriber]:
    """Return all who ever subscribed, in the order in which they came. Prices are whole dollars per year."""
    everyone = list(_founders(months, rng))
    current = list(everyone)
    for month in months.numbers:
        _lose(current, month, months, rng)
        year = (month - 1) // 12
        _change(current, EXPANSION[year], GROWING, month, months, rng)
        _change(current, -CONTRACTION[year], SHRINKING, month, months, rng)
        new = list(_new(month, months, rng))
        everyone += new
        current += new
    return everyone


def accounts(subscribers: list[Subscriber]) -> Iterator[Row]:
    """Export an account per subscriber."""
    for subscriber in subscribers:
        yield {"id": subscriber.id, "segment": subscriber.segment, "since": subscriber.starts}


def contracts(subscribers: list[Subscriber]) -> Iterator[Row]:
    """Export every contract."""
    for subscriber, item in items(subscribers):
        columns = {"contract": item.id, "account": subscriber.id, "usd_per_year": item.price}
        yield {**columns, "from": item.starts, "until": item.ends}


def _founders(months: Months, rng: Rng) -> Iterator[Subscriber]:
    """Simulate those who came evenly over the four years before."""
    average = FOUNDING_ARR / FOUNDING_CUSTOMERS
    for number in range(FOUNDING_CUSTOMERS):
        tier = SMB if number % 3 == 0 else ENTERPRISE
        amount = average * (0.5 if tier == SMB else 1.25) * rng.between(0.7, 1.3)
        month = -47 + 48 * number // FOUNDING_CUSTOMERS
        yield _subscriber(tier, round(amount), months.at(month, rng.between(0.05, 0.95)), rng)


def _new(month: int, months: Months, rng: Rng) -> Iterator[Subscriber]:
    for tier, count in WINS_PER_MONTH.items():
        for _ in range(count):
            amount = round(NEW_CONTRACT[tier] * rng.between(0.8, 1.2))
            yield _subscriber(tier, amount, months.at(month, rng.between(0.02, 0.98)), rng)


def _subscriber(tier: str, amount: int, starts: datetime, rng: Rng) -> Subscriber:
    return Subscriber(rng.token("acc_"), tier, [Item(rng.token("con_"), tier, Decimal(amount), starts=starts)])


def _lose(current: list[Subscriber], month: int, months: Months, rng: Rng) -> None:
    """End contracts; recent customers leave far more often."""
    lately = months.start(month - EARLY_MONTHS)
    early = [each for each in current if each.starts >= lately]
    late = [each for each in current if each.starts < lately]
    for among, count in ((early, round(len(early) * EARLY_LOSS)), (late, LATE_LOSSES)):
        for _ in range(count):
            leaver = rng.one(among)
            among.remove(leaver)
            leaver.leave(months.at(month, rng.between(0.02, 0.98)))
            current.remove(leaver)


def _change(current: list[Subscriber], total: int, count: int, month: int, months: Months, rng: Rng) -> None:
    """Replace the contracts of some customers by larger or smaller ones; `total` is the sum of all changes."""
    step, begins = total // count, months.start(month)
    able = [each for each in current if each.items[-1].starts < begins and each.price + step >= -step]
    for _ in range(count):
        subscriber = rng.one(able)
        able.remove(subscriber)
        at = months.at(month, rng.between(0.02, 0.98))
        subscriber.switch(Item(rng.token("con_"), subscriber.segment, subscriber.price + step, starts=at))
