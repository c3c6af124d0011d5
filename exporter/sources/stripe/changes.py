"""Follows the events of an account: each change at its moment, and the objects as they are now by their ids."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from exporter.records.batch import Item, Records, Removed
from exporter.sources.billing.contract import Contract, Sighting
from exporter.sources.stripe.api import expanding
from exporter.sources.stripe.events import RETENTION, Changes, Moment, event_pages
from exporter.sources.stripe.listing import AGAIN, FOREIGN
from exporter.sources.stripe.payments import customer_row, payment_row, refund_row
from exporter.sources.stripe.prices import Object
from exporter.sources.stripe.subscriptions import EMBEDDED, instant, lacks_tax, sighting
from exporter.sources.stripe.visit import Visit

OVERLAP = 3600
"""Seconds of events that are read again, since some are listed late."""
LATEST = 3 * 86400
"""Seconds of events that are read again with the list of each night."""
_MANY = 1000
"""Subscriptions from which on they are listed, rather than asked for one by one."""


def follow(visit: Visit, again: bool) -> Iterator[Item]:
    """Take what the events since the last poll say, day by day; `again` reads those of some days anew."""
    position, now = visit.position, visit.second
    since = position.events - (LATEST if again else OVERLAP)
    first, wanted = max(since, now - RETENTION), dict[str, datetime]()
    while True:
        until = first + LATEST if first + LATEST < now - OVERLAP else None
        changes = Changes()
        for page in event_pages(visit.api, first, until):
            for event in page:
                if visit.reader.is_real(event["data"]["object"]):
                    changes.add(event, visit.position.recent)
        yield from _take(visit, changes, wanted)
        read = now if until is None else until
        recent = tuple(name for name, created in changes.costly.items() if created >= read - OVERLAP)
        visit.position = replace(visit.position, events=max(read, position.events), recent=recent)
        if until is None:
            break
        first = until
    _ask(visit, wanted)


def past_sightings(visit: Visit, moments: Sequence[Moment], contract: Contract) -> Iterator[Sighting]:
    """Yield what a subscription was before and after each of its events, as far as it can be read."""
    seconds = set[int]()
    for moment in moments:
        is_first = moment.created not in seconds  # before a later one of the same second, it was as after the first
        seconds.add(moment.created)
        for document, at in ((moment.before if is_first else None, moment.created - 1), (moment.after, moment.created)):
            if document is not None and (seen := _sighting(visit, document, instant(at), contract)) is not None:
                yield seen


def end_discount(visit: Visit, contract: Contract, created: int, gone: Object) -> Contract:
    """Return a contract with a discount that was taken away, whether it was known or not."""
    at = instant(created)
    if gone["id"] not in contract.grants:
        past = visit.reader.past_discount(gone, contract)
        return contract if past is None else contract.granted(past, at, visit.now)
    return contract.without(gone["id"], at)


def _take(visit: Visit, changes: Changes, wanted: dict[str, datetime]) -> Iterator[Item]:
    """Take what events say; `wanted` are the subscriptions that must be asked for, with since when they are so."""
    visit.book.load([*changes.subscriptions, *changes.paid, *_subscriptions_of(changes)])
    for created, gone in changes.discounts_gone:
        contract = visit.book.get(gone.get("subscription") or "")
        if contract is not None:
            visit.book.put(end_discount(visit, contract, created, gone))
    for name, moments in changes.subscriptions.items():
        if (at := _see(visit, name, moments)) is not None:
            wanted[name] = at
    for name in changes.paid - wanted.keys():
        if _awaits_payment(visit.book.get(name)):
            wanted[name] = visit.now
    for customer in changes.discounted_customers:
        _see_all_of(visit, customer, changes)
    rows = (customer_row(each, visit.settings.tier) for each in changes.customers.values())
    yield Records("customers", rows, False)
    payments = (row for each in changes.charges.values() if (row := payment_row(each)) is not None)
    yield Records("payments", payments, False, FOREIGN)
    yield from _refunds(visit, changes)


def _subscriptions_of(changes: Changes) -> Iterator[str]:
    return (gone["subscription"] for _, gone in changes.discounts_gone if gone.get("subscription"))


def _see(visit: Visit, name: str, moments: Sequence[Moment]) -> datetime | None:
    """Take what a subscription was after each event; return since when it is as now, if that must be asked for."""
    earlier = contract = visit.book.get(name)
    wanted = None
    for moment in moments:
        at = instant(moment.created)
        seen = _sighting(visit, moment.after, at, contract)
        if seen is None:
            wanted = at
            continue
        contract = Contract.first_seen(seen) if contract is None else contract.seen(seen)
        if wanted is None and (contract != earlier or seen.discounts is None):
            wanted = visit.now
    if contract is not None:
        visit.book.put(contract)
    return wanted


def _ask(visit: Visit, wanted: Mapping[str, datetime]) -> None:
    """Ask for subscriptions one by one, or list all where that takes fewer requests."""
    if len(wanted) > _MANY:
        visit.position = replace(visit.position, walk=visit.position.walk or AGAIN[0])
        return
    visit.book.load(wanted.keys())
    for name, at in wanted.items():
        if (document := visit.reader.one(name)) is not None:
            visit.book.see(visit.reader.sighting(document, at, at, visit.book.get(name)))


def _sighting(visit: Visit, document: Object, at: datetime, contract: Contract | None) -> Sighting | None:
    """Return what a subscription in an event shows.

    It is None where that is of a version that cannot be read, or not whole, or without the tax that Stripe found out.
    """
    if document["items"].get("has_more") or len(document["items"]["data"]) >= EMBEDDED:
        return None
    try:
        earlier = visit.reader.facts(document, contract)
        return None if lacks_tax(document, earlier) else sighting(document, at, at, earlier)
    except (KeyError, TypeError, ValueError, ArithmeticError):
        return None


def _awaits_payment(contract: Contract | None) -> bool:
    return contract is not None and any(trial.converted is None for trial in contract.trials)


def _see_all_of(visit: Visit, customer: str, changes: Changes) -> None:
    """Take the subscriptions of a customer as they are now, and when a discount of its own was taken away."""
    for page in visit.reader.pages(customer=customer):
        visit.book.load([each["id"] for each in page])
        for each in page:
            contract = visit.book.get(each["id"])
            for created, gone in changes.discounts_gone:
                if contract is not None and gone["id"] in contract.grants:
                    contract = contract.without(gone["id"], instant(created))
            if contract is not None:
                visit.book.put(contract)
            visit.book.see(visit.reader.sighting(each, visit.now, visit.now, contract))


def _refunds(visit: Visit, changes: Changes) -> Iterator[Item]:
    """Yield the refunds that events name; one that failed after all is removed."""
    results = [visit.api.find(f"refunds/{name}", expanding("charge")) for name in changes.refunds]
    for charge in changes.refunded_charges:
        results += visit.api.all("refunds", (("charge", charge), *expanding("data.charge")))
    rows = {each["id"]: refund_row(each) for each in results if each is not None}
    yield Records("refunds", (row for row in rows.values() if row is not None), False, FOREIGN)
    yield Removed("refunds", ({"refund_id": name} for name, row in rows.items() if row is None))
