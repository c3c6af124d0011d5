"""Gathers what was billed before the first poll, until all of it is read, and then gives it by subscription.

Invoices are listed by their time, those of all subscriptions together, and there may be more than memory has room for.
So each goes into one of many bins, by its subscription, and a bin is taken as a whole once the lists are at their end.
"""

from __future__ import annotations

import json
import zlib
from base64 import b64decode, b64encode
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from exporter.records.batch import Item, Remembered
from exporter.sources.stripe.prices import Object

BINS = 256

_FULL = 4_000_000
"""Characters of documents from which on they are packed."""

_PARENT: Mapping[str, Any] = {
    "subscription_item_details": {"subscription_item": None, "invoice_item": None, "proration": None},
    "invoice_item_details": {"invoice_item": None, "proration": None},
    "subscription_details": {"subscription": None, "subscription_item": None},
}
_LINE: Mapping[str, Any] = {
    **dict.fromkeys(("amount", "quantity", "currency", "period", "discounts", "taxes")),
    "pricing": {"unit_amount_decimal": None, "price_details": {"price": None}},
    "parent": _PARENT,
}
_INVOICE: Mapping[str, Any] = {
    **dict.fromkeys(("id", "object", "created", "status", "attempt_count", "amount_paid", "billing_reason")),
    **dict.fromkeys(("auto_advance", "status_transitions", "discounts")),
    "lines": {"data": _LINE},
}
_ITEM: Mapping[str, Any] = {**_LINE, **dict.fromkeys(("id", "object"))}


@dataclass(frozen=True)
class PastBilling:
    """What was billed for one subscription: its invoices, the oldest first, and its changes that became lines of them.

    These are the invoice items by id.
    """

    invoices: Sequence[Object]
    items: Mapping[str, Object]

    @property
    def waiting(self) -> Iterator[Object]:
        """The changes that no invoice has yet."""
        lines = (line.get("parent") or {} for invoice in self.invoices for line in invoice["lines"]["data"])
        details = (each for parent in lines for each in parent.values() if each)
        billed = {name for each in details if (name := each.get("invoice_item"))}
        return (item for name, item in self.items.items() if name not in billed)


class InvoiceBins:
    """Invoices and invoice items, of which no more is kept than the history needs.

    `number` is that of the next texts; those of the numbers below are remembered by their keys, until they are taken.
    """

    def __init__(self, recall: Callable[[Collection[str]], Mapping[str, str]], number: int) -> None:
        self.number = number
        self._stored = number
        self._recall = recall
        self._gathered: dict[int, list[str]] = {}
        self._length = 0
        self._changed: dict[str, str | None] = {}

    def put(self, subscription_id: str, document: Object) -> None:
        """Put in an invoice with all of its lines, or an invoice item."""
        part = _part(document, _INVOICE if document["object"] == "invoice" else _ITEM)
        text = json.dumps([subscription_id, part], separators=(",", ":"), default=float)
        self._gathered.setdefault(zlib.crc32(subscription_id.encode()) % BINS, []).append(text)
        self._length += len(text)
        if self._length >= _FULL:
            self._pack()

    def taken(self, bin_: int) -> Mapping[str, PastBilling]:
        """Return what is in a bin, by subscription, and empty it."""
        self._pack()
        keys = [_key(bin_, number) for number in range(self.number)]
        stored = keys[: self._stored]
        texts: dict[str, str | None] = dict(self._recall(stored)) if stored else {}
        texts |= {key: self._changed.pop(key) for key in keys if key in self._changed}
        self._changed |= dict.fromkeys(stored)
        invoices: dict[str, dict[str, Object]] = {}
        items: dict[str, dict[str, Object]] = {}
        for text in filter(None, map(texts.get, keys)):
            for name, document in json.loads(zlib.decompress(b64decode(text)), parse_float=Decimal):
                of = invoices if document["object"] == "invoice" else items
                of.setdefault(name, {})[document["id"]] = document
        return {
            name: PastBilling(_oldest_first(invoices.get(name, {}).values()), items.get(name, {}))
            for name in invoices.keys() | items.keys()
        }

    def changes(self) -> Iterator[Item]:
        """Yield what is to be remembered of the bins, and what is to be forgotten."""
        self._pack()
        if self._changed:
            yield Remembered(iter(self._changed.items()))

    def _pack(self) -> None:
        """Turn what was put in since the last time into texts, which take little memory."""
        for bin_, documents in self._gathered.items():
            packed = zlib.compress(f"[{','.join(documents)}]".encode(), 1)
            self._changed[_key(bin_, self.number)] = b64encode(packed).decode()
        self.number += bool(self._gathered)
        self._gathered, self._length = {}, 0


def _key(bin_: int, number: int) -> str:
    return f"billed/{bin_}/{number}"


def _oldest_first(newest_first: Collection[Object]) -> Sequence[Object]:
    invoices = list(newest_first)
    invoices.reverse()  # which is their order within a second
    return sorted(invoices, key=lambda invoice: int(invoice["created"]))


def _part(value: Any, names: Mapping[str, Any] | None) -> Any:
    """Return an object, or each of a list, with these fields alone; None stands for all of them."""
    if isinstance(value, list):
        return [_part(each, names) for each in value]
    if names is None or not isinstance(value, Mapping):
        return value
    return {name: _part(value[name], inner) for name, inner in names.items() if value.get(name) is not None}
