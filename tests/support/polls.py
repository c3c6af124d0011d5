"""Polls made of rows, and what a store then holds."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Protocol

from exporter.records.batch import Item, Limits, Records, Row
from exporter.records.intake import Applied
from exporter.records.sql import instant
from exporter.records.store import Store
from exporter.records.tables import TABLES

TRUSTED = Limits(may_shrink=Decimal(100), may_reject=Decimal(100))
"""Of polls that may do anything, in tests of what they do then."""

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


class Poll(Protocol):
    def __call__(
        self,
        *items: Item,
        at: datetime = NOON,
        cursor: Mapping[str, str] | None = None,
        company: str = "acme",
        source: str = "crm",
        timezone: str = "Europe/Berlin",
        naive_timezone: str | None = None,
    ) -> Applied: ...


def poll_into(store: Store) -> Poll:
    """Commit one poll of a company in Berlin that reports in euros."""

    def poll(
        *items: Item,
        at: datetime = NOON,
        cursor: Mapping[str, str] | None = None,
        company: str = "acme",
        source: str = "crm",
        timezone: str = "Europe/Berlin",
        naive_timezone: str | None = None,
    ) -> Applied:
        with store.intake(company, source, timezone, "EUR", naive_timezone=naive_timezone) as intake:
            for item in items:
                intake.take(item)
            return intake.commit(at, cursor or {})

    return poll


def whole(table: str, *rows: Row, limits: Limits = TRUSTED) -> Records:
    return Records(table, iter(rows), True, limits)


def part(table: str, *rows: Row, limits: Limits = TRUSTED) -> Records:
    return Records(table, iter(rows), False, limits)


def deal(deal_id: object, **other: object) -> Row:
    return {
        "deal_id": deal_id,
        "amount": "10",
        "currency": "EUR",
        "created_at": "2026-01-05T08:00:00Z",
        **other,
    }


def contents(store: Store, table: str, company: str = "acme") -> list[tuple[object, ...]]:
    """Return every row of a table as texts in UTC, with its source and recorded_at, sorted."""
    with store.reading(company, "UTC") as cursor:
        columns = ("source", *TABLES[table].column_names, "recorded_at")
        return cursor.execute(
            f'SELECT {", ".join(f"{column}::VARCHAR" for column in columns)} FROM "{table}" ORDER BY ALL'
        ).fetchall()


def column(store: Store, table: str, name: str, company: str = "acme") -> list[object]:
    """Return one column's values, ordered by key."""
    with store.reading(company, "UTC") as cursor:
        order = ", ".join(TABLES[table].key)
        return [row[0] for row in cursor.execute(f'SELECT {name} FROM "{table}" ORDER BY {order}').fetchall()]


def instants(store: Store, table: str, name: str) -> list[datetime | None]:
    return [
        None if micros is None else instant(int(str(micros))) for micros in column(store, table, f"epoch_us({name})")
    ]


def reasons(store: Store, company: str = "acme") -> dict[object, str]:
    """Return the reason of each rejected row by its key, where keys have one column."""
    return {row.key[0]: row.reason for table in store.polls.rejected(company) for row in table.examples}
