"""Billing, marketing and accounting: subscriptions, payments, refunds, expenses and the journal."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal

from exporter.demo.email_infrastructure.assumptions import (
    COST_TO_WIN,
    FAILED_PAYMENTS,
    INFRASTRUCTURE_COST,
    ON_CALL_COST,
    REFUNDS,
)
from exporter.demo.kit.ledger import Entry, cents, entry
from exporter.demo.kit.months import Months
from exporter.demo.kit.rng import Rng
from exporter.demo.kit.rows import Row
from exporter.demo.kit.subscribers import Subscriber, active, items


def workspaces(customers: list[Subscriber]) -> Iterator[Row]:
    """Export a workspace per customer."""
    for each in customers:
        yield {"workspace": each.id, "segment": each.segment, "signed_up": each.starts}


def subscriptions(customers: list[Subscriber]) -> Iterator[Row]:
    """Export the items of every subscription."""
    for customer, item in items(customers):
        yield {
            "item": item.id,
            "subscription": f"sub_{customer.id}",
            "workspace": customer.id,
            "plan": item.plan,
            "price": item.price,
            "currency": "USD",
            "from": item.starts,
            "until": item.ends,
        }


def sizes(customers: list[Subscriber]) -> Iterator[Row]:
    """Export the size of every customer over time."""
    for customer, item in items(customers):
        yield {"workspace": customer.id, "size": item.plan, "from": item.starts, "until": item.ends}


def payments(customers: list[Subscriber], months: Months, rng: Rng) -> Iterator[Row]:
    """Export a charge per month and customer; some fail first and succeed three days later."""
    for month in months.numbers:
        due = active(customers, months.at(month, 0.5))
        failing = rng.mix(len(due), {True: FAILED_PAYMENTS}, rest=False)
        for (customer, item), fails in zip(due, failing, strict=True):
            at = months.at(month, rng.between(0.5, 0.85))
            attempts = ((at, False), (at + timedelta(days=3), True)) if fails else ((at, True),)
            for created, succeeds in attempts:
                yield {
                    "charge": rng.token("ch_"),
                    "workspace": customer.id,
                    "amount": item.price,
                    "currency": "USD",
                    "created": created,
                    "paid": succeeds,
                }


def refunds(charges: list[Row], rng: Rng) -> Iterator[Row]:
    """Export some refunds, a week after the payment; one has, on purpose, a currency that is none."""
    revenue = [charge for charge in charges if charge["paid"]]
    for charge, refund in zip(revenue, rng.mix(len(revenue), {True: REFUNDS}, rest=False), strict=True):
        if refund:
            yield _refund(charge, rng)
    yield {**_refund(revenue[0], rng), "currency": "US$"}


def _refund(charge: Row, rng: Rng) -> Row:
    paid_at = charge["created"]
    assert isinstance(paid_at, datetime)
    return {
        "refund": rng.token("re_"),
        "charge": charge["charge"],
        "workspace": charge["workspace"],
        "amount": charge["amount"],
        "currency": charge["currency"],
        "created": paid_at + timedelta(days=7),
    }


def expenses(customers: list[Subscriber], months: Months, rng: Rng) -> Iterator[Row]:
    """Export what winning each customer cost, spent a week before it came."""
    for customer in customers:
        cost = COST_TO_WIN[customer.segment] * rng.factor(0.06)
        day = months.local_day(customer.starts - timedelta(days=7))
        yield {
            "invoice": rng.token("mk-"),
            "day": max(day, months.launch),
            "audience": customer.segment,
            "spent": cents(cost),
        }


def entries(customers: list[Subscriber], months: Months, rng: Rng) -> Iterator[Entry]:
    """Record per month what customers paid for, what the infrastructure cost, and who watches it."""
    for month in months.numbers:
        revenue = sum((item.price for _, item in active(customers, months.at(month, 0.5))), Decimal(0))
        amounts = {
            "recurring_revenue": revenue,
            "direct_cost": revenue * INFRASTRUCTURE_COST * rng.factor(0.04),
            "shared_cost": revenue * ON_CALL_COST,
        }
        for account, amount in amounts.items():
            yield entry(rng, months.last(month), account, amount)
