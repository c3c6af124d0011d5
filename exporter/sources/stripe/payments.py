"""Rows of payments, refunds and customers, from charges, refunds and customers of Stripe."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime

from exporter.records.batch import Row
from exporter.sources.stripe.money import major
from exporter.sources.stripe.prices import Object, id_of


def payment_row(charge: Object) -> Row | None:
    """Return the row of an attempt to collect money; None while it is not decided."""
    if charge["status"] not in ("succeeded", "failed"):
        return None
    currency = charge["currency"].upper()
    return {
        "payment_id": charge["id"],
        "customer_id": id_of(charge.get("customer")),
        "amount": major(charge["amount"], currency),
        "currency": currency,
        "attempted_at": datetime.fromtimestamp(charge["created"], UTC),
        "succeeded": charge["status"] == "succeeded",
    }


def refund_row(refund: Object) -> Row | None:
    """Return the row of a refund, whose charge may be expanded; None for one that did not go through."""
    if refund.get("status") not in ("succeeded", None):
        return None
    charge, currency = refund.get("charge"), refund["currency"].upper()
    of_charge = charge.get("customer") if isinstance(charge, Mapping) else None
    return {
        "refund_id": refund["id"],
        "customer_id": id_of(refund.get("customer") or of_charge),
        "payment_id": id_of(charge),
        "amount": major(refund["amount"], currency),
        "currency": currency,
        "refunded_at": datetime.fromtimestamp(refund["created"], UTC),
    }


def customer_row(customer: Object, tier: Sequence[str]) -> Row:
    """Return the row of a customer; `tier` is the path of its tier, such as `metadata`, `plan`."""
    value: object = customer
    for name in tier:
        value = value.get(name) if isinstance(value, Mapping) else None
    return {
        "customer_id": customer["id"],
        "tier": value if isinstance(value, str) else None,
        "created_at": datetime.fromtimestamp(customer["created"], UTC),
    }


def rows(results: Iterator[Row | None]) -> Iterator[Row]:
    """Yield the rows that there are."""
    return (row for row in results if row is not None)
