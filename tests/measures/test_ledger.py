"""Profit and loss: which accounts each measure counts, and to which period a day belongs."""

from __future__ import annotations

from decimal import Decimal

import pytest

from exporter.records.tables.finance import ACCOUNTS
from tests.measures.book import Book, entry, month, span

MARCH = month("2026-03")

AMOUNTS = {account: 2**place for place, account in enumerate(ACCOUNTS)}
"""Powers of two, so that a sum tells which accounts are in it."""


def counted(total: object) -> set[str]:
    return {account for account, amount in AMOUNTS.items() if int(Decimal(str(total))) & amount}


@pytest.mark.parametrize(
    ("measure", "accounts"),
    [
        ("revenue", {"recurring_revenue", "services_revenue"}),
        ("services_revenue", {"services_revenue"}),
        ("services_costs", {"services_cost"}),
        ("direct_costs", {"direct_cost"}),
        ("cost_of_revenue", {"direct_cost", "shared_cost", "services_cost"}),
        ("acquisition_spend", {"sales", "marketing", "presales"}),
        ("fixed_costs", {"shared_cost", "sales", "marketing", "presales", "research", "general"}),
    ],
)
def test_which_accounts_count(book: Book, measure: str, accounts: set[str]) -> None:
    book.put("ledger_entries", *(entry(account, amount, "2026-03-15") for account, amount in AMOUNTS.items()))
    assert counted(book.value(measure, MARCH)) == accounts


def test_ebitda_leaves_out_interest_tax_and_depreciation(book: Book) -> None:
    book.put("ledger_entries", *(entry(account, amount, "2026-03-15") for account, amount in AMOUNTS.items()))
    below = {"depreciation", "interest", "tax"}
    revenue = {"recurring_revenue", "services_revenue"}
    costs = set(ACCOUNTS) - revenue - below
    assert book.value("ebitda", MARCH) == sum(AMOUNTS[a] for a in revenue) - sum(AMOUNTS[a] for a in costs)


def test_a_day_belongs_to_the_period_in_which_it_begins(book: Book) -> None:
    days = ("2026-02-28", "2026-03-01", "2026-03-29", "2026-03-31", "2026-04-01")
    book.put("ledger_entries", *(entry("direct_cost", 10**place, day) for place, day in enumerate(days)))
    assert book.value("direct_costs", MARCH) == 1110
    assert book.value("direct_costs", span("2026-02-28 12:00", "2026-03-29 12:00")) == 110
    assert book.value("direct_costs", span("2026-02-28 00:00", "2026-03-29 00:00")) == 11
    assert book.value("direct_costs", span("2026-03-29 00:00", "2026-03-29 00:01")) == 100


def test_corrections_are_negative_and_no_bookings_are_unknown(book: Book) -> None:
    book.put("ledger_entries", entry("sales", "100.10", "2026-03-02"), entry("sales", "-0.05", "2026-03-20"))
    assert str(book.value("acquisition_spend", MARCH)) == "100.05000000"
    assert book.value("acquisition_spend", month("2026-04")) is None
    assert book.value("revenue", MARCH) is None


def test_direct_costs_by_tier_and_type(book: Book) -> None:
    book.put("customers", {"customer_id": "a", "tier": "starter"})
    book.put("assets", {"asset_id": "x", "kind": "cluster", "type": "small", "starts_at": "2026-01-01"})
    book.put(
        "ledger_entries",
        entry("direct_cost", 1, "2026-03-02", customer_id="a"),
        entry("direct_cost", 10, "2026-03-02", customer_id="a", asset_id="x"),
        entry("direct_cost", 100, "2026-03-02", asset_id="x"),
        entry("direct_cost", 1000, "2026-03-02"),
        entry("shared_cost", 10000, "2026-03-02", customer_id="a", asset_id="x"),
    )
    assert book.value("direct_costs", MARCH) == 1111
    assert book.parts("direct_costs", MARCH, "tier") == {"starter": 11, "none": 1100}
    assert book.parts("direct_costs", MARCH, "type") == {"small": 110, "none": 1001}
