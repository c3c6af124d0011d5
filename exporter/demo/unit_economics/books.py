"""The books of the subscription business: revenue and cost by month, what winning customers cost, cash in the bank."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal

from exporter.demo.chance import Chance
from exporter.demo.files import Row
from exporter.demo.months import Months
from exporter.demo.unit_economics.base_plan import (
    COST_SHARES,
    FIRST_BALANCE,
    SERVICES_SHARE,
    SPENT_PER_WIN,
    WINS_PER_MONTH,
)
from exporter.demo.unit_economics.calendar import CURRENT
from exporter.demo.unit_economics.subscribers import Subscriber

_SALES_SHARE = Decimal("0.6")
"""Of what winning customers costs; the rest is marketing."""


def spending(months: Months, chance: Chance) -> Iterator[Row]:
    """What was spent on winning customers, per month and segment."""
    for month in range(1, CURRENT + 1):
        for segment, wins in WINS_PER_MONTH.items():
            amount = _cents(wins * SPENT_PER_WIN[segment] * chance.between(0.97, 1.03))
            yield {"id": chance.token("sp-"), "day": months.day(month, 20), "segment": segment, "usd": amount}


def journal(subscribers: Sequence[Subscriber], spent: Sequence[Row], months: Months, chance: Chance) -> Iterator[Row]:
    """Revenue as contracts stand at the end of each month, and the costs that follow from it."""
    for month in range(1, CURRENT + 1):
        last, closes = months.last(month), months.start(month + 1)
        yearly = sum(
            contract.amount
            for each in subscribers
            for contract in each.contracts
            if contract.starts < closes and (contract.ends is None or contract.ends >= closes)
        )
        recurring = _cents(yearly / 12)
        services = _cents(recurring * SERVICES_SHARE)
        yield _entry(last, "recurring_revenue", recurring, chance)
        yield _entry(last, "services_revenue", services, chance)
        for account, share in COST_SHARES.items():
            amount = (recurring + services) * share * Decimal(str(round(chance.between(0.99, 1.01), 4)))
            yield _entry(last, account, _cents(amount), chance)
        won = sum((Decimal(str(row["usd"])) for row in spent if _month(row["day"]) == _month(last)), Decimal(0))
        yield _entry(last, "sales", _cents(won * _SALES_SHARE), chance)
        yield _entry(last, "marketing", won - _cents(won * _SALES_SHARE), chance)


def balances(entries: Sequence[Row], months: Months) -> Iterator[Row]:
    """Cash at the end of each month, all being paid in the month that it is booked in."""
    cash = FIRST_BALANCE
    for month in range(1, CURRENT + 1):
        last = months.last(month)
        for row in entries:
            if row["posted"] == last:
                amount = Decimal(str(row["usd"]))
                cash += amount if str(row["account"]).endswith("revenue") else -amount
        yield {"account": "operating", "day": last, "usd": cash}


def _entry(on: date, account: str, amount: Decimal, chance: Chance) -> Row:
    return {"voucher": chance.token("v-"), "posted": on, "account": account, "usd": amount}


def _cents(amount: float | Decimal) -> Decimal:
    return Decimal(amount).quantize(Decimal("0.01"))


def _month(day: object) -> tuple[int, int]:
    assert isinstance(day, date)
    return day.year, day.month
