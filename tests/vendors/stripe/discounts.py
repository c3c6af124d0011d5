"""Discounts as coupons give them, and what they are in the true ledger."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from typing import TYPE_CHECKING

from tests.vendors.stripe import shapes
from tests.vendors.stripe.objects import Document
from tests.vendors.stripe.prices import major, per_month
from tests.vendors.stripe.times import later
from tests.vendors.stripe.truth import TrueDiscount

if TYPE_CHECKING:
    from tests.vendors.stripe.account import StripeAccount


def discount_by(account: StripeAccount, coupon: Document, **to: str) -> Document:
    """Return the discount that a coupon gives from now on; it is not kept yet."""
    months = coupon["duration_in_months"]
    end = later(account.now, "month", months) if months else None
    coupon["times_redeemed"] += 1
    return shapes.discount(account.objects.new_id("di"), coupon["id"], account.now, end, **to)


def ended(account: StripeAccount, discount: Document) -> None:
    """Say that a discount is over; what is left of it, on invoices, has no end any more."""
    account.objects.change(discount, "customer.discount.deleted")
    discount.pop("end", None)
    discount["deleted"] = True


def true_discounts(account: StripeAccount, discounts: Iterable[Document], recurring: Document) -> list[TrueDiscount]:
    """Return discounts as they lower the run-rate: those of one invoice do not."""
    counted = []
    for discount in discounts:
        coupon = account.objects.get(discount["source"]["coupon"])
        assert coupon
        if coupon["duration"] == "once":
            continue
        off = coupon["amount_off"]
        counted.append(
            TrueDiscount(
                discount["start"],
                discount["end"],
                share=Fraction(str(coupon["percent_off"] or 0)) / 100,
                amount=per_month(major(Fraction(off), coupon["currency"]), recurring) if off else Fraction(0),
                products=coupon.get("applies_to", {}).get("products", ()),
            )
        )
    return counted
