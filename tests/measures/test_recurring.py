"""What customers pay: run-rates, who pays, and what was won, kept and lost between two instants."""

from __future__ import annotations

from decimal import Decimal

import pytest

from tests.measures.book import Book, item, month, span

pytestmark = pytest.mark.slow

MARCH = month("2026-03")


@pytest.mark.parametrize(
    ("amount", "quantity", "interval", "count", "monthly"),
    [
        (50, 3, "month", 1, "150"),
        (90, 1, "month", 3, "30"),
        (1200, 1, "year", 1, "100"),
        (2400, 1, "year", 2, "100"),
        (10, 1, "week", 1, "43.3333333333333333"),  # 52 weeks a year, not 4 or 4.33 a month
        (1, 1, "day", 1, "30.4166666666666667"),  # 365 days a year, not 30 a month
        ("0.1", 3, "month", 1, "0.3"),
    ],
)
def test_run_rate_is_normalised_to_a_month(
    book: Book, amount: object, quantity: int, interval: str, count: int, monthly: str
) -> None:
    book.put(
        "subscription_items",
        item("a", amount, "2026-01-01", quantity=quantity, billing_interval=interval, interval_count=count),
    )
    assert book.value("mrr", MARCH) == Decimal(monthly)


def test_a_yearly_plan_pays_the_same_in_months_of_every_length(book: Book) -> None:
    book.put("subscription_items", item("a", 1200, "2024-01-01", billing_interval="year"))
    months = [month(text) for text in ("2024-01", "2024-02", "2024-03")]
    assert [book.value("mrr", each) for each in months] == [100, 100, 100]
    assert [book.value("lost_mrr", each) for each in months] == [0, 0, 0]


def test_an_item_holds_from_its_start_up_to_its_end(book: Book) -> None:
    """Months begin at midnight in Berlin, which is 22:00 UTC in summer and 23:00 in winter."""
    book.put(
        "subscription_items",
        item("begins with april", 1, "2026-03-31T22:00:00Z"),
        item("begins just before", 10, "2026-03-31T21:59:59.999999Z"),
        item("ends with march", 100, "2026-01-01", "2026-03-31T22:00:00Z"),
        item("ends just before", 1000, "2026-01-01", "2026-03-31T21:59:59.999999Z"),
        item("ends with february", 10000, "2026-01-01", "2026-02-28T23:00:00Z"),
    )
    assert book.value("mrr", MARCH) == 110
    assert book.value("mrr", month("2026-04")) == 11
    assert book.value("lost_mrr", MARCH) == 11000
    assert book.value("lost_mrr", month("2026-04")) == 100


def test_an_item_that_never_held_pays_nothing(book: Book) -> None:
    book.put("subscription_items", item("a", 5, "2026-01-01"), item("b", 7, "2026-04-01", "2026-04-01"))
    assert book.value("mrr", MARCH) == 5
    assert book.value("customers", MARCH) == 1


def test_without_any_item_mrr_is_unknown_and_nobody_pays(book: Book) -> None:
    book.put("subscription_items")
    assert book.value("mrr", MARCH) is None
    assert book.value("customers", MARCH) == 0
    assert book.value("contracts", MARCH) == 0
    assert book.value("lost_customers", MARCH) == 0
    assert book.value("retained_mrr", MARCH) is None


def test_mrr_by_tier_and_by_type(book: Book) -> None:
    book.put("customers", {"customer_id": "a", "tier": "starter"}, {"customer_id": "b", "tier": "enterprise"})
    book.put("assets", {"asset_id": "x", "kind": "cluster", "type": "development", "starts_at": "2026-01-01"})
    book.put(
        "subscription_items",
        item("a", 500, "2026-01-01", asset_id="x"),
        item("a", 20, "2026-01-01"),
        item("b", 3000, "2026-01-01"),
        item("nobody", 1, "2026-01-01"),
    )
    assert book.value("mrr", MARCH) == 3521
    assert book.parts("mrr", MARCH, "tier") == {"starter": 520, "enterprise": 3000, "none": 1}
    assert book.parts("mrr", MARCH, "type") == {"development": 500, "none": 3021}
    assert book.parts("customers", MARCH, "tier") == {"starter": 1, "enterprise": 1, "none": 1}
    assert book.value("customers", MARCH) == 3


@pytest.mark.slow
def test_a_tier_a_type_and_a_plan_that_all_have_left_are_at_zero_from_then_on(book: Book) -> None:
    """So that a threshold on the tier is crossed. Before anybody came, nothing is known of it."""
    book.put("subscription_items", item("a", 5, "2026-02-10", "2026-02-20", asset_id="x", plan="small"))
    book.put("customers", {"customer_id": "a", "tier": "tin"})
    book.put("assets", {"asset_id": "x", "kind": "server", "type": "shared", "starts_at": "2026-02-10"})
    months = [month(text) for text in ("2026-01", "2026-02", "2026-03")]
    for dimension, label in (("tier", "tin"), ("type", "shared"), ("plan", "small")):
        assert [book.parts("mrr", each, dimension).get(label) for each in months] == [None, 0, 0], dimension
    assert [book.parts("customers", each, "tier").get("tin") for each in months] == [None, 0, 0]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("measure", "dimension", "february"),
    [
        ("new_mrr", "tier", 5),
        ("expansion_mrr", "tier", 3),
        ("contraction_mrr", "tier", 0),
        ("churned_mrr", "tier", 8),
        ("reactivation_mrr", "tier", 0),
        ("new_paying_customers", "segment", 1),
        ("subscribed_customers", "tier", 0),
        ("customer_mix", "tier", 0),
        ("mrr_mix", "tier", 0),
    ],
)
def test_what_moved_in_a_tier_and_what_is_left_of_it_is_known_to_be_nothing(
    book: Book, measure: str, dimension: str, february: int
) -> None:
    """From the first customer of the tier on, for as long as nothing moves in it."""
    book.put(
        "subscription_items",
        item("a", 5, "2026-02-10", "2026-02-15"),
        item("a", 8, "2026-02-15", "2026-02-20"),
        item("b", 7, "2026-01-01"),
    )
    book.put("customers", {"customer_id": "a", "tier": "tin"}, {"customer_id": "b", "tier": "gold"})
    months = [month(text) for text in ("2026-01", "2026-02", "2026-03")]
    assert [book.parts(measure, each, dimension).get("tin") for each in months] == [None, february, 0]


