"""Reads what was before the first poll, as long as each poll has time for it: events, invoices, older payments."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime

from exporter.records.batch import Estimated, Item
from exporter.sources.billing.contract import Contract, Discount, Standing
from exporter.sources.stripe.billed import Billed
from exporter.sources.stripe.changes import end_discount, past_sightings
from exporter.sources.stripe.events import RETENTION, Changes, event_pages
from exporter.sources.stripe.invoices import with_charges, with_discounts, with_standings, with_trials
from exporter.sources.stripe.listing import money_pages, money_records, past_charges
from exporter.sources.stripe.prices import Object
from exporter.sources.stripe.subscriptions import instant
from exporter.sources.stripe.visit import Visit

PARTS = ("events", "invoices", "charges", "refunds")
"""What is read, in this order; a position names the part that it is in."""

_RULES = (
    "what invoices do not show was reconstructed: a change without proration counts from the first period billed with "
    "it, a discount that was taken away until the first period billed without it, a pause that is over until the first "
    "period collected again"
)


def read_past(visit: Visit) -> Iterator[Item]:
    """Read on where the last poll stopped, until all is read or the time for it is up."""
    for part in PARTS[PARTS.index(visit.position.past) :]:
        for items in _read(visit, part):
            yield from items
            if not visit.has_time():
                yield from estimates(visit)
                return
        following = PARTS[PARTS.index(part) + 1 :]
        past = following[0] if following else ""
        visit.position = replace(visit.position, past=past, past_after=None, past_count=0)
    yield from estimates(visit)


def estimates(visit: Visit) -> Iterator[Estimated]:
    """Yield until when rows are reconstructed and how, and until when payments are not read yet."""
    position, began = visit.position, instant(visit.position.began)
    unread = f"its history is being read ({position.past}, {position.past_count:,} so far)"
    why = f"{_RULES}; {unread}" if position.past in PARTS[:2] else _RULES
    yield Estimated(("subscription_items", "discounts"), began, why)
    if position.past:
        yield Estimated(("payments", "refunds"), instant(past_charges(began)), unread)
    else:
        oldest = instant(position.began - visit.settings.history)
        yield Estimated(("payments", "refunds"), oldest, "those of before are not read; `history` says how far")


def _read(visit: Visit, part: str) -> Iterator[Iterator[Item]]:
    """Yield what each step of a part gives; the position goes on with each."""
    match part:
        case "events":
            return _events(visit)
        case "invoices":
            return _invoices(visit)
    return _payments(visit, part)


def _events(visit: Visit) -> Iterator[Iterator[Item]]:
    began = visit.position.began
    for page in event_pages(visit.api, began - RETENTION, began, visit.position.past_after):
        changes = Changes()
        for event in page:
            if visit.reader.is_real(event["data"]["object"]):
                changes.add(event)
        gone = {each["subscription"] for _, each in changes.discounts_gone if each.get("subscription")}
        visit.book.load([*changes.subscriptions, *gone])
        for name, moments in changes.subscriptions.items():
            if (contract := visit.book.get(name)) is not None:
                for sighting in past_sightings(visit, moments, contract):
                    contract = contract.seen(sighting)
                visit.book.put(contract)
        for created, discount in changes.discounts_gone:
            if (contract := visit.book.get(discount.get("subscription") or "")) is not None:
                visit.book.put(end_discount(visit, contract, created, discount))
        _step(visit, page[-1]["id"] if page else None, len(page))
        yield iter(())


def _invoices(visit: Visit) -> Iterator[Iterator[Item]]:
    billed = Billed(visit.api, visit.catalogue)
    waiting = billed.waiting()
    since = visit.position.began - visit.settings.history
    for page in visit.api.pages("subscriptions", (("status", "all"),), visit.position.past_after):
        visit.book.load([each["id"] for each in page])
        for each in page:
            if (contract := visit.book.get(each["id"])) is not None:
                invoices = billed.invoices(contract.subscription_id, since)
                lines = billed.lines(contract, invoices, waiting.get(contract.subscription_id, ()))
                contract = with_charges(contract, lines, visit.now)
                contract = with_standings(contract, invoices, visit.now)
                contract = _with_unpaid(contract, invoices, billed, visit.now)
                contract = with_trials(contract, invoices, visit.now)
                contract = with_discounts(contract, invoices, _reading(visit, contract), visit.now)
                visit.book.put(contract)
            _step(visit, each["id"], 1)
            yield iter(())


def _with_unpaid(contract: Contract, invoices: Sequence[Object], billed: Billed, learnt_at: datetime) -> Contract:
    """Return a contract that is unpaid with the moment since which it is: that of the last attempt to collect."""
    unpaid = next((mark for mark in contract.standings.marks if mark.value.status == "unpaid"), None)
    if unpaid is None:
        return contract
    failed = [each for each in invoices if each.get("attempt_count", 0) > 0 and instant(each["created"]) < unpaid.at]
    tried = billed.last_failure(failed[-1]) if failed else None
    return contract if tried is None else contract.stood(tried, Standing("unpaid"), learnt_at)


def _reading(visit: Visit, contract: Contract) -> Callable[[Object, str | None], Discount | None]:
    def read(document: Object, item_id: str | None) -> Discount | None:
        return visit.reader.past_discount(document, contract, item_id)

    return read


def _payments(visit: Visit, part: str) -> Iterator[Iterator[Item]]:
    began = instant(visit.position.began)
    since, until = visit.position.began - visit.settings.history, past_charges(began)
    for page in money_pages(visit, part, since, until, visit.position.past_after):
        yield money_records(visit, part, page)
        if page:
            _step(visit, page[-1]["id"], len(page))


def _step(visit: Visit, after: str | None, count: int) -> None:
    position = visit.position
    visit.position = replace(position, past_after=after or position.past_after, past_count=position.past_count + count)
