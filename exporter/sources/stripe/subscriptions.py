"""Reads a subscription as a sighting of a contract, in the pinned version of the API or, in an event, an older one."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from exporter.sources.billing.contract import Cancellation, Discount, SeenLine, Sighting, Standing, TrialPeriod
from exporter.sources.stripe.discounts import Coupons, discounts_of
from exporter.sources.stripe.prices import Object, charge, id_of
from exporter.sources.stripe.taxes import billed_tax

_NOBODY_ASKED = ("payment_failed", "payment_disputed", "canceled_by_retention_policy")
_FIRST_PAYMENT = 23 * 3600
"""Seconds within which the first payment must come; later, it was on its way already."""

_DRAFT = 3600
"""Seconds for which the invoice of a new period is a draft before it is collected."""
EMBEDDED = 10
"""Items that a subscription shows; of an event with as many, no request gets the others."""


def instant(seconds: int) -> datetime:
    """Return an instant that Stripe writes as seconds since 1970."""
    return datetime.fromtimestamp(seconds, UTC)


def moment(seconds: int | None) -> datetime | None:
    """Return an instant, None where there is none."""
    return None if seconds is None else instant(seconds)


@dataclass(frozen=True)
class Facts:
    """What a subscription does not show itself.

    Attributes:
        coupons: Finds the coupon of a discount.
        price: Returns the price of an id with its tiers and currencies.
        taxes: The tax rates of items that Stripe found out by itself, by item, as their invoices have them.
        discounts: The discounts that an event names by their ids alone.
    """

    coupons: Coupons
    price: Callable[[str], Object]
    taxes: Mapping[str, Sequence[Object]] = field(default_factory=dict)
    discounts: Mapping[str, Discount] = field(default_factory=dict)


def sighting(subscription: Object, at: datetime, learnt_at: datetime, facts: Facts) -> Sighting:
    """Return what a subscription shows; it is as it was at `at`, and its items are complete."""
    began = instant(subscription["start_date"])
    ended = moment(subscription.get("ended_at"))
    items = subscription["items"]["data"]
    return Sighting(
        at=at,
        learnt_at=learnt_at,
        subscription_id=subscription["id"],
        customer_id=id_of(subscription["customer"]) or "",
        began_at=began,
        standing=None if ended else _standing(subscription, items, at),
        standings=tuple(_dated(subscription, began, ended or at)),
        lines={item["id"]: _line(subscription, item, facts) for item in items},
        ended_at=ended,
        discounts=discounts_of(subscription, items, facts.coupons, facts.discounts),
        cancellation=_cancellation(subscription, items),
        trial=_trial(subscription, at),
    )


def automatic_taxes(subscription: Object) -> Mapping[str, Sequence[Object]]:
    """Return the tax rates that Stripe found out for each item, as the expanded latest invoice has them."""
    invoice = subscription.get("latest_invoice")
    if not isinstance(invoice, Mapping):
        return {}
    results = {}
    for line in invoice["lines"]["data"]:
        details = (line.get("parent") or {}).get("subscription_item_details") or {}
        if details.get("subscription_item") and not details.get("proration") and (rates := billed_tax(line)):
            results[details["subscription_item"]] = rates
    return results


def lacks_tax(subscription: Object, facts: Facts) -> bool:
    """Tell whether a price contains a tax that Stripe finds out, and whose rate no invoice has shown yet."""
    automatic = (subscription.get("automatic_tax") or {}).get("enabled")
    return bool(automatic) and any(
        item["price"].get("tax_behavior") == "inclusive" and item["id"] not in facts.taxes
        for item in subscription["items"]["data"]
    )


def _line(subscription: Object, item: Object, facts: Facts) -> SeenLine:
    rates = item.get("tax_rates") or subscription.get("default_tax_rates") or facts.taxes.get(item["id"]) or ()
    if not rates and item["price"].get("tax_behavior") == "inclusive":
        rates = ({"percentage": 0, "inclusive": True},)
    currency = subscription.get("currency", "")
    charged = charge(item["price"], item.get("quantity"), currency, rates, facts.price)
    return SeenLine(_line_began(subscription, item), charged)


def _line_began(subscription: Object, item: Object) -> datetime:
    """Return since when an item is part of the subscription: one that was made with it, since its start."""
    if item["created"] <= subscription["created"] + 1:
        return instant(subscription["start_date"])
    return instant(max(item["created"], subscription["start_date"]))


def _standing(subscription: Object, items: Sequence[Object], at: datetime) -> Standing:
    status = subscription["status"]
    if subscription.get("pause_collection") and status in ("active", "past_due", "unpaid"):
        return Standing("paused", _paid_through(subscription, items, at))
    return Standing(status)


def _paid_through(subscription: Object, items: Sequence[Object], at: datetime) -> datetime:
    """Return up to when a paused subscription is paid for: its period rolls on unpaid.

    Where the latest invoice is not shown, it is paid once a period is as old as an invoice when it is collected.
    """
    start, end = _period(subscription, items[0] if items else {})
    invoice = subscription.get("latest_invoice")
    if isinstance(invoice, Mapping):
        paid = invoice["status"] == "paid" and invoice["created"] >= start
    else:
        paid = start == subscription["start_date"] or at > instant(start + _DRAFT)
    return instant(end if paid and subscription["status"] == "active" else start)


def _period(subscription: Object, item: Object) -> tuple[int, int]:
    """Return the current period, which stood in the subscription before 2025-03-31."""
    holder = item if "current_period_start" in item else subscription
    return (
        holder.get("current_period_start", subscription["start_date"]),
        holder.get("current_period_end", subscription["start_date"]),
    )


def _dated(subscription: Object, began: datetime, until: datetime) -> Iterator[tuple[datetime, Standing]]:
    """Yield the statuses before `until` that the subscription dates itself, in their order."""
    status = subscription["status"]
    if status in ("incomplete", "incomplete_expired"):
        yield began, Standing("incomplete")
        return
    trial_start, trial_end = moment(subscription.get("trial_start")), moment(subscription.get("trial_end"))
    if trial_start is None or trial_start > began:
        if paid := _first_payment(subscription):
            yield began, Standing("incomplete")
            yield paid, Standing("active")
        else:
            yield began, Standing("active")
    if trial_start is not None and trial_end is not None:
        yield max(trial_start, began), Standing("trialing")
        if trial_end < until or (trial_end == until and status != "canceled"):
            yield trial_end, Standing("paused" if status == "paused" else "active")
    failed = _failed_at(subscription)
    if failed is not None and began < failed < until:
        yield failed, Standing("past_due")


def _first_payment(subscription: Object) -> datetime | None:
    """Return when the first payment came, if the subscription waited for it."""
    invoice = subscription.get("latest_invoice")
    if not isinstance(invoice, Mapping) or invoice.get("billing_reason") != "subscription_create":
        return None
    paid: int | None = (invoice.get("status_transitions") or {}).get("paid_at")
    automatic = subscription.get("collection_method") == "charge_automatically"
    if paid is None or not automatic or invoice.get("attempt_count", 0) < 2:
        return None
    return instant(paid) if paid - subscription["created"] <= _FIRST_PAYMENT else None


def _failed_at(subscription: Object) -> datetime | None:
    """Return since when the latest invoice waits for its payment: it is tried first when it is finalized."""
    details = subscription.get("cancellation_details") or {}
    owing = subscription["status"] in ("past_due", "unpaid") or details.get("reason") == "payment_failed"
    invoice = subscription.get("latest_invoice")
    if not owing or not isinstance(invoice, Mapping) or invoice["status"] in ("paid", "draft"):
        return None
    finalized = (invoice.get("status_transitions") or {}).get("finalized_at")
    at: int = invoice.get("due_date") or finalized or invoice["created"]
    return instant(at)


def _cancellation(subscription: Object, items: Sequence[Object]) -> Cancellation | None:
    """Return the request of the customer to end; an end for want of payment was asked for by nobody."""
    request: int | None = subscription.get("canceled_at")
    reason = (subscription.get("cancellation_details") or {}).get("reason")
    if request is None or reason in _NOBODY_ASKED:
        return None
    planned: int | None = subscription.get("cancel_at")
    if planned is None and subscription.get("cancel_at_period_end") and items:
        planned = max(_period(subscription, item)[1] for item in items)
    if planned is None and subscription.get("ended_at") is None:
        return None
    return Cancellation(instant(request), moment(planned))


def _trial(subscription: Object, at: datetime) -> TrialPeriod | None:
    start: int | None = subscription.get("trial_start")
    end: int | None = subscription.get("trial_end")
    if start is None or end is None:
        return None
    return TrialPeriod(instant(start), instant(end), _converted(subscription, end, at))


def _converted(subscription: Object, trial_end: int, at: datetime) -> bool | None:
    """Return whether a payment came after the trial; None while that is open."""
    ended = subscription.get("ended_at")
    if ended is not None and ended <= trial_end:
        return False
    if at < instant(trial_end):
        return None
    invoice = subscription.get("latest_invoice")
    if isinstance(invoice, Mapping) and invoice["created"] >= trial_end and invoice["status"] == "paid":
        return True
    return False if ended is not None or subscription["status"] in ("unpaid", "paused") else None
