"""Events of an account whose default version of the API is an old one: they are rendered in it, whatever is asked."""

from __future__ import annotations

from tests.vendors.stripe.objects import Document

OLD_VERSION = "2022-11-15"
_PERIOD = ("current_period_start", "current_period_end")


def in_old_version(document: Document) -> Document:
    """Return a document, or what it was before a change, as the old version has it."""
    if document.get("object") == "subscription" or "items" in document:
        return _subscription(document)
    if document.get("object") == "invoice":
        parent = document["parent"]["subscription_details"]
        return {**document, "subscription": parent["subscription"], "paid": document["status"] == "paid"}
    return document


def _subscription(document: Document) -> Document:
    """Return a subscription with one period for all its items, and with one discount at most."""
    old = {name: value for name, value in document.items() if name not in ("billing_mode", "billing_schedules")}
    items = document.get("items", {}).get("data", [])
    if items:
        old.update({name: items[0][name] for name in _PERIOD})
        data = [{name: value for name, value in item.items() if name not in _PERIOD} for item in items]
        old["items"] = {**document["items"], "data": data}
    if "discounts" in old:
        discounts = old.pop("discounts")
        old["discount"] = {"id": discounts[0], "object": "discount"} if discounts else None
    return old
