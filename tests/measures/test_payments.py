"""Payments, refunds, what winning customers of a segment costs, and customers that become enterprises."""

from __future__ import annotations

from decimal import Decimal

from exporter.records.batch import Row
from tests.measures.book import Book, item, month

MARCH = month("2026-03")


def payment(number: int, when: str, succeeded: bool) -> Row:
    return {"payment_id": number, "amount": 79, "attempted_at": f"2026-{when}", "succeeded": succeeded}


def test_each_failed_attempt_counts(book: Book) -> None:
    assert book.value("failed_payments", MARCH) == 0
    whens = ("02-28 23:59", "03-01 00:00", "03-04 09:00", "03-31 23:59", "04-01 00:00")
    book.put("payments", *(payment(number, when, False) for number, when in enumerate(whens)))
    book.put("payments", payment(9, "03-07 09:00", True))
    assert book.value("failed_payments", MARCH) == 3


def test_refunds_add_up_and_none_is_nothing_given_back(book: Book) -> None:
    assert book.value("refunds", MARCH) == 0
    whens = ("02-28 23:59", "03-01 00:00", "03-31 23:59", "04-01 00:00")
    book.put(
        "refunds",
        *(
            {"refund_id": n, "amount": Decimal("0.01") * 10**n, "refunded_at": f"2026-{at}"}
            for n, at in enumerate(whens)
        ),
    )
    assert book.value("refunds", MARCH) == Decimal("1.10")


def test_spending_is_known_by_segment_and_all_of_it_counts(book: Book) -> None:
    spent = [("agencies", 300), ("agencies", 140), ("SaaS companies", 200), ("", 60)]
    book.put(
        "acquisition_costs",
        *({"cost_id": n, "spent_on": "2026-03-31", "segment": to, "amount": usd} for n, (to, usd) in enumerate(spent)),
        {"cost_id": "before", "spent_on": "2026-02-28", "segment": "agencies", "amount": 1},
        {"cost_id": "after", "spent_on": "2026-04-01", "segment": "agencies", "amount": 1},
    )
    assert book.value("acquisition_costs", MARCH) == 700
    assert book.parts("acquisition_costs", MARCH, "segment") == {"agencies": 440, "SaaS companies": 200, "none": 60}


def test_customers_count_in_their_segment_when_they_first_pay(book: Book) -> None:
    book.put("customers", {"customer_id": "a", "tier": "agencies"}, {"customer_id": "back", "tier": "agencies"})
    book.put(
        "subscription_items",
        item("a", 119, "2026-03-01 00:00"),
        item("no segment", 79, "2026-03-31 23:00"),
        item("free", 0, "2026-03-02 00:00"),
        item("back", 119, "2026-01-01 00:00", "2026-02-01 00:00"),
        item("back", 119, "2026-03-05 00:00"),
        item("later", 79, "2026-04-01 00:00"),
    )
    assert book.value("new_paying_customers", MARCH) == 2
    assert book.parts("new_paying_customers", MARCH, "segment") == {"agencies": 1, "none": 1}


def test_upgrades_are_of_small_customers_of_the_start(book: Book) -> None:
    def size(customer: str, name: str, starts: str, ends: str = "") -> Row:
        return {"customer_id": customer, "size": name, "starts_at": starts, "ends_at": ends}

    assert book.value("enterprise_upgrades", MARCH) is None
    book.put(
        "customer_sizes",
        size("stays", "smb", "2026-01-01"),
        size("upgraded", "smb", "2026-01-01", "2026-03-10"),
        size("upgraded", "enterprise", "2026-03-10"),
        size("half way", "smb", "2026-01-01", "2026-03-10"),
        size("half way", "mid_market", "2026-03-10"),
        size("left", "smb", "2026-01-01", "2026-03-10"),
        size("before", "smb", "2026-01-01", "2026-02-10"),
        size("before", "enterprise", "2026-02-10"),
        size("new", "smb", "2026-03-02", "2026-03-20"),
        size("new", "enterprise", "2026-03-20"),
        size("later", "smb", "2026-01-01", "2026-04-02"),
        size("later", "enterprise", "2026-04-02"),
    )
    assert book.value("enterprise_upgrades", MARCH) == Decimal("0.2")
