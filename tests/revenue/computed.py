"""The ledger of a history, computed by its SQL in an empty database, without a store."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, fields
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import cache
from typing import NamedTuple

import duckdb

from exporter.records.tables import TABLES
from exporter.revenue.parameters import LedgerParameters
from exporter.revenue.pipeline import query
from exporter.revenue.policy import RevenuePolicy
from tests.revenue.histories import DAYS, FIRST, RECORDED, Discount, History, Item

REPORTING = "USD"
_RATED = 500


class Movement(NamedTuple):
    """One row of the relation `movements`; what a day is, is the session's."""

    customer_id: str
    currency: str
    business_date: date
    effective_at: datetime
    until: datetime | None
    kind: str | None
    reason: str | None
    delta: Decimal
    before: Decimal
    after: Decimal
    delta_native: Decimal
    after_native: Decimal
    paying: bool
    on_hold: bool


class Bench:
    """A database whose inputs are replaced by each history; one serves a whole test."""

    def __init__(self) -> None:
        self._db = duckdb.connect(":memory:", config={"threads": 1})
        for name in ("subscription_items", "discounts"):
            columns = ", ".join(f"{column.name} {column.type}" for column in TABLES[name].columns)
            self._db.execute(f"CREATE TABLE {name} (source VARCHAR, {columns}, recorded_at TIMESTAMPTZ)")
        self._db.execute("CREATE TABLE exchange_rates (currency VARCHAR, rate_on DATE, rate DECIMAL(18, 9))")

    def put(self, history: History) -> None:
        self._replace("subscription_items", Item, history.items)
        self._replace("discounts", Discount, history.discounts)
        self._db.execute("DELETE FROM exchange_rates")
        days = [FIRST + timedelta(days=number) for number in range(-30, DAYS + _RATED)]
        foreign = sorted({item.currency for item in history.items} - {REPORTING})
        rows = [(currency, day, history.rate(currency, day)) for currency in foreign for day in days]
        if rows:
            currencies, dates, rates = zip(*rows, strict=True)
            self._db.execute(
                "INSERT INTO exchange_rates SELECT unnest(?), unnest(?::DATE[]), unnest(?::DECIMAL(18, 9)[])",
                [list(currencies), [str(day) for day in dates], [str(rate) for rate in rates]],
            )

    def movements(self, history: History, zone: str = "UTC", **policy: object) -> list[Movement]:
        """Return every row of `movements`, by customer, instant and currency."""
        self.put(history)
        self._db.execute(f"SET TimeZone = '{zone}'")
        columns = ", ".join(f'"{name}"' for name in Movement._fields)
        ledger = _sql("movements", RevenuePolicy.model_validate(policy), zone)
        text = f"SELECT {columns} FROM ({ledger}) ORDER BY customer_id, effective_at, currency"
        return [Movement(*row) for row in self._db.execute(text).fetchall()]

    def run_rates(self, history: History, at: datetime, zone: str = "UTC", **policy: object) -> Mapping[str, Decimal]:
        """Return what the lines of each currency pay together just before an instant."""
        self.put(history)
        self._db.execute(f"SET TimeZone = '{zone}'")
        lines = _sql("lines", RevenuePolicy.model_validate(policy), zone)
        text = (
            f"SELECT currency, SUM(monthly) FROM ({lines}) "
            "WHERE starts_at < $at AND (ends_at IS NULL OR ends_at >= $at) GROUP BY currency"
        )
        return dict(self._db.execute(text, {"at": at}).fetchall())

    def close(self) -> None:
        self._db.close()

    def _replace(self, table: str, kind: type[Item] | type[Discount], rows: Iterable[Item | Discount]) -> None:
        self._db.execute(f"DELETE FROM {table}")
        names = [field.name for field in fields(kind)]
        values = [["billing", *asdict(row).values(), RECORDED] for row in rows]
        if values:
            marks = ", ".join("?" for _ in values[0])
            self._db.executemany(
                f"INSERT INTO {table} (source, {', '.join(names)}, recorded_at) VALUES ({marks})", values
            )


@cache
def _sql(relation: str, policy: RevenuePolicy, zone: str) -> str:
    return query(relation, LedgerParameters(policy, REPORTING, zone))


def of_customers(movements: Iterable[Movement]) -> Iterator[tuple[str, list[Movement]]]:
    """Yield each customer with its movements, in order."""
    by_customer: dict[str, list[Movement]] = {}
    for movement in movements:
        by_customer.setdefault(movement.customer_id, []).append(movement)
    yield from by_customer.items()
