"""What makes recurring revenue move: new, more, less, gone, back again; and who and what stays."""

from __future__ import annotations

from decimal import Decimal

import pytest

from exporter.calendar.windows import Period
from tests.measures.book import Book, item, month, span

pytestmark = pytest.mark.slow

MARCH = month("2026-03")
MOVEMENTS = ("new_mrr", "reactivation_mrr", "expansion_mrr", "contraction_mrr", "churned_mrr", "net_new_mrr")


def movements(book: Book, period: Period = MARCH) -> list[Decimal | None]:
    return [book.value(name, period) for name in MOVEMENTS]


def test_each_customer_moves_in_one_way(book: Book) -> None:
    book.put(
        "subscription_items",
        item("new", 1000, "2026-03-05"),
        item("back", 300, "2025-01-01", "2025-06-01"),
        item("back", 200, "2026-03-05"),
        item("grows", 10, "2026-01-01", "2026-03-05"),
        item("grows", 25, "2026-03-05"),
        item("shrinks", 100, "2026-01-01", "2026-03-05"),
        item("shrinks", 60, "2026-03-05"),
        item("leaves", 7, "2026-01-01", "2026-03-05"),
        item("stays", 5, "2026-01-01"),
        item("comes and goes", 500, "2026-03-03", "2026-03-20"),
        item("has left", 500, "2026-01-01", "2026-02-20"),
    )
    assert movements(book) == [1000 + 500, 200, 15, 40, 7 + 500, 1000 + 200 + 15 - 40 - 7]
    parts = {"new": 1000 + 500, "reactivation": 200, "expansion": 15, "contraction": -40, "churn": -7 - 500, "fx": 0}
    assert book.parts("net_new_mrr", MARCH, "movement") == parts


def test_who_returns_within_the_month_has_left_and_come_back_but_is_not_lost(book: Book) -> None:
    book.put("subscription_items", item("a", 100, "2026-01-01", "2026-03-10"), item("a", 130, "2026-03-20"))
    assert movements(book) == [0, 130, 0, 0, 100, 30]
    assert book.value("churned_customers", MARCH) == 1
    assert book.value("reactivated_customers", MARCH) == 1
    assert book.value("lost_customers", MARCH) == 0
    assert book.value("retained_mrr", MARCH) == 130


def test_who_returns_the_same_day_has_not_left(book: Book) -> None:
    """A day is one of the company's time zone: the return at 23:30 UTC is on the next day in Berlin."""
    book.put(
        "subscription_items",
        item("a", 100, "2026-01-01", "2026-03-10 09:00"),
        item("a", 130, "2026-03-10 23:30"),
        item("b", 7, "2026-01-01", "2026-03-10 09:00"),
        item("b", 7, "2026-03-10T23:30:00Z"),
    )
    assert movements(book) == [0, 7, 30, 0, 7, 30]


def test_a_customer_is_new_once_and_only_from_the_first_payment_on(book: Book) -> None:
    """Neither a free plan nor a month that a discount makes free is a payment."""
    book.put(
        "subscription_items",
        item("free first", 0, "2025-06-01", "2026-03-10"),
        item("free first", 40, "2026-03-10"),
        item("first month free", 90, "2026-02-10"),
        item("first month free", -90, "2026-02-10", "2026-03-10"),
        item("never held", 50, "2026-01-01", "2026-01-01"),
        item("never held", 50, "2026-03-10"),
    )
    assert movements(book) == [180, 0, 0, 0, 0, 180]
    assert book.value("new_paying_customers", MARCH) == 3
    assert book.value("new_mrr", month("2026-02")) == 0
    assert book.value("new_paying_customers", month("2026-04")) == 0


def test_what_begins_and_ends_with_the_month(book: Book) -> None:
    """Months begin at midnight in Berlin. What ends then still counts at the close of the month before."""
    book.put(
        "subscription_items",
        item("begins with march", 1, "2026-02-28T23:00:00Z"),
        item("begins with april", 10, "2026-03-31T22:00:00Z"),
        item("ends with february", 100, "2026-01-01", "2026-02-28T23:00:00Z"),
        item("ends with march", 1000, "2026-01-01", "2026-03-31T22:00:00Z"),
    )
    assert movements(book) == [1, 0, 0, 0, 100, -99]
    assert movements(book, month("2026-04")) == [10, 0, 0, 0, 1000, -990]


def test_what_a_credit_left_of_its_plan_is_all_churn_and_the_credit_that_outlives_it_is_nothing(book: Book) -> None:
    book.put("subscription_items", item("a", 100, "2026-01-01", "2026-03-10"), item("a", -20, "2026-01-01"))
    assert movements(book) == [0, 0, 0, 0, 80, -80]
    assert book.value("mrr", MARCH) == 0


def test_without_any_customer_nothing_moves_and_nothing_can_be_retained(book: Book) -> None:
    book.put("subscription_items")
    assert movements(book) == [0] * 6
    assert book.value("retained_gross_mrr", MARCH) is None
    assert book.value("retained_customers", MARCH) == 0


def test_growth_of_one_does_not_make_up_for_what_another_pays_less(book: Book) -> None:
    year = span("2025-03-01", "2026-03-01")
    book.put(
        "subscription_items",
        *(item(customer, 100, "2025-01-01", "2025-09-01") for customer in "ABC"),
        item("A", 150, "2025-09-01"),
        item("B", 60, "2025-09-01"),
        item("D", 500, "2025-09-01"),
    )
    assert book.value("retained_gross_mrr", year) == 160  # of 300; net of growth it would be 210
    assert book.value("retained_customers", year) == 2
