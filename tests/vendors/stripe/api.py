"""What the API answers to a request: one document, or a page of a list, newest first, with what is expanded in it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from itertools import islice, takewhile
from typing import Protocol

from tests.vendors.stripe.objects import HIDDEN, Document, rendered
from tests.vendors.stripe.query import Query, Refused, parsed
from tests.vendors.stripe.shapes import listed

EVENTS_KEPT = 30 * 86400
"""For how many seconds an event is listed."""
_PAGE = ("limit", "starting_after", "ending_before", "expand")
_REFERENCES = frozenset(
    {
        "charge",
        "coupon",
        "customer",
        "discount",
        "discounts",
        "invoice",
        "latest_invoice",
        "price",
        "product",
        "subscription",
        "tax_rate",
        "test_clock",
    }
)
"""Fields that hold an id, which a request may have replaced by its document."""
_EQUAL = ("customer", "subscription", "product", "currency", "invoice", "charge", "payment_intent", "email")
"""Parameters that a document's field of the same name has to equal."""
_ENDED = ("canceled", "incomplete_expired")


@dataclass(frozen=True)
class ListOf:
    """A path of a list: the kind of its documents, the permission to read it, and the parameters that it takes."""

    kind: str
    permission: str
    parameters: tuple[str, ...]


LISTS = {
    "/v1/customers": ListOf("customer", "rak_customer_read", ("created", "email", "test_clock")),
    "/v1/products": ListOf("product", "rak_product_read", ("active", "created", "ids")),
    "/v1/prices": ListOf("price", "rak_plan_read", ("active", "created", "currency", "product", "type")),
    "/v1/coupons": ListOf("coupon", "rak_coupon_read", ("created",)),
    "/v1/tax_rates": ListOf("tax_rate", "rak_tax_rate_read", ("active", "created", "inclusive")),
    "/v1/subscriptions": ListOf(
        "subscription",
        "rak_subscription_read",
        ("created", "customer", "status", "price", "test_clock", "collection_method"),
    ),
    "/v1/subscription_items": ListOf("subscription_item", "rak_subscription_read", ("subscription",)),
    "/v1/invoices": ListOf("invoice", "rak_invoice_read", ("created", "customer", "subscription", "status")),
    "/v1/invoiceitems": ListOf("invoiceitem", "rak_invoice_read", ("created", "customer", "invoice", "pending")),
    "/v1/invoice_payments": ListOf("invoice_payment", "rak_invoice_read", ("created", "invoice", "status")),
    "/v1/charges": ListOf("charge", "rak_charge_read", ("created", "customer", "payment_intent")),
    "/v1/refunds": ListOf("refund", "rak_charge_read", ("created", "charge", "payment_intent")),
    "/v1/events": ListOf("event", "rak_event_read", ("created", "type", "types", "delivery_success")),
}


class Documents(Protocol):
    """What an account holds."""

    def get(self, name: str) -> Document | None:
        """Return the document with an id, if there is one."""

    def newest_first(self, kind: str, behind: str | None = None, subscription: str | None = None) -> Iterator[Document]:
        """Yield the documents of a kind that are older than one of them, or all; `KeyError` if it is not there.

        Those of other subscriptions than the one named may be left out.
        """


class Account(Protocol):
    """An account that can be read, at the instant `now`."""

    @property
    def now(self) -> int: ...
    @property
    def objects(self) -> Documents: ...
    @property
    def document(self) -> Document: ...
    def listed_events(self, since: int) -> Iterator[Document]:
        """Yield the events since a second that can be seen, the newest first."""

    def event(self, name: str) -> Document | None:
        """Return the event with an id, if there is one."""


