"""Reads the events of an account: what changed, and the moment of each change."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from typing import Any

from exporter.sources.stripe.api import Api
from exporter.sources.stripe.prices import Object, id_of

RETENTION = 30 * 86400
"""Seconds for which Stripe lists an event."""

TYPES = (
    "customer.subscription.created",
    "customer.subscription.updated",
    "customer.subscription.deleted",
    "customer.subscription.paused",
    "customer.subscription.resumed",
    "customer.created",
    "customer.updated",
    "customer.discount.created",
    "customer.discount.updated",
    "customer.discount.deleted",
    "invoice.paid",
    "charge.succeeded",
    "charge.failed",
    "charge.refunded",
    "charge.refund.updated",
    "refund.created",
    "refund.updated",
    "refund.failed",
)
"""What is read of; one request may name twenty."""


@dataclass(frozen=True)
class Moment:
    """A subscription as it was right after one of its events, and right before it where the event says so."""

    created: int
    after: Object
    before: Object | None


@dataclass
class Changes:
    """What some events say, by the object that they are about; `costly` are those whose objects must be requested."""

    subscriptions: dict[str, list[Moment]] = field(default_factory=dict)
    paid: set[str] = field(default_factory=set)
    discounts_gone: list[tuple[int, Object]] = field(default_factory=list)
    discounted_customers: set[str] = field(default_factory=set)
    customers: dict[str, Object] = field(default_factory=dict)
    charges: dict[str, Object] = field(default_factory=dict)
    refunds: set[str] = field(default_factory=set)
    refunded_charges: set[str] = field(default_factory=set)
    costly: dict[str, int] = field(default_factory=dict)

    def add(self, event: Object, done: Collection[str] = ()) -> None:
        """Add an event; the older ones come last, and `done` are costly ones that need no request again."""
        kind, document = event["type"], event["data"]["object"]
        match kind.split("."):
            case ["customer", "subscription", *_]:
                before = event["data"].get("previous_attributes")
                moment = Moment(event["created"], document, _merged(document, before) if before else None)
                self.subscriptions.setdefault(document["id"], []).insert(0, moment)
            case ["customer", "discount", what]:
                if what == "deleted":
                    self.discounts_gone.append((event["created"], document))
                customer = id_of(document.get("customer"))
                if self._is_new(event, done) and customer and not document.get("subscription"):
                    self.discounted_customers.add(customer)
            case ["customer", _]:
                self.customers.setdefault(document["id"], document)
            case ["invoice", _]:
                if (name := subscription_of(document)) and self._is_new(event, done):
                    self.paid.add(name)
            case ["charge", "succeeded" | "failed"]:
                self.charges.setdefault(document["id"], document)
            case ["charge", "refunded"]:
                if self._is_new(event, done):
                    self.refunded_charges.add(document["id"])
            case _:
                if self._is_new(event, done):
                    self.refunds.add(document["id"])

    def _is_new(self, event: Object, done: Collection[str]) -> bool:
        self.costly[event["id"]] = event["created"]
        return event["id"] not in done


def event_pages(api: Api, since: int, until: int | None = None, after: str | None = None) -> Iterator[list[Object]]:
    """Yield the pages of the events of a time, the newest first."""
    window = [("created[gte]", str(since)), *([("created[lt]", str(until))] if until is not None else [])]
    types = (("types[]", kind) for kind in TYPES)
    for page in api.pages("events", (*window, *types), after):
        yield list(page)


def subscription_of(invoice: Object) -> str | None:
    """Return the subscription that an invoice or an invoice item is of; it stood in itself before 2025-03-31."""
    details = (invoice.get("parent") or {}).get("subscription_details") or {}
    return id_of(details.get("subscription") or invoice.get("subscription"))


def _merged(document: Any, before: Any) -> Any:
    """Return an object with the values that it had before; of objects within it, an event names what differs."""
    if not isinstance(document, dict) or not isinstance(before, dict):
        return before
    return {**document, **{name: _merged(document.get(name), value) for name, value in before.items()}}
