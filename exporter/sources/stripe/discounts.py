"""Discounts of subscriptions, their items and their customers, with the coupons behind them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Protocol

from exporter.sources.billing.contract import Discount
from exporter.sources.stripe.money import major
from exporter.sources.stripe.prices import Object, id_of


class Coupons(Protocol):
    """Finds coupons."""

    def coupon(self, coupon_id: str) -> Object | None:
        """Return a coupon with the products that it is limited to, None where there is no trace of it."""


def discounts_of(
    subscription: Object, items: Sequence[Object], coupons: Coupons, by_id: Mapping[str, Discount]
) -> tuple[Discount, ...] | None:
    """Return the discounts in the order in which they apply; None where one is named that is not known.

    Those of the customer apply where the subscription has none of its own.
    """
    currency = subscription.get("currency", "")
    results: list[Discount | None] = []
    for item in items:
        results += [
            _discount(each, coupons, by_id, currency, position, line_id=item["id"])
            for position, each in enumerate(item.get("discounts") or ())
        ]
    own = subscription.get("discounts") or ([subscription["discount"]] if subscription.get("discount") else [])
    results += [_discount(each, coupons, by_id, currency, position) for position, each in enumerate(own)]
    customer = subscription["customer"]
    if not own and isinstance(customer, Mapping) and customer.get("discount"):
        results.append(_discount(customer["discount"], coupons, by_id, currency, 0, inherited=True))
    elif not own and not isinstance(customer, Mapping):
        results += [discount for discount in by_id.values() if discount.inherited]
    document = [discount for discount in results if discount is not None]
    return tuple(document) if len(document) == len(results) else None


def discount(
    document: Object,
    coupon: Object,
    currency: str,
    *,
    position: int = 0,
    line_id: str | None = None,
    inherited: bool = False,
) -> Discount:
    """Return a discount as its coupon gives it, in one of the coupon's currencies."""
    part = coupon
    if coupon.get("currency") and coupon["currency"] != currency:
        part = (coupon.get("currency_options") or {}).get(currency) or coupon
    code = (currency if part is not coupon else coupon.get("currency") or "").upper()
    percent, amount = coupon.get("percent_off"), part.get("amount_off")
    end = document.get("end")
    starts = datetime.fromtimestamp(document["start"], UTC)
    return Discount(
        discount_id=document["id"],
        starts_at=starts,
        duration=coupon["duration"],
        ends_at=None if end is None else datetime.fromtimestamp(end, UTC),
        percent_off=None if percent is None else Decimal(str(percent)),
        amount_off=None if percent is not None or amount is None else major(amount, code),
        currency=None if percent is not None else code,
        line_id=line_id,
        products=tuple((coupon.get("applies_to") or {}).get("products") or ()),
        position=position,
        inherited=inherited,
    )


def coupon_of(document: Object) -> object:
    """Return the coupon of a discount, an id or an object; it stood in the discount itself before 2025-09-30."""
    source = document.get("source")
    return (source or {}).get("coupon") if source else document.get("coupon")


def _discount(
    document: object,
    coupons: Coupons,
    by_id: Mapping[str, Discount],
    currency: str,
    position: int,
    line_id: str | None = None,
    inherited: bool = False,
) -> Discount | None:
    if not isinstance(document, Mapping) or coupon_of(document) is None:
        return by_id.get(str(id_of(document)))
    coupon_id = id_of(coupon_of(document))
    coupon = coupons.coupon(str(coupon_id))
    if coupon is None:
        held = coupon_of(document)
        coupon = held if isinstance(held, Mapping) else None
    if coupon is None:
        return by_id.get(document["id"])
    return discount(document, coupon, currency, position=position, line_id=line_id, inherited=inherited)
