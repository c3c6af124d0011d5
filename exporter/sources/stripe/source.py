"""Reads an account of Stripe: everything at first, then what events say, and everything again each night."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

from exporter.records.batch import Corrected, HttpFailed, Item
from exporter.sources.interface import Context, Deadline, Permission, Source
from exporter.sources.session import Session
from exporter.sources.stripe.api import Api
from exporter.sources.stripe.changes import follow
from exporter.sources.stripe.events import RETENTION
from exporter.sources.stripe.history import PARTS, estimates, read_past
from exporter.sources.stripe.listing import AGAIN, FIRST, list_again, list_first
from exporter.sources.stripe.lookups import Catalogue
from exporter.sources.stripe.position import Position
from exporter.sources.stripe.visit import Settings, Visit

TABLES = ("subscription_items", "discounts", "trials", "customers", "payments", "refunds")
"""The record tables that an account fills."""

PERMISSIONS = (
    ("Customers: read", "customers", ("customers", "discounts")),
    ("Subscriptions: read", "subscriptions", ("subscription_items", "discounts", "trials")),
    ("Prices: read", "prices", ("subscription_items",)),
    ("Coupons: read", "coupons", ("discounts",)),
    ("Invoices: read", "invoices", ("subscription_items", "discounts", "trials")),
    ("Charges and Refunds: read", "charges", ("payments", "refunds")),
    ("Events: read", "events", TABLES),
)
"""What a restricted key must be allowed to, the list by which that is tried, and the tables that need it."""

_TOO_OLD = RETENTION - 5 * 86400
"""Seconds without a poll after which events may be gone, so that everything is read as at first."""
_NIGHT = timedelta(hours=3)
"""Time of day from which on everything is listed again."""

_log = logging.getLogger(__name__)


class Stripe(Source):
    """One account; its prices and coupons are kept between polls, since their amounts never change."""

    def __init__(self, session: Session, settings: Settings) -> None:
        self._session = session
        self._settings = settings
        self._catalogue = Catalogue()

    def poll(self, context: Context) -> Iterator[Item]:
        """List the account if this was not done yet; else follow its events, then read on in its lists and its past."""
        self._session.trace = context.trace
        api = Api(self._session, context.deadline)
        self._catalogue.begin(api)
        second = int(context.now.timestamp())
        position = Position.read(context.cursor)
        if position is None or second - position.events > _TOO_OLD:
            gathered = position.gathered if position else 0
            position = Position(
                second, self._settings.text, second, second, walk=FIRST[0], past=PARTS[0], gathered=gathered
            )
        visit = Visit(api, self._catalogue, self._settings, context, position)
        if not position.is_listed:
            yield from list_first(visit)
            visit.position = replace(visit.position, is_listed=True)
            yield from estimates(visit)
        else:
            yield from self._later(visit)
        # What took several polls to list is published before any more is read.
        is_waited_for = not position.is_listed and (position.walk, position.after) != (FIRST[0], None)
        if visit.position.past and not visit.position.walk and not is_waited_for:
            yield from read_past(visit)
        yield from visit.keep()

    def permissions(self, deadline: Deadline) -> Iterator[Permission]:
        """Ask for one object of each list that polls read."""
        api = Api(self._session, deadline)
        for reads, path, tables in PERMISSIONS:
            try:
                next(api.pages(path), None)
            except HttpFailed as failure:
                if failure.status != 403:
                    raise
                yield Permission(reads, tables, str(failure))
            else:
                yield Permission(reads, tables)

    def currency(self, deadline: Deadline) -> str | None:
        """Return the currency that most of the newest subscriptions are in."""
        newest = next(Api(self._session, deadline).pages("subscriptions"), ())
        currencies = Counter(str(each["currency"]).upper() for each in newest if each.get("currency"))
        return next((currency for currency, _ in currencies.most_common(1)), None)

    def close(self) -> None:
        """Close the connections that are kept open for the next poll."""
        self._session.close()

    def _later(self, visit: Visit) -> Iterator[Item]:
        position = visit.position
        if position.options != self._settings.text:  # other options ask for all that was read by them
            visit.position = replace(
                position,
                options=self._settings.text,
                walk=AGAIN[0],
                after=None,
                count=0,
                past=PARTS[0],
                past_after=None,
                past_count=0,
            )
        night = visit.midnight + _NIGHT
        due = visit.now >= night and position.listed < night.timestamp() and not position.walk
        if due:
            visit.position = replace(visit.position, walk=AGAIN[0], listed=visit.second)
        yield from follow(visit, again=due)
        if visit.position.walk:
            before = visit.position.corrections
            yield from list_again(visit)
            if (results := visit.position.corrections - before) > 0:
                _log.warning("%d subscriptions were listed otherwise than events had it, and are corrected", results)
        yield Corrected(visit.position.corrections)
