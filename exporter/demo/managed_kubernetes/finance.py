"""The books: revenue and cost by month, cash in the bank, and money from founders and lenders."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from exporter.demo.chance import Chance
from exporter.demo.managed_kubernetes.base_plan import (
    CONSULTING,
    COST_OVERRUN,
    COST_PER_LEAD,
    CUSTOMER_COSTS,
    ONBOARDING_FEES,
    PRESALES_COST_PER_DEAL,
    SALES_COST_PER_DEAL,
    fixed_costs,
    year,
)
from exporter.demo.managed_kubernetes.calendar import CURRENT, local_day
from exporter.demo.managed_kubernetes.customers import Book
from exporter.demo.managed_kubernetes.funnel import Funnel
from exporter.demo.months import Months

_REVENUE = ("recurring_revenue", "services_revenue")
_TAX_RATE = Decimal("0.3")
_RESERVE, _RESERVE_FROM = Decimal(200_000), 25
_LOAN, _LOAN_FROM, _LOAN_UNTIL = Decimal(100_000), 4, 22
_FIXED_SHARES = {"shared_cost": Decimal("0.18"), "research": Decimal("0.45")}
"""Of the fixed costs; what these, sales, marketing and pre-sales leave is general."""


@dataclass(frozen=True)
class Entry:
    id: str
    on: date
    account: str
    amount: Decimal
    customer_id: str | None = None
    cluster_id: str | None = None


@dataclass(frozen=True)
class Balance:
    account_id: str
    on: date
    amount: Decimal


@dataclass(frozen=True)
class Financing:
    id: str
    on: date
    amount: Decimal


@dataclass(frozen=True)
class Finance:
    entries: list[Entry]
    balances: list[Balance]
    financings: list[Financing]


def simulate_finance(book: Book, funnel: Funnel, months: Months, chance: Chance) -> Finance:
    financings = [
        Financing(chance.token("fin-"), months.day(1, 1), Decimal(150_000)),
        Financing(chance.token("fin-"), months.day(_LOAN_FROM, 15), _LOAN),
        Financing(chance.token("fin-"), months.day(_LOAN_UNTIL, 15), -_LOAN),
    ]
    finance = Finance([], [], financings)
    cash, earnings = Decimal(0), [Decimal(0)] * 3
    for month in range(1, CURRENT + 1):
        operating = [*_customers(book, month, months, chance), *_services(book, month, months, chance)]
        operating += _fixed(funnel, month, months, chance)
        earnings = [*earnings[-2:], sum(map(_signed, operating), Decimal(0))]
        other = list(_below_the_line(month, sum(earnings, Decimal(0)), months, chance))
        finance.entries.extend(sorted([*operating, *other], key=lambda entry: (entry.on, entry.account, entry.id)))
        paid = [_signed(entry) for entry in (*operating, *other) if entry.account != "depreciation"]
        cash += sum(paid, Decimal(0))
        cash += sum(each.amount for each in financings if months.first(month) <= each.on <= months.last(month))
        finance.balances.extend(_balances(cash, month, months))
    return finance


def _signed(entry: Entry) -> Decimal:
    return entry.amount if entry.account in _REVENUE else -entry.amount


def _entry(
    chance: Chance, on: date, account: str, amount: Decimal, customer: str | None = None, cluster: str | None = None
) -> Entry:
    return Entry(chance.token("v-"), on, account, amount.quantize(Decimal("0.01")), customer, cluster)


def _noise(chance: Chance, spread: float) -> Decimal:
    """A factor around 1."""
    return Decimal(str(round(chance.between(1 - spread, 1 + spread), 4)))


def _customers(book: Book, month: int, months: Months, chance: Chance) -> Iterator[Entry]:
    """Per customer the revenue and its own cost, per cluster the cost: each for the part of the month it ran."""
    last = months.last(month)
    for customer in book.customers:
        present = _overlap(customer.starts, customer.ends, month, months)
        if not present:
            continue
        revenue = customer.support * present
        own = CUSTOMER_COSTS[customer.tier] * present * COST_OVERRUN * _noise(chance, 0.05)
        for cluster in customer.clusters:
            part = _overlap(cluster.starts, cluster.ends, month, months)
            if part:
                revenue += cluster.price * part
                cost = cluster.cost * part * COST_OVERRUN * _noise(chance, 0.05)
                yield _entry(chance, last, "direct_cost", cost, customer.id, cluster.id)
        yield _entry(chance, last, "recurring_revenue", revenue, customer.id)
        yield _entry(chance, last, "direct_cost", own, customer.id)


def _overlap(starts: datetime, ends: datetime | None, month: int, months: Months) -> Decimal:
    """The share of a month that lies between two instants."""
    first, over = months.start(month), months.start(month + 1)
    seconds = (min(ends or over, over) - max(starts, first)).total_seconds()
    return max(Decimal(0), Decimal(int(seconds)) / Decimal(int((over - first).total_seconds())))


def _services(book: Book, month: int, months: Months, chance: Chance) -> Iterator[Entry]:
    """Onboarding projects in the month a contract begins, and consulting. Freelancers take somewhat over half."""
    last = months.last(month)
    projects = [
        (Decimal(ONBOARDING_FEES[customer.tier]), customer.id)
        for customer in book.customers
        if months.first(month) <= local_day(customer.starts) <= last
    ]
    for fee, customer in (*projects, (Decimal(CONSULTING[year(month)]), None)):
        yield _entry(chance, last, "services_revenue", fee, customer)
        yield _entry(chance, last, "services_cost", fee * Decimal("0.54") * _noise(chance, 0.06), customer)


def _fixed(funnel: Funnel, month: int, months: Months, chance: Chance) -> list[Entry]:
    """What the team costs: winning customers by activity, the rest by the size of the team."""
    last = months.last(month)
    entries = []
    for deal in funnel.deals:
        if deal.won and deal.new and months.first(month) <= (on := local_day(deal.closed)) <= last:
            sales = SALES_COST_PER_DEAL[year(month)] * _noise(chance, 0.08)
            presales = PRESALES_COST_PER_DEAL[year(month)] * _noise(chance, 0.08)
            entries += [_entry(chance, on, "sales", sales), _entry(chance, on, "presales", presales)]
    came = sum(months.first(month) <= local_day(lead.created) <= last for lead in funnel.leads)
    weekly = Decimal(came * COST_PER_LEAD[year(month)]) / 4
    for day in (8, 15, 22, last.day):
        entries.append(_entry(chance, months.day(month, day), "marketing", weekly * _noise(chance, 0.04)))
    total = fixed_costs(month) * _noise(chance, 0.01)
    general = total - sum(entry.amount for entry in entries)
    for account, share in _FIXED_SHARES.items():
        entries.append(_entry(chance, last, account, total * share))
        general -= total * share
    return [*entries, _entry(chance, last, "general", general)]


def _below_the_line(month: int, quarter_earnings: Decimal, months: Months, chance: Chance) -> Iterator[Entry]:
    last = months.last(month)
    yield _entry(chance, last, "depreciation", Decimal(400 + 60 * month))
    if _LOAN_FROM <= month < _LOAN_UNTIL:
        yield _entry(chance, last, "interest", _LOAN * Decimal("0.06") / 12)
    if month % 3 == 0 and quarter_earnings > 0:
        yield _entry(chance, last, "tax", quarter_earnings * _TAX_RATE)


def _balances(cash: Decimal, month: int, months: Months) -> Iterator[Balance]:
    """At the end of a month; part of the cash is set aside once there is enough."""
    reserve = _RESERVE if month >= _RESERVE_FROM else Decimal(0)
    yield Balance("operating", months.last(month), cash - reserve)
    yield Balance("reserve", months.last(month), reserve)
