"""What an account holds: documents by id in the order of their creation, and an event for each change."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

Document = dict[str, Any]

EMBEDDED = 10
"""How many entries a list shows that stands inside another document."""
HIDDEN: Mapping[str, tuple[str, ...]] = {
    "price": ("tiers", "currency_options"),
    "coupon": ("applies_to", "currency_options"),
    "invoice": ("payments",),
    "customer": ("subscriptions",),
}
"""Fields that a document has only where a request expands them."""


@dataclass(frozen=True)
class Event:
    """One event as it is served, and the second from which on it is listed."""

    document: Document
    visible_from: int


class Objects:
    """All documents of an account; `now` returns the second of its clock."""

    def __init__(self, now: Callable[[], int], announce: Callable[[str, Document, Document | None], None]) -> None:
        self._now = now
        self._announce = announce
        self._documents: dict[str, Document] = {}
        self._kinds: dict[str, list[Document]] = {}
        self._numbers: dict[str, int] = {}

    def new_id(self, prefix: str) -> str:
        """Return an id that no document has: the prefix and a number that counts up."""
        self._numbers[prefix] = self._numbers.get(prefix, 0) + 1
        return f"{prefix}_{self._numbers[prefix]:07d}"

    def add(self, document: Document, event: str | None = None) -> Document:
        """Keep a new document, and announce it."""
        self._documents[document["id"]] = document
        self._kinds.setdefault(document["object"], []).append(document)
        if event:
            self._announce(event, rendered(document), None)
        return document

    def change(self, document: Document, event: str, /, **attributes: object) -> None:
        """Set attributes, and announce what they were before; nothing is announced if nothing changes."""
        before = rendered(document)
        document.update(attributes)
        after = rendered(document)
        previous = difference(before, after)
        if previous or not event.endswith(".updated"):
            self._announce(event, after, previous if event.endswith(".updated") else None)

    def remove(self, document: Document, stub: Document, event: str) -> None:
        """Replace a document by the stub that says that it was deleted, and list it no longer."""
        self._announce(event, rendered(document), None)
        self._kinds[document["object"]].remove(document)
        self._documents[document["id"]] = stub

    def get(self, name: str) -> Document | None:
        """Return the document with an id, if there is one."""
        return self._documents.get(name)

    def newest_first(self, kind: str, behind: str | None = None, subscription: str | None = None) -> Iterator[Document]:
        """Yield the documents of a kind as Stripe lists them: those that are older than one of them, or all.

        Raises:
            KeyError: If that one is not there.
        """
        documents = reversed(self._kinds.get(kind, []))
        if behind is not None and all(each["id"] != behind for each in documents):
            raise KeyError(behind)
        return documents


def rendered(value: Any) -> Any:
    """Return a copy as it is served: without hidden fields, and with no more than `EMBEDDED` entries of a list."""
    if isinstance(value, list):
        return [rendered(each) for each in value]
    if not isinstance(value, dict):
        return value
    kind = value.get("object")
    if kind == "list":
        data = value["data"]
        return {**value, "data": [rendered(each) for each in data[:EMBEDDED]], "has_more": len(data) > EMBEDDED}
    hidden = HIDDEN.get(kind, ()) if isinstance(kind, str) else ()
    return {name: rendered(each) for name, each in value.items() if name not in hidden}


def difference(before: Document, after: Document) -> Document:
    """Return the earlier values of what differs: of objects only their differing keys, of lists the whole."""
    changed: Document = {}
    for name in before.keys() | after.keys():
        was, now = before.get(name), after.get(name)
        if was == now:
            continue
        changed[name] = difference(was, now) if isinstance(was, dict) and isinstance(now, dict) else was
    return changed