def test_a_customer_told_of_by_two_sources_pays_once(book: Book) -> None:
    for source in ("crm", "billing"):
        book.put("customers", {"customer_id": "a", "tier": "starter"}, source=source)
        book.put(
            "assets", {"asset_id": "x", "kind": "cluster", "type": "small", "starts_at": "2026-01-01"}, source=source
        )
    book.put("subscription_items", item("a", 500, "2026-01-01", asset_id="x"))
    book.put("ledger_entries", {"account": "direct_cost", "amount": 7, "booked_on": "2026-03-02", "customer_id": "a"})
    assert book.value("mrr", MARCH) == 500
    assert book.parts("mrr", MARCH, "type") == {"small": 500}
    assert book.parts("direct_costs", MARCH, "tier") == {"starter": 7}


def test_customers_and_contracts_are_those_that_pay(book: Book) -> None:
    book.put(
        "subscription_items",
        item("two items", 10, "2026-01-01", subscription_id="s"),
        item("two items", 20, "2026-01-01", subscription_id="s"),
        item("two contracts", 10, "2026-01-01"),
        item("two contracts", 10, "2026-01-01"),
        item("free", 0, "2026-01-01"),
        item("gone", 10, "2026-01-01", "2026-02-15"),
    )
    assert book.value("customers", MARCH) == 2
    assert book.value("contracts", MARCH) == 3


def test_churn_is_counted_per_customer_over_all_items(book: Book) -> None:
    book.put(
        "subscription_items",
        item("leaves", 100, "2026-01-01", "2026-03-10"),
        item("leaves", 50, "2026-01-01", "2026-03-20"),
        item("drops one of two", 100, "2026-01-01", "2026-03-10"),
        item("drops one of two", 40, "2026-01-01"),
        item("swaps plans", 100, "2026-01-01", "2026-03-10"),
        item("swaps plans", 100, "2026-03-10"),
        item("returns the same day", 30, "2026-01-01", "2026-03-10 09:00"),
        item("returns the same day", 30, "2026-03-10 17:00"),
        item("comes and goes", 500, "2026-03-03", "2026-03-20"),
        item("grows", 10, "2026-01-01", "2026-03-05"),
        item("grows", 25, "2026-03-05"),
        item("is new", 1000, "2026-03-05"),
    )
    assert book.value("lost_customers", MARCH) == 1
    assert book.value("lost_mrr", MARCH) == 250
    assert book.value("expansion_mrr", MARCH) == 15


def test_the_end_of_a_plan_at_midnight_of_the_month_end_is_churn_of_the_next_month(book: Book) -> None:
    book.put("subscription_items", item("a", 100, "2026-01-01", "2026-04-01"), item("b", 100, "2026-01-01"))
    assert book.value("lost_customers", MARCH) == 0
    assert book.value("lost_customers", month("2026-04")) == 1


def test_who_comes_with_the_first_of_the_month_is_new_in_it(book: Book) -> None:
    book.put("subscription_items", item("a", 100, "2026-03-01", "2026-03-20"), item("b", 50, "2026-01-01"))
    assert book.value("lost_customers", MARCH) == 0
    assert book.value("retained_mrr", MARCH) == 50


def test_a_credit_that_outlives_its_plan_is_a_lost_customer(book: Book) -> None:
    book.put("subscription_items", item("a", 100, "2026-01-01", "2026-03-10"), item("a", -20, "2026-01-01"))
    assert book.value("lost_customers", MARCH) == 1
    assert book.value("customers", MARCH) == 0


def test_retention_is_that_of_the_customers_of_the_start(book: Book) -> None:
    year = span("2025-03-01", "2026-03-01")
    book.put(
        "subscription_items",
        *(item(customer, 100, "2025-01-01", "2025-09-01") for customer in "ABC"),
        item("A", 150, "2025-09-01"),
        item("B", 60, "2025-09-01"),
        item("D", 500, "2025-09-01"),
    )
    assert book.value("retained_mrr", year) == 210  # of 300, so 70 %; with D it would be 236.7 %
    assert book.value("expansion_mrr", year) == 50
    assert book.value("lost_mrr", year) == 140
    assert book.value("lost_customers", year) == 1


def test_when_all_have_left_nothing_is_retained(book: Book) -> None:
    book.put("subscription_items", item("A", 100, "2025-01-01", "2026-03-10"))
    assert book.value("retained_mrr", MARCH) == 0
