"""Billing, marketing and accounting: subscriptions, payments, refunds, expenses and the books."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal

from exporter.demo.chance import Chance
from exporter.demo.email_infrastructure.course import (
    COST_TO_WIN,
    CURRENT,
    FAILED_PAYMENTS,
    INFRASTRUCTURE_COST,
    ON_CALL_COST,
    REFUNDS,
)
from exporter.demo.email_infrastructure.customers import Customer
from exporter.demo.files import Row
from exporter.demo.months import Months

_CENT = Decimal("0.01")


def workspaces(customers: list[Customer]) -> Iterator[Row]:
    for each in customers:
        yield {"workspace": each.id, "segment": each.segment, "signed_up": each.signed_up}


def subscriptions(customers: list[Customer]) -> Iterator[Row]:
    for customer in customers:
        for place, each in enumerate(customer.stretches):
            yield {
                "item": f"si_{customer.id}_{place}",
                "subscription": f"sub_{customer.id}",
                "workspace": customer.id,
                "plan": each.size,
                "price": customer.price(each.size),
                "currency": "USD",
                "from": each.starts,
                "until": each.ends,
            }


def payments(customers: list[Customer], months: Months, chance: Chance) -> Iterator[Row]:
    """One a month and customer, on the day of its sign-up; some fail first and succeed three days later."""
    for month in range(1, CURRENT + 1):
        due = [(each, stretch) for each in customers if (stretch := each.at(months.at(month, 0.5)))]
        failing = chance.mix(len(due), {True: FAILED_PAYMENTS}, rest=False)
        for (customer, stretch), fails in zip(due, failing, strict=True):
            at = months.at(month, chance.between(0.5, 0.85))
            tries = ((at, False), (at + timedelta(days=3), True)) if fails else ((at, True),)
            for tried, collected in tries:
                yield {
                    "charge": chance.token("ch_"),
                    "workspace": customer.id,
                    "amount": customer.price(stretch.size),
                    "currency": "USD",
                    "created": tried,
                    "paid": collected,
                }


def refunds(paid: list[Row], chance: Chance) -> Iterator[Row]:
    """A week after the payment; and one by mistake in a currency that is none."""
    collected = [row for row in paid if row["paid"]]
    wanted = chance.mix(len(collected), {True: REFUNDS}, rest=False)
    for row, refund in zip(collected, wanted, strict=True):
        if refund:
            yield _refund(row, chance)
    yield {**_refund(collected[0], chance), "currency": "US$"}


def _refund(row: Row, chance: Chance) -> Row:
    paid_at = row["created"]
    assert isinstance(paid_at, datetime)
    return {
        "refund": chance.token("re_"),
        "charge": row["charge"],
        "workspace": row["workspace"],
        "amount": row["amount"],
        "currency": row["currency"],
        "created": paid_at + timedelta(days=7),
    }


def expenses(customers: list[Customer], months: Months, chance: Chance) -> Iterator[Row]:
    """What winning each customer cost, spent a week before it came."""
    for customer in customers:
        cost = COST_TO_WIN[customer.segment] * _noise(chance, 0.06)
        day = months.local_day(customer.signed_up - timedelta(days=7))
        yield {
            "invoice": chance.token("mk-"),
            "day": max(day, months.launch),
            "audience": customer.segment,
            "spent": cost.quantize(_CENT),
        }


def journal(customers: list[Customer], months: Months, chance: Chance) -> Iterator[Row]:
    """Per month what customers paid for, what the infrastructure cost, and who watches it."""
    for month in range(1, CURRENT + 1):
        middle = months.at(month, 0.5)
        held = [(each, stretch) for each in customers if (stretch := each.at(middle))]
        revenue = sum((each.price(stretch.size) for each, stretch in held), Decimal(0))
        for account, amount in (
            ("recurring_revenue", revenue),
            ("direct_cost", revenue * INFRASTRUCTURE_COST * _noise(chance, 0.04)),
            ("shared_cost", revenue * ON_CALL_COST),
        ):
            yield {
                "voucher": chance.token("v-"),
                "day": months.last(month),
                "account": account,
                "amount": amount.quantize(_CENT),
            }


def _noise(chance: Chance, spread: float) -> Decimal:
    """A factor around 1."""
    return Decimal(str(round(chance.between(1 - spread, 1 + spread), 4)))
