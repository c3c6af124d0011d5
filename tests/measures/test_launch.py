"""Trials, sign-ups and free plans; how customers and revenue are spread; what people find and read."""

from __future__ import annotations

from decimal import Decimal

import pytest

from exporter.records.batch import Row
from tests.measures.book import Book, at, entry, item, month, span

MARCH = month("2026-03")


def trial(started: str, ended: str = "", converted: object = "") -> Row:
    return {"started_at": started, "ended_at": ended, "converted": converted}


def test_conversion_is_of_the_trials_that_ended_whenever_they_began(book: Book) -> None:
    book.put(
        "trials",
        trial("2026-02-20", "2026-03-01 00:00", True),
        *(trial("2026-03-05", "2026-03-19", False) for _ in range(3)),
        trial("2026-03-05", "2026-04-01 00:00", True),
        trial("2026-02-10", "2026-02-28 23:59", True),
        trial("2026-03-31 23:59"),
    )
    assert book.value("trial_conversion", MARCH) == Decimal("0.25")
    assert book.value("trial_signups", MARCH) == 5
    assert book.value("trial_conversion", month("2026-05")) is None
    assert book.value("trial_signups", month("2026-05")) == 0


def test_signups_are_accounts_opened(book: Book) -> None:
    opened = ("2026-02-28 23:59", "2026-03-01 00:00", "2026-03-31 23:59", "2026-04-01 00:00")
    book.put("signups", *({"signed_up_at": each} for each in opened))
    assert book.value("signups", MARCH) == 2


def test_who_is_on_a_free_plan_is_a_customer_and_does_not_pay(book: Book) -> None:
    book.put("customers", *({"customer_id": each, "tier": "B2C"} for each in "abc"))
    book.put(
        "subscription_items",
        item("a", 10, "2026-01-01"),
        item("a", 10, "2026-01-01"),
        item("b", 0, "2026-03-31 23:59"),
        item("c", 0, "2026-01-01", "2026-03-15"),
        item("d", 5, "2026-01-01"),
    )
    assert book.value("subscribed_customers", MARCH) == 3
    assert book.parts("subscribed_customers", MARCH, "tier") == {"B2C": 2, "none": 1}
    assert book.value("customers", MARCH) == 2


def test_enterprise_customers_are_counted_also_when_there_is_none(book: Book) -> None:
    book.put("customers", {"customer_id": "a", "tier": "SMB"}, {"customer_id": "b", "tier": "enterprise"})
    book.put(
        "subscription_items",
        item("a", 10, "2026-01-01"),
        item("b", 10, "2026-03-01"),
        item("b", 10, "2026-03-01"),
    )
    assert book.value("enterprise_customers", MARCH) == 1
    assert book.value("enterprise_customers", month("2026-02")) == 0


def test_mixes_are_shares_of_the_customers_whose_tier_is_known(book: Book) -> None:
    tiers = {"a": "B2C", "b": "B2C", "c": "B2C", "d": "enterprise", "e": "B2C", "f": ""}
    book.put("customers", *({"customer_id": each, "tier": tier} for each, tier in tiers.items()))
    book.put(
        "subscription_items",
        *(item(each, 25, "2026-01-01") for each in "abc"),
        item("d", 225, "2026-01-01"),
        item("e", 0, "2026-01-01"),
        item("f", 1000, "2026-01-01"),
        item("unknown", 1000, "2026-01-01"),
    )
    assert book.parts("customer_mix", MARCH, "tier") == {"B2C": Decimal("0.75"), "enterprise": Decimal("0.25")}
    assert book.parts("mrr_mix", MARCH, "tier") == {"B2C": Decimal("0.25"), "enterprise": Decimal("0.75")}
    assert book.value("customer_mix", MARCH) == book.value("mrr_mix", MARCH) == Decimal("0.75")
    assert book.value("customer_mix", month("2025-12")) is None


def test_active_customers_are_counted_once_however_many_use_how_much(book: Book) -> None:
    def use(customer: str, on: str, user: str = "u", feature: str = "api") -> Row:
        return {"customer_id": customer, "user_id": user, "feature": feature, "used_on": on}

    book.put(
        "feature_uses",
        use("a", "2026-03-01"),
        use("a", "2026-03-01", feature="console"),
        use("a", "2026-03-02", user="v"),
        use("b", "2026-03-31"),
        use("c", "2026-02-28"),
        use("d", "2026-04-01"),
    )
    assert book.value("active_customers", MARCH) == 2
    assert book.value("active_customers", month("2026-06")) == 0


def test_marketing_and_what_is_left_of_revenue(book: Book) -> None:
    book.put(
        "ledger_entries",
        entry("recurring_revenue", 1000, "2026-03-31"),
        entry("marketing", 46, "2026-03-31"),
        entry("sales", 100, "2026-03-31"),
        entry("depreciation", 30, "2026-03-31"),
        entry("tax", 4, "2026-03-31"),
        entry("marketing", 999, "2026-04-01"),
    )
    assert book.value("marketing_spend", MARCH) == 46
    assert book.value("net_income", MARCH) == 1000 - 46 - 100 - 30 - 4
    assert book.value("net_income", month("2026-05")) is None


def test_visitors_by_channel_and_their_shares(book: Book) -> None:
    def visits(on: str, channel: str, visitors: int) -> Row:
        return {"visited_on": on, "channel": channel, "visitors": visitors}

    book.put(
        "web_visits",
        visits("2026-03-01", "organic", 40),
        visits("2026-03-31", "organic", 20),
        visits("2026-03-31", "paid", 20),
        visits("2026-02-28", "paid", 1000),
        visits("2026-04-01", "referral", 1000),
    )
    assert book.value("website_visitors", MARCH) == 80
    assert book.parts("website_visitors", MARCH, "channel") == {"organic": 60, "paid": 20}
    assert book.parts("traffic_share", MARCH, "channel") == {"organic": Decimal("0.75"), "paid": Decimal("0.25")}
    assert book.value("traffic_share", MARCH) == Decimal("0.75")
    assert book.value("website_visitors", month("2026-06")) == 0
    assert book.value("traffic_share", month("2026-06")) is None


def test_positions_are_weighted_by_how_often_they_were_shown_and_the_worst_counts(book: Book) -> None:
    def position(keyword: str, on: str, where: object, visible: int) -> Row:
        return {"keyword": keyword, "searched_on": on, "position": where, "impressions": visible}

    week = span("2026-03-02", "2026-03-09")
    book.put(
        "search_positions",
        position("vps pas cher", "2026-03-02", 12, 30),
        position("vps pas cher", "2026-03-08", 8, 90),
        position("hébergement gpu", "2026-03-05", "2.5", 1),
        position("hébergement gpu", "2026-03-09", 90, 1000),
        position("vps pas cher", "2026-03-01", 90, 1000),
    )
    assert book.parts("search_position", week, "keyword") == {"vps pas cher": 9, "hébergement gpu": Decimal("2.5")}
    assert book.value("search_position", week) == 9
    assert book.value("search_position", span("2026-06-01", "2026-06-08")) is None


@pytest.mark.parametrize(("published", "expected"), [("", 0), ("2026-03-31 23:59", 1), ("2026-04-01 00:00", 0)])
def test_a_draft_is_no_article(book: Book, published: str, expected: int) -> None:
    book.put("articles", {"published_at": published})
    assert book.value("articles_published", MARCH) == expected
    assert MARCH.ends == at("2026-04-01 00:00")
