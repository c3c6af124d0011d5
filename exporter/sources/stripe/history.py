"""Reads what was before the first poll, as long as each poll has time for it: events, invoices, older payments.

Invoices are listed for all subscriptions together, which takes a request for a hundred of them, and gathered until the
list is at its end; then all that was billed for a subscription is looked at, by some subscriptions at a time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial

from exporter.records.batch import Estimated, Item
from exporter.sources.billing.contract import Contract, Discount, Standing
from exporter.sources.stripe.api import expanding, long_list
from exporter.sources.stripe.billed import Billed
from exporter.sources.stripe.bins import BINS, PastBilling
from exporter.sources.stripe.changes import end_discount, past_sightings
from exporter.sources.stripe.events import RETENTION, Changes, event_pages, subscription_of
from exporter.sources.stripe.invoices import with_charges, with_discounts, with_standings, with_trials
from exporter.sources.stripe.listing import money_pages, money_records, past_charges
from exporter.sources.stripe.prices import Object
from exporter.sources.stripe.subscriptions import instant
from exporter.sources.stripe.visit import Visit

PARTS = ("events", "invoices", "invoiceitems", "subscriptions", "charges", "refunds")
"""What is read, in this order; a position names the part that it is in. Of subscriptions, it is what was gathered."""

_RULES = (
    "what invoices do not show was reconstructed: a change without proration counts from the first period billed with "
    "it, a discount that was taken away until the first period billed without it, a pause that is over until the first "
    "period collected again"
)


def read_past(visit: Visit) -> Iterator[Item]:
    """Read on where the last poll stopped, until all is read or it is left to the next one."""
    for part in PARTS[PARTS.index(visit.position.past) :]:
        for items in _read(visit, part):
            yield from items
            if not visit.goes_on():
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
    why = f"{_RULES}; {unread}" if position.past in PARTS[:4] else _RULES
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
        case "invoices" | "invoiceitems":
            return _gather(visit, part)
        case "subscriptions":
            return _restate(visit)
    return _payments(visit, part)


def _events(visit: Visit) -> Iterator[Iterator[Item]]:
    began = visit.position.began
    pages = partial(event_pages, visit.api, began - RETENTION, began)
    for page in long_list(pages, visit.position.past_after):
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


def _gather(visit: Visit, part: str) -> Iterator[Iterator[Item]]:
    billed = Billed(visit.api, visit.catalogue)
    since = (("created[gte]", str(visit.position.began - visit.settings.history)),)
    expanded = expanding("data.discounts.source.coupon", "data.lines.data.discounts") if part == "invoices" else ()
    pages = partial(visit.api.pages, part, (*since, *expanded))
    for page in long_list(pages, visit.position.past_after):
        for each in page:
            if (name := subscription_of(each)) and visit.reader.is_real(each):
                visit.bins.put(name, billed.whole(each) if part == "invoices" else each)
        if page:
            _step(visit, page[-1]["id"], len(page))
        yield iter(())


def _restate(visit: Visit) -> Iterator[Iterator[Item]]:
    """Take what was gathered, bin by bin, into the contracts."""
    billed = Billed(visit.api, visit.catalogue)
    done = visit.position.past_after
    for bin_ in range(0 if done is None else int(done) + 1, BINS):
        gathered = visit.bins.taken(bin_)
        visit.book.load(gathered.keys())
        for name, past in gathered.items():
            if (contract := visit.book.get(name)) is not None:
                visit.book.put(_restated(visit, billed, contract, past))
        _step(visit, str(bin_), len(gathered))
        yield iter(())


def _restated(visit: Visit, billed: Billed, contract: Contract, past: PastBilling) -> Contract:
    """Return a contract with all that its invoices tell of its past."""
    contract = with_charges(contract, billed.lines(contract, past), visit.now)
    contract = with_standings(contract, past.invoices, visit.now)
    contract = _with_unpaid(contract, past.invoices, billed, visit.now)
    contract = with_trials(contract, past.invoices, visit.now)
    return with_discounts(contract, past.invoices, _reading(visit, contract), visit.now)


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
    for page in long_list(partial(money_pages, visit, part, since, until), visit.position.past_after):
        yield money_records(visit, part, page)
        if page:
            _step(visit, page[-1]["id"], len(page))


def _step(visit: Visit, after: str | None, count: int) -> None:
    position = visit.position
    visit.position = replace(position, past_after=after or position.past_after, past_count=position.past_count + count)
