"""Support requests: how many, how long, how many are open, and how satisfied people are."""

from __future__ import annotations

from decimal import Decimal

from exporter.calendar.windows import Period
from exporter.records.batch import Row
from tests.measures.book import Book, at, month

MARCH = month("2026-03")


def ticket(opened: str, answered: str = "", resolved: str = "", priority: str = "P3", contacts: object = "") -> Row:
    return {
        "opened_at": opened,
        "first_response_at": answered,
        "resolved_at": resolved,
        "priority": priority,
        "contacts": contacts,
    }


def test_requests_are_counted_when_opened_and_open_until_solved(book: Book) -> None:
    book.put(
        "tickets",
        ticket("2026-02-28 23:59"),
        ticket("2026-03-01 00:00"),
        ticket("2026-03-31 23:59", "", "2026-04-01 00:00"),
        ticket("2026-03-10", "", "2026-03-31 23:59"),
        ticket("2026-04-01 00:00"),
    )
    noon = at("2026-03-15 12:00")
    assert book.value("tickets", MARCH) == 3
    assert book.value("support_backlog", MARCH) == 3
    assert book.value("support_backlog", Period(noon, noon)) == 3
    assert book.value("support_backlog", month("2025-12")) == 0


def test_times_by_priority_are_means_of_what_was_answered_and_solved(book: Book) -> None:
    book.put(
        "tickets",
        ticket("2026-02-28 23:50", "2026-03-01 00:00", "2026-03-01 03:50", "P1"),
        ticket("2026-03-05 10:00", "2026-03-05 10:20", "2026-03-05 12:00", "P1"),
        ticket("2026-03-05 10:00", "2026-03-05 13:00", "2026-04-01 00:00", "P2"),
        ticket("2026-03-05 10:00", priority="P1"),
        ticket("2026-03-05 10:00", "2026-03-05 11:30", "", ""),
    )
    assert book.parts("first_response_time", MARCH, "priority") == {"P1": 900, "P2": 10800, "none": 5400}
    assert book.value("first_response_time", MARCH) == 4500
    assert book.parts("resolution_time", MARCH, "priority") == {"P1": 10800}
    assert book.value("resolution_time", MARCH) == 10800
    assert book.value("resolution_time", month("2026-06")) is None


def test_one_contact_is_enough_for_some(book: Book) -> None:
    book.put(
        "tickets",
        *(ticket("2026-03-01", "", "2026-03-02", contacts=each) for each in (1, 1, 1, 2, "")),
        ticket("2026-03-01", contacts=2),
        ticket("2026-03-01", "", "2026-04-01", contacts=2),
    )
    assert book.value("first_contact_resolution", MARCH) == Decimal("0.75")
    assert book.value("first_contact_resolution", month("2026-05")) is None


def test_satisfied_are_those_who_give_four_or_five(book: Book) -> None:
    scores = [5, 5, 4, 4, "3.9", 1, 5, 4]
    book.put("surveys", *({"kind": "csat", "score": score, "responded_at": "2026-03-05"} for score in scores))
    book.put("surveys", {"kind": "nps", "score": 1, "responded_at": "2026-03-05"})
    assert book.value("satisfied_share", MARCH) == Decimal("0.75")
    assert book.value("satisfied_share", month("2026-05")) is None
