"""A store with hand-made records of a company in Berlin, and the shipped measures asked of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, date, datetime, time
from decimal import Decimal
from functools import partial
from itertools import count
from zoneinfo import ZoneInfo

import duckdb

from exporter.calendar.windows import Period
from exporter.measures import library
from exporter.measures.engine import MeasureResult, evaluate, prepare
from exporter.measures.model import Measure
from exporter.quantities import units
from exporter.records.batch import Row
from exporter.records.store import Store
from exporter.revenue.definition import LedgerDefinition
from exporter.revenue.materialization import refresh
from exporter.revenue.parameters import LedgerParameters
from exporter.revenue.policy import RevenuePolicy
from exporter.revenue.relations import create
from tests.support.polls import part, poll_into, whole

BERLIN = ZoneInfo("Europe/Berlin")


def at(text: str) -> datetime:
    """Parse an instant, written as the clocks in Berlin show it: `2026-03-29 12:00`."""
    return datetime.fromisoformat(text).replace(tzinfo=BERLIN).astimezone(UTC)


def month(text: str) -> Period:
    """Return a calendar month in Berlin: `2026-03`."""
    year, number = map(int, text.split("-"))
    first, after = date(year, number, 1), date(year + number // 12, number % 12 + 1, 1)
    starts, ends = (datetime.combine(day, time(), BERLIN).astimezone(UTC) for day in (first, after))
    return Period(starts, ends)


def span(starts: str, ends: str) -> Period:
    return Period(at(starts), at(ends))


def shipped(name: str) -> Measure:
    """Return a measure as a company that reports in euros has it."""
    query = library.shipped()[name]
    unit = units.parse(query.unit, "EUR")
    return Measure(name, query.doc, unit, query.by, query.sql, query.tables, query.lookups)


class Book:
    """The records of one company, put there table by table. Times without an offset are Berlin's."""

    def __init__(self, store: Store, company: str = "acme") -> None:
        self.store = store
        self.account = LedgerDefinition(company, LedgerParameters(RevenuePolicy(), "EUR", "Europe/Berlin"))
        self.poll = partial(poll_into(store), company=company)
        self._ids = (str(number) for number in count(1))

    def put(self, table: str, *rows: Row, source: str = "crm") -> None:
        """Add rows; those without an id in `<thing>_id` are given one, amounts are euros."""
        self.poll(part(table, *self._completed(table, rows)), source=source)

    def replace(self, table: str, *rows: Row) -> None:
        """Let these be all rows of the table."""
        self.poll(whole(table, *self._completed(table, rows)))

    def _completed(self, table: str, rows: Iterable[Row]) -> Iterator[Row]:
        return (dict(self._complete(table, row)) for row in rows)

    def _complete(self, table: str, row: Row) -> Iterator[tuple[str, object]]:
        for column in _KEYS.get(table, ()):
            yield column, next(self._ids)
        yield "currency", "EUR"
        yield from row.items()

    def ask(self, name: str, *periods: Period) -> Mapping[Period, MeasureResult]:
        measure = shipped(name)
        sql = measure.sql or ""
        with self.reading(with_ledger=library.reads_ledger(sql)) as cursor:
            prepare(cursor, periods, {sql: periods})
            return evaluate(cursor, measure, periods)

    @contextmanager
    def reading(self, *, with_ledger: bool = True) -> Iterator[duckdb.DuckDBPyConnection]:
        """Yield a cursor over the records and, unless nothing reads it, their ledger."""
        if with_ledger:
            refresh(self.store, self.account)
        with self.store.reading(self.account.company, "Europe/Berlin") as cursor:
            if with_ledger:
                create(cursor, self.account)
            yield cursor

    def value(self, name: str, period: Period) -> Decimal | None:
        """Return the headline; None if it is unknown."""
        return self.ask(name, period).get(period, MeasureResult()).headline

    def parts(self, name: str, period: Period, label: str) -> Mapping[str, Decimal]:
        return self.ask(name, period).get(period, MeasureResult()).parts.get(label, {})


_KEYS: Mapping[str, tuple[str, ...]] = {
    "subscription_items": ("item_id", "subscription_id"),
    "deals": ("deal_id",),
    "leads": ("lead_id",),
    "incidents": ("incident_id",),
    "outages": ("outage_id",),
    "deployments": ("deployment_id",),
    "surveys": ("response_id",),
    "onboardings": ("onboarding_id",),
    "ledger_entries": ("entry_id",),
    "financings": ("financing_id",),
    "assets": ("asset_id",),
    "backups": ("backup_id",),
    "tickets": ("ticket_id",),
    "signups": ("signup_id",),
    "trials": ("trial_id",),
    "articles": ("article_id",),
}


def item(customer: str, amount: object, starts: str, ends: str = "", **other: object) -> Row:
    """Return a subscription item, paid monthly unless `other` changes that."""
    return {"customer_id": customer, "unit_amount": amount, "starts_at": starts, "ends_at": ends, **other}


def entry(account: str, amount: object, on: str, **other: object) -> Row:
    return {"account": account, "amount": amount, "booked_on": on, **other}


def won(amount: object, created: str, closed: str, **other: object) -> Row:
    return {"amount": amount, "created_at": created, "closed_at": closed, "won": True, **other}


def lost(amount: object, created: str, closed: str, **other: object) -> Row:
    return won(amount, created, closed, **{"won": False, **other})


def incident(priority: str, triggered: str, **other: object) -> Row:
    return {"priority": priority, "triggered_at": triggered, **other}
