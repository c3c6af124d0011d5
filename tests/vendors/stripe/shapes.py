"""The documents of Stripe's API in the version that is served, with every field that its specification requires."""

from __future__ import annotations

from collections.abc import Sequence

from tests.vendors.stripe.objects import Document

VERSION = "2026-08-26.dahlia"
"""The version of the API, that of stripe-mock 0.203.0."""


def listed(url: str, data: Sequence[Document]) -> Document:
    """Return a list inside a document, or a page of one."""
    return {"object": "list", "url": url, "has_more": False, "data": list(data)}


def product(name: str, title: str, created: int, livemode: bool) -> Document:
    """Return a product that is on sale."""
    return {
        "id": name,
        "object": "product",
        "active": True,
        "created": created,
        "default_price": None,
        "description": None,
        "images": [],
        "livemode": livemode,
        "marketing_features": [],
        "metadata": {},
        "name": title,
        "updated": created,
    }


def tax_rate(name: str, percentage: float, inclusive: bool, created: int, livemode: bool) -> Document:
    """Return a rate of value added tax."""
    return {
        "id": name,
        "object": "tax_rate",
        "active": True,
        "country": None,
        "created": created,
        "description": None,
        "display_name": "VAT",
        "inclusive": inclusive,
        "jurisdiction": None,
        "livemode": livemode,
        "metadata": {},
        "percentage": percentage,
        "rate_type": "percentage",
        "tax_type": "vat",
    }


def customer(name: str, created: int, livemode: bool, metadata: Document, test_clock: str | None) -> Document:
    """Return a customer without a discount."""
    return {
        "id": name,
        "object": "customer",
        "address": None,
        "balance": 0,
        "created": created,
        "currency": None,
        "default_source": None,
        "delinquent": False,
        "description": None,
        "discount": None,
        "email": f"{name}@example.com",
        "invoice_settings": {"custom_fields": None, "default_payment_method": None, "footer": None},
        "livemode": livemode,
        "metadata": metadata,
        "name": name,
        "phone": None,
        "tax_exempt": "none",
        "test_clock": test_clock,
        "subscriptions": listed(f"/v1/customers/{name}/subscriptions", []),
    }


def discount(name: str, coupon: str, start: int, end: int | None, **of: str | None) -> Document:
    """Return a discount that was given by a coupon; `of` says to whom."""
    return {
        "id": name,
        "object": "discount",
        "checkout_session": None,
        "customer": None,
        "end": end,
        "invoice": None,
        "invoice_item": None,
        "promotion_code": None,
        "source": {"type": "coupon", "coupon": coupon},
        "start": start,
        "subscription": None,
        "subscription_item": None,
        **of,
    }


def subscription_item(
    name: str, subscription: str, price: Document, quantity: int | None, created: int, period: tuple[int, int]
) -> Document:
    """Return an item; a metered one has no quantity."""
    return {
        "id": name,
        "object": "subscription_item",
        "billing_thresholds": None,
        "created": created,
        "current_period_end": period[1],
        "current_period_start": period[0],
        "discounts": [],
        "metadata": {},
        "price": price,
        **({} if quantity is None else {"quantity": quantity}),
        "subscription": subscription,
        "tax_rates": [],
    }


def subscription(name: str, customer: Document, currency: str, created: int, livemode: bool) -> Document:
    """Return a subscription without items, as it is before anything was decided about it."""
    return {
        "id": name,
        "object": "subscription",
        "application": None,
        "automatic_tax": {"disabled_reason": None, "enabled": False, "liability": None},
        "billing_cycle_anchor": created,
        "billing_mode": {"type": "flexible", "flexible": {}},
        "billing_schedules": [],
        "billing_thresholds": None,
        "cancel_at": None,
        "cancel_at_period_end": False,
        "canceled_at": None,
        "cancellation_details": {"comment": None, "feedback": None, "reason": None},
        "collection_method": "charge_automatically",
        "created": created,
        "currency": currency,
        "customer": customer["id"],
        "days_until_due": None,
        "default_payment_method": None,
        "default_source": None,
        "default_tax_rates": [],
        "description": None,
        "discounts": [],
        "ended_at": None,
        "invoice_settings": {"account_tax_ids": None, "issuer": {"type": "self"}},
        "items": listed(f"/v1/subscription_items?subscription={name}", []),
        "latest_invoice": None,
        "livemode": livemode,
        "metadata": {},
        "next_pending_invoice_item_invoice": None,
        "on_behalf_of": None,
        "pause_collection": None,
        "pending_setup_intent": None,
        "pending_update": None,
        "schedule": None,
        "start_date": created,
        "status": "active",
        "test_clock": customer["test_clock"],
        "transfer_data": None,
        "trial_end": None,
        "trial_settings": {"end_behavior": {"missing_payment_method": "create_invoice"}},
        "trial_start": None,
    }


def event(name: str, kind: str, document: Document, previous: Document | None, created: int, version: str) -> Document:
    """Return an event about a document, which stands in it as it was then."""
    return {
        "id": name,
        "object": "event",
        "api_version": version,
        "created": created,
        "data": {"object": document, **({} if previous is None else {"previous_attributes": previous})},
        "livemode": document.get("livemode", True),
        "pending_webhooks": 0,
        "request": {"id": None, "idempotency_key": None},
        "type": kind,
    }


def test_clock(name: str, created: int) -> Document:
    """Return a test clock, whose customers and subscriptions are not real."""
    return {
        "id": name,
        "object": "test_helpers.test_clock",
        "created": created,
        "deletes_after": created + 30 * 86400,
        "frozen_time": created,
        "livemode": False,
        "name": None,
        "status": "ready",
        "status_details": {},
    }


def account(created: int) -> Document:
    """Return the account itself."""
    return {
        "id": "acct_standin",
        "object": "account",
        "business_type": "company",
        "charges_enabled": True,
        "country": "DE",
        "created": created,
        "default_currency": "eur",
        "details_submitted": True,
        "email": "owner@example.com",
        "payouts_enabled": True,
        "type": "standard",
    }
