"""Set-up, domains, team members, features used, and features of the MVP."""

from __future__ import annotations

from decimal import Decimal

from exporter.calendar.windows import Period
from exporter.records.batch import Row
from tests.measures.book import Book, at, item, month

MARCH = month("2026-03")


def test_provisioning_is_the_median_of_basic_setups_that_got_ready(book: Book) -> None:
    def job(number: int, requested: str, ready: str, setup: str = "basic") -> Row:
        return {"job_id": number, "setup": setup, "requested_at": f"2026-{requested}", "ready_at": ready}

    assert book.value("provisioning_time", MARCH) is None
    book.put(
        "provisioning_jobs",
        job(1, "02-28 23:30", "2026-03-01 00:00"),
        job(2, "03-05 09:00", "2026-03-05 09:50"),
        job(3, "03-06 09:00", "2026-03-06 19:00"),
        job(4, "03-07 09:00", "2026-03-27 09:00", "extended"),
        job(5, "03-08 09:00", ""),
        job(6, "03-31 23:00", "2026-04-01 00:00"),
    )
    assert book.value("provisioning_time", MARCH) == 50 * 60


def test_domains_count_in_the_month_they_were_added(book: Book) -> None:
    assert book.value("domains_added", MARCH) == 0
    whens = ("02-28 23:59", "03-01 00:00", "03-31 23:59", "04-01 00:00")
    book.put("domains", *({"domain_id": n, "added_at": f"2026-{when}"} for n, when in enumerate(whens)))
    assert book.value("domains_added", MARCH) == 2


def test_members_are_those_at_the_end_whose_customer_pays_then(book: Book) -> None:
    def member(number: int, customer: str, joined: str, left: str = "") -> Row:
        return {"member_id": number, "customer_id": customer, "joined_at": joined, "left_at": left}

    assert book.value("team_members", MARCH) == 0
    book.put("subscription_items", item("pays", 79, "2026-01-01"), item("left", 79, "2026-01-01", "2026-03-15"))
    book.put(
        "team_members",
        member(1, "pays", "2026-01-01"),
        member(2, "pays", "2026-03-31 23:00"),
        member(3, "pays", "2026-01-01", "2026-03-20"),
        member(4, "pays", "2026-04-01 00:00"),
        member(5, "left", "2026-01-01"),
    )
    assert book.value("team_members", MARCH) == 2


def use(user: str, customer: str, feature: str, on: str, core: bool = True) -> Row:
    return {"user_id": user, "customer_id": customer, "feature": feature, "core": core, "used_on": f"2026-{on}"}


def test_adopters_use_two_core_features_in_the_month_and_pay_at_its_end(book: Book) -> None:
    assert book.value("feature_adoption", MARCH) is None
    customers = ("two people", "one feature twice", "not core", "other month", "idle")
    book.put("subscription_items", *(item(each, 79, "2026-01-01") for each in customers))
    book.put("subscription_items", item("left", 79, "2026-01-01", "2026-03-15"))
    book.put(
        "feature_uses",
        use("u1", "two people", "campaigns", "03-01"),
        use("u2", "two people", "rotation", "03-31"),
        use("u3", "one feature twice", "campaigns", "03-01"),
        use("u3", "one feature twice", "campaigns", "03-02"),
        use("u4", "not core", "campaigns", "03-01"),
        use("u4", "not core", "invoices", "03-01", core=False),
        use("u5", "other month", "campaigns", "03-01"),
        use("u5", "other month", "rotation", "02-28"),
        use("u5", "other month", "warm-up", "04-01"),
        use("u6", "left", "campaigns", "03-01"),
        use("u6", "left", "rotation", "03-01"),
    )
    assert book.value("feature_adoption", MARCH) == Decimal("0.2")


def test_active_users_count_once_whatever_they_used(book: Book) -> None:
    assert book.value("mau", MARCH) == 0
    uses = [("a", "03-01", "campaigns"), ("a", "03-02", "invoices"), ("b", "03-31", "invoices")]
    before_and_after = [("c", "02-28", "campaigns"), ("d", "04-01", "campaigns")]
    book.put("feature_uses", *(use(user, "c", feature, on) for user, on, feature in uses + before_and_after))
    assert book.value("mau", MARCH) == 2


def test_the_mvp_is_complete_by_what_was_done_by_then(book: Book) -> None:
    def at_noon(day: int) -> Period:
        return Period(at(f"2026-03-{day:02} 12:00"), at(f"2026-03-{day:02} 12:00"))

    assert book.value("mvp_completion", at_noon(10)) is None
    done = ["2025-12-19"] * 7 + ["2026-03-10"] + ["2026-03-11"] + [""] * 13
    book.put(
        "roadmap_features", *({"feature_id": n, "milestone": "mvp", "completed_on": on} for n, on in enumerate(done))
    )
    book.put("roadmap_features", {"feature_id": "sso", "milestone": "later", "completed_on": "2026-01-01"})
    assert round(book.value("mvp_completion", at_noon(10)) or 0, 2) == Decimal("0.36")
    assert round(book.value("mvp_completion", at_noon(11)) or 0, 2) == Decimal("0.41")