class Api:
    """The read side of the API over an account."""

    def __init__(self, account: Account) -> None:
        self._account = account

    def answer(self, path: str, query: str) -> Document:
        """Return the document at a path.

        Raises:
            Refused: With the error that Stripe would answer.
        """
        if path == "/v1/account":
            return self._account.document
        if path in LISTS:
            return self._page(path, parsed(query, (*_PAGE, *LISTS[path].parameters)))
        folder, _, name = path.rpartition("/")
        if name == "lines" and folder.startswith("/v1/invoices/"):
            invoice = self._one("invoice", folder.rpartition("/")[2])
            return self._inner(path, invoice["lines"]["data"], parsed(query, _PAGE))
        if folder in LISTS:
            document: Document = rendered(self._one(LISTS[folder].kind, name))
            self._expand_all(document, parsed(query, ("expand",)), 0)
            return document
        raise Refused(404, f"Unrecognized request URL (GET: {path}).")

    def permission(self, path: str) -> str | None:
        """Return the permission that a restricted key needs for a path."""
        return next((each.permission for prefix, each in LISTS.items() if path.startswith(prefix)), None)

    def _one(self, kind: str, name: str) -> Document:
        document = self._account.event(name) if kind == "event" else self._account.objects.get(name)
        if document is None or document["object"] != kind:
            message = f"No such {kind}: '{name}'"
            raise Refused(404, message, code="resource_missing", param="id")
        return document

    def _page(self, path: str, query: Query) -> Document:
        kind, after = LISTS[path].kind, query.values.get("starting_after")
        if kind == "subscription_item":
            subscription = self._one("subscription", query.values.get("subscription", ""))
            return self._inner(path, subscription["items"]["data"], query)
        if kind == "event":
            events = self._account.listed_events(self._account.now - EVENTS_KEPT)
            candidates = _behind(events, after) if after else events
        else:
            candidates = self._documents(kind, after, query.values.get("subscription"))
        wanted = _filter(kind, query)
        first, end = query.created
        window = takewhile(lambda each: _created(each) >= first, candidates)
        return self._slice(path, (each for each in window if _created(each) < end and wanted(each)), query)

    def _documents(self, kind: str, after: str | None, subscription: str | None) -> Iterator[Document]:
        try:
            return self._account.objects.newest_first(kind, after, subscription)
        except KeyError:
            raise _missing(after or "") from None

    def _inner(self, path: str, documents: Sequence[Document], query: Query) -> Document:
        """Return a page of a list that stands in another document."""
        after = query.values.get("starting_after")
        return self._slice(path, _behind(iter(documents), after) if after else iter(documents), query)

    def _slice(self, path: str, rest: Iterator[Document], query: Query) -> Document:
        """Return the page of a list that begins behind `starting_after`, or ends at `ending_before`."""
        before, limit = query.values.get("ending_before"), query.limit
        if before and "starting_after" in query.values:
            raise Refused(400, "You cannot parameterize both starting_after and ending_before.")
        if before:
            newer = list(_up_to(rest, before))
            page, has_more = newer[-limit:], len(newer) > limit
        else:
            page = list(islice(rest, limit + 1))
            page, has_more = page[:limit], len(page) > limit
        answer = {**listed(path, [rendered(each) for each in page]), "has_more": has_more}
        self._expand_all(answer, query, 1)
        return answer

    def _expand_all(self, document: Document, query: Query, skip: int) -> None:
        for path in query.expand:
            names = path.split(".")
            if skip and names[0] != "data":
                raise Refused(400, f"This property cannot be expanded ({path}).", param="expand")
            self._expand(document, names, path)

    def _expand(self, value: object, names: Sequence[str], path: str) -> None:
        if isinstance(value, list):
            for each in value:
                self._expand(each, names, path)
            return
        if not names or not isinstance(value, dict):
            return
        name, *rest = names
        if name in HIDDEN.get(value.get("object", ""), ()):
            stored = self._account.objects.get(value["id"]) or {}
            if name in stored:
                value.setdefault(name, rendered(stored[name]))
        elif name not in value:
            if value.get("deleted"):
                return
            raise Refused(400, f"This property cannot be expanded ({path}).", param="expand")
        inner = value.get(name)
        if name in _REFERENCES:
            value[name] = inner = (
                [self._document(each) for each in inner] if isinstance(inner, list) else (self._document(inner))
            )
        elif not isinstance(inner, dict | list | None):
            raise Refused(400, f"This property cannot be expanded ({path}).", param="expand")
        self._expand(inner, rest, path)

    def _document(self, reference: object) -> object:
        document = self._account.objects.get(reference) if isinstance(reference, str) else None
        return reference if document is None else rendered(document)


def _created(document: Document) -> int:
    """Return the second by which lists are in order."""
    second: int = document["date" if document["object"] == "invoiceitem" else "created"]
    return second


def _up_to(documents: Iterator[Document], name: str) -> Iterator[Document]:
    """Yield the documents before one, which is taken too and not yielded; refuse a name that is not there."""
    for each in documents:
        if each["id"] == name:
            return
        yield each
    raise _missing(name)


def _behind(documents: Iterator[Document], name: str) -> Iterator[Document]:
    """Return the documents after one."""
    for _ in _up_to(documents, name):
        pass
    return documents


def _missing(name: str) -> Refused:
    return Refused(400, f"No such object: '{name}'", code="resource_missing", param="starting_after")


def _filter(kind: str, query: Query) -> Callable[[Document], bool]:
    """Return whether a document is one that the parameters ask for."""
    values = query.values
    equal: dict[str, object] = {name: values[name] for name in _EQUAL if name in values}
    equal |= {name: query.flag(name) for name in ("active", "inclusive") if name in values}
    if kind in ("customer", "subscription") and ("test_clock" in values or "customer" not in values):
        equal["test_clock"] = values.get("test_clock")
    checks: list[Callable[[Document], bool]] = [
        lambda each: all(_value(each, name) == wanted for name, wanted in equal.items())
    ]
    if kind == "subscription":
        checks.append(_status(values.get("status")))
    elif "status" in values:
        checks.append(lambda each: each["status"] == values["status"])
    if query.flag("pending") is not None:
        checks.append(lambda each: (each["invoice"] is None) == query.flag("pending"))
    if query.ids:
        checks.append(lambda each: each["id"] in query.ids)
    if types := [*query.types, *([values["type"]] if kind == "event" and "type" in values else [])]:
        checks.append(lambda each: any(fnmatchcase(each["type"], pattern) for pattern in types))
    return lambda each: all(check(each) for check in checks)


def _value(document: Document, name: str) -> object:
    if name == "subscription" and document["object"] == "invoice":
        return document["parent"]["subscription_details"]["subscription"]
    return document.get(name)


def _status(wanted: str | None) -> Callable[[Document], bool]:
    match wanted:
        case None:
            return lambda each: each["status"] != "canceled"
        case "all":
            return lambda each: True
        case "ended":
            return lambda each: each["status"] in _ENDED
    return lambda each: each["status"] == wanted
