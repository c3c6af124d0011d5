"""Leads, deals and quotas; what customers say; how long until they are served."""

from __future__ import annotations

from decimal import Decimal

from exporter.records.batch import Row
from tests.measures.book import Book, lost, month, span, won

MARCH = month("2026-03")
QUARTER = span("2026-01-01", "2026-04-01")


def test_new_customers_are_deals_with_new_customers_won_in_the_month(book: Book) -> None:
    book.put(
        "deals",
        won(1, "2026-01-01", "2026-03-01 00:00"),
        won(1, "2026-01-01", "2026-03-31 23:59:59", lead_id="l"),
        won(1, "2026-01-01", "2026-03-15", kind="expansion", lead_id="l"),
        lost(1, "2026-01-01", "2026-03-15", lead_id="l"),
        won(1, "2026-01-01", "2026-04-01 00:00", lead_id="l"),
        {"amount": 1, "created_at": "2026-03-02", "lead_id": "l"},
    )
    assert book.value("new_customers", MARCH) == 2
    assert book.value("won_leads", MARCH) == 2
    assert book.value("new_customers", month("2026-06")) == 0


def test_sales_cycle_is_the_median_of_the_deals_won(book: Book) -> None:
    book.put(
        "deals",
        won(1, "2026-02-27", "2026-03-01"),
        won(1, "2026-03-01", "2026-03-05"),
        won(1, "2025-03-01", "2026-03-05"),
        lost(1, "2024-03-01", "2026-03-05"),
        won(1, "2026-03-31", "2026-04-01"),
    )
    assert book.value("sales_cycle", MARCH) == 4 * 86400
    assert book.value("sales_cycle", month("2026-05")) is None


def test_demo_to_close_is_the_share_won_of_what_was_shown_and_decided(book: Book) -> None:
    visible = {"demo_at": "2026-02-01"}
    book.put(
        "deals",
        won(1, "2026-01-01", "2026-03-05", **visible),
        *(lost(1, "2026-01-01", "2026-03-06", **visible) for _ in range(2)),
        won(1, "2026-01-01", "2026-03-05"),
        {"amount": 1, "created_at": "2026-01-01", **visible},
        won(1, "2026-01-01", "2026-04-01", **visible),
    )
    assert book.value("demo_to_close", MARCH) == Decimal(repr(1 / 3))


def test_leads_come_in_and_are_qualified(book: Book) -> None:
    book.put(
        "leads",
        {"created_at": "2026-02-10", "qualified_at": "2026-03-01"},
        {"created_at": "2026-03-10", "qualified_at": "2026-04-01"},
        {"created_at": "2026-03-31 23:59"},
    )
    assert book.value("leads", MARCH) == 2
    assert book.value("mqls", MARCH) == 1
    assert book.value("mqls", month("2026-05")) == 0


def expected(amount: int, on: str, **other: object) -> Row:
    return {"amount": amount, "created_at": "2026-01-15", "expected_close_on": on, **other}


def test_pipeline_is_what_is_open_and_expected_within_the_quarter(book: Book) -> None:
    so_far = span("2026-01-01", "2026-02-15 12:00")
    book.put(
        "deals",
        expected(1, "2026-01-01"),
        expected(10, "2026-03-31"),
        expected(100, "2026-04-01"),
        expected(1000, "2025-12-31"),
        expected(10000, "2026-03-01", closed_at="2026-02-15 11:59", won=True),
        expected(100000, "2026-03-01", closed_at="2026-02-15 12:00", won=False),
        {"amount": 1000000, "created_at": "2026-02-15 12:00", "expected_close_on": "2026-03-01"},
        {"amount": 1000000, "created_at": "2026-01-15"},
    )
    assert book.value("open_pipeline", so_far) == 100011
    assert book.value("open_pipeline", span("2026-07-01", "2026-07-02")) == 0


def test_remaining_quota_is_the_quarters_target_less_what_it_won_so_far(book: Book) -> None:
    book.put("quotas", {"quarter_on": "2026-01-01", "amount": 1000}, {"quarter_on": "2026-04-01", "amount": 5000})
    book.put(
        "deals",
        won(1, "2025-11-01", "2025-12-31 23:59"),
        won(10, "2025-11-01", "2026-01-01 00:00"),
        won(100, "2026-01-01", "2026-03-10", kind="expansion"),
        lost(1000, "2026-01-01", "2026-03-10"),
        won(2000, "2026-01-01", "2026-04-01"),
    )
    assert book.value("remaining_quota", span("2026-01-01", "2026-03-10")) == 990
    assert book.value("remaining_quota", QUARTER) == 890
    assert book.value("remaining_quota", MARCH) == 890  # what January won is not to be won again
    assert book.value("remaining_quota", span("2026-04-01", "2026-04-02")) == 3000
    assert book.value("remaining_quota", span("2026-07-01", "2026-07-02")) is None


def answer(score: object, on: str, respondent: str = "", kind: str = "nps") -> Row:
    return {"kind": kind, "score": score, "responded_at": on, "respondent_id": respondent}


def test_nps_is_promoters_less_detractors(book: Book) -> None:
    scores = [9, 10, 9, 10, 9, 7, 8, 7, 6, 0]
    book.put("surveys", *(answer(score, "2026-03-05") for score in scores), answer(1, "2026-03-05", kind="csat"))
    assert book.value("nps", QUARTER) == 30


def test_nps_takes_the_latest_answer_of_each_respondent_in_the_period(book: Book) -> None:
    book.put(
        "surveys",
        answer(0, "2026-01-05", "a"),
        answer(10, "2026-03-05", "a"),
        answer(10, "2026-01-05", "b"),
        answer(7, "2026-03-31 23:59", "b"),
        answer(0, "2026-04-01", "b"),
        answer(10, "2025-12-31", "c"),
    )
    assert book.value("nps", QUARTER) == 50


def test_without_an_answer_satisfaction_is_unknown(book: Book) -> None:
    book.put("surveys", answer(10, "2025-12-31"), answer(5, "2026-04-01", kind="csat"))
    assert book.value("nps", QUARTER) is None
    assert book.value("csat", MARCH) is None


def test_csat_is_the_mean_of_all_answers(book: Book) -> None:
    book.put("surveys", *(answer(score, "2026-03-05", "a", "csat") for score in (5, 4, 4, 5)))
    book.put("surveys", answer(10, "2026-03-05"))
    assert book.value("csat", MARCH) == Decimal("4.5")


def test_time_to_first_value_is_the_median_of_those_who_got_there(book: Book) -> None:
    book.put(
        "onboardings",
        {"started_at": "2026-02-20", "first_value_at": "2026-03-01"},
        {"started_at": "2026-03-01", "first_value_at": "2026-03-08"},
        {"started_at": "2025-03-01", "first_value_at": "2026-03-08"},
        {"started_at": "2026-03-20", "first_value_at": "2026-04-01"},
        {"started_at": "2020-01-01"},
    )
    assert book.value("time_to_first_value", MARCH) == 9 * 86400
    assert book.value("time_to_first_value", month("2026-06")) is None
