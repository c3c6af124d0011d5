"""What a subscription pays by the default policy of revenue, from what has happened to it."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from tests.vendors.stripe.discounts import true_discounts
from tests.vendors.stripe.objects import Document
from tests.vendors.stripe.prices import charged, major, per_month
from tests.vendors.stripe.times import DAY
from tests.vendors.stripe.truth import TrueLine, TrueState

if TYPE_CHECKING:
    from tests.vendors.stripe.subscription import Subscription

PAYS_NOTHING = ("incomplete", "incomplete_expired", "trialing", "paused", "unpaid", "canceled")
DUNNING = 30 * DAY
"""How long an item past due counts."""


def true_state(subscription: Subscription, at: int) -> TrueState:
    """Return what a subscription pays from an instant on: past due for a while, paused as long as it was paid for."""
    document = subscription.document
    lines = [] if subscription.status in PAYS_NOTHING else [_line(subscription, item) for item in subscription.items]
    until = None
    if document["pause_collection"]:
        until = max(at, subscription.billing.paid_until)
    elif subscription.status == "past_due" and subscription.failed_at is not None:
        until = subscription.failed_at + DUNNING
    own = subscription.customer.document["discount"]
    discounts = subscription.discounts() or ([own] if own else [])
    recurring = subscription.items[0]["price"]["recurring"]
    return TrueState(at, lines, true_discounts(subscription.account, discounts, recurring), until)


def _line(subscription: Subscription, item: Document) -> TrueLine:
    price, currency = item["price"], subscription.document["currency"]
    listed = Fraction(0)
    if price["recurring"]["usage_type"] != "metered":
        listed = per_month(major(charged(price, item["quantity"], currency), currency), price["recurring"])
    own = subscription.stored(item["discounts"])
    discounts = true_discounts(subscription.account, own, price["recurring"])
    return TrueLine(price["product"], listed, _inclusive_tax(subscription, item) / 100, discounts)


def _inclusive_tax(subscription: Subscription, item: Document) -> Fraction:
    """Return the rate in percent of the tax that the price of an item contains."""
    automatic = subscription.terms.automatic_tax
    if automatic is not None:
        return Fraction(str(automatic)) if item["price"]["tax_behavior"] == "inclusive" else Fraction(0)
    rates = item["tax_rates"] or subscription.document["default_tax_rates"]
    return sum((Fraction(str(rate["percentage"])) for rate in rates if rate["inclusive"]), Fraction(0))
