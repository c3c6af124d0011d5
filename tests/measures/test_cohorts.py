"""Customers by when they first paid, and what segments pay and lose."""

from __future__ import annotations

from decimal import Decimal

import pytest

from tests.measures.book import Book, entry, item, month, span

MARCH = month("2026-03")
YEAR = span("2025-01-01", "2026-01-01")


def test_the_latest_six_cohorts_are_new_and_all_others_old(book: Book) -> None:
    book.put(
        "subscription_items",
        item("august", 1, "2025-08-31"),
        item("september", 1, "2025-09-01"),
        item("february", 1, "2026-02-28", "2026-03-31"),
        item("march", 1, "2026-03-01", "2026-03-05"),
        item("left before", 1, "2025-10-01", "2026-02-01"),
    )
    assert book.parts("cohort_customers", MARCH, "age") == {"new": 2, "old": 1}
    assert book.parts("cohort_losses", MARCH, "age") == {"new": 1, "old": 0}
    assert book.parts("cohort_customers", MARCH, "vintage") == {"2025-08": 1, "2025-09": 1, "2026-02": 1}
    assert book.value("cohort_customers", MARCH) == 3
    assert book.value("cohort_losses", MARCH) == 1


def test_over_a_year_the_latest_cohorts_are_those_before_it(book: Book) -> None:
    book.put(
        "subscription_items",
        item("old", 1, "2024-06-30"),
        item("new", 1, "2024-07-01", "2025-12-31"),
        item("this year", 1, "2025-01-02", "2025-02-01"),
    )
    assert book.parts("cohort_customers", YEAR, "age") == {"new": 1, "old": 1}
    assert book.parts("cohort_losses", YEAR, "age") == {"new": 1, "old": 0}


def test_who_comes_back_stays_of_its_first_vintage(book: Book) -> None:
    book.put("subscription_items", item("a", 1, "2020-05-01", "2020-06-01"), item("a", 1, "2026-02-01"))
    assert book.parts("cohort_customers", MARCH, "vintage") == {"2020-05": 1}


def test_a_month_begins_at_midnight_in_the_companys_zone(book: Book) -> None:
    book.put("subscription_items", item("a", 1, "2025-08-31T22:30:00Z"), item("b", 1, "2025-08-31T21:30:00Z"))
    assert book.parts("cohort_customers", MARCH, "vintage") == {"2025-08": 1, "2025-09": 1}
    assert book.parts("cohort_customers", MARCH, "age") == {"new": 1, "old": 1}


def test_without_customers_there_is_no_cohort(book: Book) -> None:
    book.put("subscription_items")
    assert book.value("cohort_customers", MARCH) is None
    assert book.value("churned_share", MARCH) is None
    assert book.value("average_run_rate", MARCH) is None


def test_what_those_who_left_had_paid_by_segment(book: Book) -> None:
    book.put(
        "customers",
        *({"customer_id": id_, "tier": tier} for id_, tier in (("a", "SMB"), ("b", "SMB"), ("c", "enterprise"))),
    )
    book.put(
        "subscription_items",
        item("a", 10, "2024-01-01", "2025-06-01"),
        item("b", 30, "2024-01-01", "2025-06-01"),
        item("b", 5, "2025-06-01"),  # pays less, and stays
        item("c", 60, "2024-01-01"),
        item("nobody's", 25, "2024-01-01", "2025-06-01"),
    )
    assert book.value("churned_share", YEAR) == pytest.approx(Decimal(35) / 125)
    assert book.parts("churned_share", YEAR, "segment") == {"SMB": Decimal("0.25"), "enterprise": 0, "none": 1}
    assert book.value("average_run_rate", YEAR) == Decimal("32.5")
    assert book.parts("average_run_rate", YEAR, "segment") == {"SMB": 5, "enterprise": 60}


def test_running_the_company_costs_all_but_interest_tax_and_depreciation(book: Book) -> None:
    costs = ("direct_cost", "shared_cost", "services_cost", "sales", "marketing", "presales", "research", "general")
    book.put("ledger_entries", *(entry(account, 2**place, "2026-03-15") for place, account in enumerate(costs)))
    others = ("depreciation", "interest", "tax", "recurring_revenue", "services_revenue")
    book.put("ledger_entries", *(entry(account, 1000, "2026-03-15") for account in others))
    assert book.value("operating_expenses", MARCH) == 2**8 - 1
