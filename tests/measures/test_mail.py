"""Mail volumes, queues, health checks and campaigns."""

from __future__ import annotations

from decimal import Decimal

import pytest

from exporter.calendar.windows import Period
from exporter.records.batch import Row
from tests.measures.book import Book, at, month

MARCH = month("2026-03")
NOW = Period(at("2026-03-10 12:00"), at("2026-03-10 12:00"))


def volume(customer: str, on: str, sent: int, delivered: int) -> Row:
    return {"customer_id": customer, "sent_on": f"2026-{on}", "sent": sent, "delivered": delivered}


def test_each_customer_counts_the_same_however_much_it_sends(book: Book) -> None:
    book.put("mail_volumes", volume("large", "03-01", 900, 900), volume("large", "03-31", 100, 100))
    book.put("mail_volumes", volume("small", "03-15", 10, 5), volume("idle", "03-15", 0, 0))
    assert book.value("deliverability", MARCH) == Decimal("0.75")


def test_mail_counts_in_the_month_of_its_day(book: Book) -> None:
    days = ("02-28", "03-01", "03-31", "04-01")
    book.put("mail_volumes", *(volume("c", on, 10**place, 0) for place, on in enumerate(days)))
    assert book.value("emails_sent", MARCH) == 110
    assert book.value("deliverability", MARCH) == 0


@pytest.mark.parametrize("name", ["emails_sent", "deliverability", "campaign_success"])
def test_a_month_without_records_is_unknown(book: Book, name: str) -> None:
    book.put("mail_volumes", volume("c", "02-28", 10, 10))
    book.put("campaigns", {"campaign_id": "1", "due_at": "2026-04-01 00:00", "launched": True})
    assert book.value(name, MARCH) is None


def test_more_delivered_than_sent_is_no_row(book: Book) -> None:
    book.put("mail_volumes", volume("c", "03-01", 10, 11))
    assert book.value("emails_sent", MARCH) is None


def check(server: str, when: str, healthy: bool, kind: str = "smtp") -> Row:
    return {"kind": kind, "server_id": server, "checked_at": f"2026-03-{when}", "healthy": healthy}


def test_the_last_check_of_each_server_in_a_day_counts(book: Book) -> None:
    book.put(
        "health_checks",
        check("recovered", "10 11:00", False),
        check("recovered", "10 12:00", True),
        check("fails later", "10 11:59", True),
        check("fails later", "10 12:01", False),
        check("down", "09 12:01", False),
        check("gone", "09 12:00", False),
        check("machine", "10 11:00", False, kind="server"),
    )
    assert round(book.value("smtp_health", NOW) or 0, 6) == round(Decimal(2) / 3, 6)
    assert book.value("server_health", NOW) == 0


def test_queues_are_added_up_by_their_last_sample(book: Book) -> None:
    def sample(server: str, when: str, messages: int) -> Row:
        return {"server_id": server, "sampled_at": f"2026-03-{when}", "messages": messages}

    assert book.value("queue_depth", NOW) is None
    book.put("queue_samples", sample("a", "10 11:00", 500), sample("a", "10 12:00", 40), sample("b", "10 00:00", 2))
    book.put("queue_samples", sample("gone", "09 12:00", 1000), sample("a", "10 12:01", 7000))
    assert book.value("queue_depth", NOW) == 42


def test_cancelled_campaigns_neither_succeed_nor_fail(book: Book) -> None:
    outcomes = [
        ("03-01 00:00", True),
        ("03-31 23:59", True),
        ("03-05 12:00", False),
        ("03-06 12:00", ""),
        ("04-01", False),
    ]
    book.put(
        "campaigns",
        *({"campaign_id": n, "due_at": f"2026-{due}", "launched": done} for n, (due, done) in enumerate(outcomes)),
    )
    assert round(book.value("campaign_success", MARCH) or 0, 6) == round(Decimal(2) / 3, 6)
