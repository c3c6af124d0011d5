"""Accounting: revenue and cost by month, cash in the bank, and money from founders and lenders."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from exporter.demo.kit.ledger import Entry, cash_flow, entry
from exporter.demo.kit.months import Months
from exporter.demo.kit.rng import Rng
from exporter.demo.kit.rows import Row
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
from exporter.demo.managed_kubernetes.customers import Customer
from exporter.demo.managed_kubernetes.funnel import Funnel

_TAX_RATE = Decimal("0.3")
_RESERVE, _RESERVE_FROM = Decimal(200_000), 25
_LOAN, _LOAN_FROM, _LOAN_UNTIL = Decimal(100_000), 4, 22
_FIXED_SHARES = {"shared_cost": Decimal("0.18"), "research": Decimal("0.45")}
"""Of the fixed costs; what these, sales, marketing and pre-sales leave is general."""


@dataclass(frozen=True)
class Financing:
    """Money from founders and lenders; negative when it is paid back."""

    id: str
    on: date
    amount: Decimal


def simulate_financing(months: Months, rng: Rng) -> list[Financing]:
    """Simulate the founders' money and a loan until it is paid back, be that ahead of now or not."""
    return [
        Financing(rng.token("fin-"), months.launch, Decimal(150_000)),
        Financing(rng.token("fin-"), months.day(_LOAN_FROM, 15), _LOAN),
        Financing(rng.token("fin-"), months.day(_LOAN_UNTIL, 15), -_LOAN),
    ]


def simulate_accounting(
    customers: list[Customer], funnel: Funnel, financing: list[Financing], months: Months, rng: Rng
) -> tuple[list[Entry], list[Row]]:
    """Return the journal, and the balances of both bank accounts at the end of each month."""
    journal: list[Entry] = []
    balances: list[Row] = []
    cash, earnings = Decimal(0), [Decimal(0)] * 3
    for month in months.numbers:
        operating = [*_customers(customers, month, months, rng), *_services(customers, month, months, rng)]
        operating += _fixed(funnel, month, months, rng)
        earnings = [*earnings[-2:], _cash_flow(operating)]
        entries = [*operating, *_below_the_line(month, sum(earnings, Decimal(0)), months, rng)]
        journal += sorted(entries, key=lambda each: (each.on, each.account, each.id))
        cash += _cash_flow(entries)
        cash += sum(each.amount for each in financing if months.first(month) <= each.on <= months.last(month))
        balances += _balances(cash, month, months)
    return journal, balances


def _cash_flow(entries: list[Entry]) -> Decimal:
    return cash_flow((each.account, each.amount) for each in entries)


def _customers(customers: list[Customer], month: int, months: Months, rng: Rng) -> Iterator[Entry]:
    """Book revenue and own cost per customer and the cost per cluster, each for the part of the month it ran."""
    last = months.last(month)
    for customer in customers:
        present = customer.share(month, months)
        if not present:
            continue
        revenue = customer.support * present
        own = CUSTOMER_COSTS[customer.tier] * present * COST_OVERRUN * rng.factor(0.05)
        for cluster in customer.clusters:
            part = cluster.share(month, months)
            if part:
                revenue += cluster.price * part
                cost = cluster.cost * part * COST_OVERRUN * rng.factor(0.05)
                yield entry(rng, last, "direct_cost", cost, customer.id, cluster.id)
        yield entry(rng, last, "recurring_revenue", revenue, customer.id)
        yield entry(rng, last, "direct_cost", own, customer.id)


def _services(customers: list[Customer], month: int, months: Months, rng: Rng) -> Iterator[Entry]:
    """Book onboarding projects in the month a contract begins, and consulting; freelancers take somewhat over half."""
    last = months.last(month)
    projects = [
        (Decimal(ONBOARDING_FEES[customer.tier]), customer.id)
        for customer in customers
        if months.first(month) <= months.local_day(customer.starts) <= last
    ]
    for fee, customer in (*projects, (Decimal(CONSULTING[year(month)]), None)):
        yield entry(rng, last, "services_revenue", fee, customer)
        yield entry(rng, last, "services_cost", fee * Decimal("0.54") * rng.factor(0.06), customer)


def _fixed(funnel: Funnel, month: int, months: Months, rng: Rng) -> list[Entry]:
    """Book what the team costs: winning customers by activity, the rest by the size of the team."""
    last = months.last(month)
    entries = []
    for deal in funnel.deals:
        if deal.won and deal.new and months.first(month) <= (on := months.local_day(deal.closed)) <= last:
            sales = SALES_COST_PER_DEAL[year(month)] * rng.factor(0.08)
            presales = PRESALES_COST_PER_DEAL[year(month)] * rng.factor(0.08)
            entries += [entry(rng, on, "sales", sales), entry(rng, on, "presales", presales)]
    leads = sum(months.first(month) <= months.local_day(lead.created) <= last for lead in funnel.leads)
    weekly = Decimal(leads * COST_PER_LEAD[year(month)]) / 4
    for day in (8, 15, 22, last.day):
        entries.append(entry(rng, months.day(month, day), "marketing", weekly * rng.factor(0.04)))
    total = fixed_costs(month) * rng.factor(0.01)
    general = total - sum(each.amount for each in entries)
    for account, share in _FIXED_SHARES.items():
        entries.append(entry(rng, last, account, total * share))
        general -= total * share
    return [*entries, entry(rng, last, "general", general)]


def _below_the_line(month: int, quarter_earnings: Decimal, months: Months, rng: Rng) -> Iterator[Entry]:
    last = months.last(month)
    yield entry(rng, last, "depreciation", Decimal(400 + 60 * month))
    if _LOAN_FROM <= month < _LOAN_UNTIL:
        yield entry(rng, last, "interest", _LOAN * Decimal("0.06") / 12)
    if month % 3 == 0 and quarter_earnings > 0:
        yield entry(rng, last, "tax", quarter_earnings * _TAX_RATE)


def _balances(cash: Decimal, month: int, months: Months) -> Iterator[Row]:
    """Export the balances at the end of a month; part of the cash is set aside once there is enough."""
    reserve = _RESERVE if month >= _RESERVE_FROM else Decimal(0)
    for account, balance in (("operating", cash - reserve), ("reserve", reserve)):
        yield {"bank_account": account, "value_date": months.last(month), "balance": balance}
