"""Accounting: revenue and cost by month, what winning customers costs, and cash in the bank."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from exporter.demo.kit.ledger import Entry, cash_flow, cents, entry
from exporter.demo.kit.months import Months
from exporter.demo.kit.rng import Rng
from exporter.demo.kit.rows import Row
from exporter.demo.kit.subscribers import Subscriber, active
from exporter.demo.unit_economics.base_plan import (
    COST_SHARES,
    FIRST_BALANCE,
    SERVICES_SHARE,
    SPENT_PER_WIN,
    WINS_PER_MONTH,
)

_SALES_SHARE = Decimal("0.6")
"""Of what winning customers costs; the rest is marketing."""


@dataclass(frozen=True)
class Expense:
    """What was spent on winning the customers of a segment in a month."""

    id: str
    on: date
    segment: str
    amount: Decimal


def simulate_expenses(months: Months, rng: Rng) -> list[Expense]:
    """Simulate an expense per month and segment."""
    expenses = []
    for month in months.numbers:
        for segment, wins in WINS_PER_MONTH.items():
            amount = cents(wins * SPENT_PER_WIN[segment] * rng.between(0.97, 1.03))
            expenses.append(Expense(rng.token("sp-"), months.day(month, 20), segment, amount))
    return expenses


def simulate_entries(
    subscribers: Sequence[Subscriber], expenses: Sequence[Expense], months: Months, rng: Rng
) -> list[Entry]:
    """Book revenue as contracts stand at the end of each month, and the costs that follow from it."""
    return [each for month in months.numbers for each in _entries(subscribers, expenses, month, months, rng)]


def balances(entries: Iterable[Entry], months: Months) -> Iterator[Row]:
    """Export the cash at the end of each month."""
    by_day: dict[date, list[tuple[str, Decimal]]] = {}
    for each in entries:
        by_day.setdefault(each.on, []).append((each.account, each.amount))
    cash = FIRST_BALANCE
    for last in map(months.last, months.numbers):
        cash += cash_flow(by_day[last])
        yield {"account": "operating", "day": last, "usd": cash}


def _entries(
    subscribers: Sequence[Subscriber], expenses: Sequence[Expense], month: int, months: Months, rng: Rng
) -> Iterator[Entry]:
    last = months.last(month)
    yearly = sum((item.price for _, item in active(subscribers, months.start(month + 1))), Decimal(0))
    recurring = cents(yearly / 12)
    services = cents(recurring * SERVICES_SHARE)
    yield entry(rng, last, "recurring_revenue", recurring)
    yield entry(rng, last, "services_revenue", services)
    for account, share in COST_SHARES.items():
        amount = (recurring + services) * share * rng.factor(0.01)
        yield entry(rng, last, account, amount)
    spent = sum((each.amount for each in expenses if months.first(month) <= each.on <= last), Decimal(0))
    sales = cents(spent * _SALES_SHARE)
    yield entry(rng, last, "sales", sales)
    yield entry(rng, last, "marketing", spent - sales)
