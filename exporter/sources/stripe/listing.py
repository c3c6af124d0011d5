"""Lists everything that an account has: once at first, over several polls if need be, and again each night."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from functools import partial

from exporter.records.batch import Item, Limits, Records, Row, Unfinished
from exporter.sources.stripe.api import Pages, expanding, long_list
from exporter.sources.stripe.payments import customer_row, payment_row, refund_row
from exporter.sources.stripe.prices import Object
from exporter.sources.stripe.subscriptions import instant
from exporter.sources.stripe.visit import Visit

FIRST = ("customers", "subscriptions", "charges", "refunds")
"""What is listed before anything is published, in this order."""
AGAIN = ("customers", "subscriptions")
"""What is listed again."""

FOREIGN = Limits(may_reject=Decimal(100), may_reject_all=True)
"""Of payments and refunds: those in another currency than that of the reports are set aside, however many."""

_SLICE = 25
"""Pages after which a first run is stored."""
_MONTH = 32 * 86400
_MANY = 2000
"""Objects of a list at which half of it is taken to be read, since Stripe says of none how long it is."""


def list_first(visit: Visit) -> Iterator[Item]:
    """Read everything that today's values rest on; the history is read later."""
    for number, items in enumerate(_read(visit, FIRST), 1):
        yield from items
        if number % _SLICE == 0:
            yield from visit.keep()
            yield _progress(visit)


def list_again(visit: Visit) -> Iterator[Item]:
    """Read customers and subscriptions again as long as the poll goes on, and count what events did not say."""
    if not visit.goes_on():
        return
    for items in _read(visit, AGAIN):
        yield from items
        if not visit.goes_on():
            return


def past_charges(began: datetime) -> int:
    """Return the second from which on payments are read at first: the longest month before the first poll."""
    return int(began.timestamp()) - _MONTH


def money_pages(visit: Visit, what: str, since: int, until: int | None, after: str | None) -> Pages:
    """Yield the pages of charges or refunds of a time."""
    window = (("created[gte]", str(since)), *((("created[lt]", str(until)),) if until is not None else ()))
    expanded = expanding("data.charge") if what == "refunds" else ()
    return visit.api.pages(what, (*window, *expanded), after)


def money_records(visit: Visit, what: str, page: Sequence[Object]) -> Iterator[Item]:
    """Yield the rows of a page of charges or refunds."""
    table, row = ("payments", payment_row) if what == "charges" else ("refunds", refund_row)
    rows = (made for each in page if visit.reader.is_real(each) and (made := row(each)) is not None)
    yield Records(table, rows, False, FOREIGN)


def _read(visit: Visit, lists: Sequence[str]) -> Iterator[Iterator[Item]]:
    """Yield what each page gives; the position goes on with each, and to the next list behind the last."""
    at = lists.index(visit.position.walk)
    for name in lists[at:]:
        for page in long_list(partial(_pages, visit, name), visit.position.after):
            yield _items(visit, name, page)
            if page:
                count = visit.position.count + len(page)
                visit.position = replace(visit.position, after=page[-1]["id"], count=count)
        following = lists[lists.index(name) + 1 :]
        visit.position = replace(visit.position, walk=following[0] if following else "", after=None, count=0)


def _pages(visit: Visit, name: str, after: str | None) -> Pages:
    match name:
        case "customers":
            return visit.api.pages("customers", (), after)
        case "subscriptions":
            return visit.reader.pages(after)
    return money_pages(visit, name, past_charges(instant(visit.position.began)), None, after)


def _items(visit: Visit, name: str, page: Sequence[Object]) -> Iterator[Item]:
    match name:
        case "customers":
            yield Records("customers", _customers(visit, page), False)
        case "subscriptions":
            _see(visit, [each for each in page if visit.reader.is_real(each)])
        case _:
            yield from money_records(visit, name, page)


def _customers(visit: Visit, page: Sequence[Object]) -> Iterator[Row]:
    return (customer_row(each, visit.settings.tier) for each in page if visit.reader.is_real(each))


def _see(visit: Visit, subscriptions: Sequence[Object]) -> None:
    book = visit.book
    book.load([each["id"] for each in subscriptions])
    for each in subscriptions:
        earlier = book.get(each["id"])
        is_new = book.see(visit.reader.sighting(each, visit.now, visit.now, earlier))
        if is_new and earlier is not None:
            visit.position = replace(visit.position, corrections=visit.position.corrections + 1)


def _progress(visit: Visit) -> Unfinished:
    """Return how far a first run is; a list that is not read is as long as what was read of it."""
    position = visit.position
    if not position.walk:
        return Unfinished(1.0, "everything is listed")
    share = (FIRST.index(position.walk) + position.count / (position.count + _MANY)) / len(FIRST)
    return Unfinished(share, f"{position.count:,} {position.walk} read")
