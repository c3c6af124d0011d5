"""Asking for many periods in one pass gives the same as asking for each alone, for every shipped measure."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from random import Random

import pytest

from exporter.calendar.windows import Period
from exporter.measures import library
from exporter.measures.engine import MeasureResult, evaluate, prepare
from exporter.records.batch import Row
from exporter.records.tables.finance import ACCOUNTS
from tests.measures.book import Book, month, shipped
from tests.measures.launch_book import fill_launch
from tests.measures.mail_book import fill_mail
from tests.measures.retail_book import fill_retail
from tests.support.examples import first

pytestmark = pytest.mark.slow

_FIRST = datetime(2025, 1, 1, tzinfo=UTC)


class Draws:
    """Records at random over sixteen months, some of them exactly on the boundaries of months."""

    def __init__(self, seed: int) -> None:
        self._random = Random(seed)

    def instant(self) -> datetime:
        if self._random.random() < 0.2:
            return month(f"2025-{self._random.randint(1, 12):02}").starts
        return _FIRST + timedelta(minutes=self._random.randrange(480 * 24 * 60))

    def day(self) -> date:
        return _FIRST.date() + timedelta(days=self._random.randrange(480))

    def after(self, at: datetime, days: int) -> datetime | str:
        """Return an instant up to so many days later, or never."""
        return at + timedelta(minutes=self._random.randrange(days * 1440)) if self.happens(0.8) else ""

    def happens(self, probability: float) -> bool:
        return self._random.random() < probability

    def one(self, *of: object) -> object:
        return self._random.choice(of)

    def number(self, most: int) -> int:
        return self._random.randint(0, most)

    def rows(self, count: int, make: Callable[[], Row]) -> list[Row]:
        return [make() for _ in range(count)]


def fill(book: Book, rng: Draws) -> None:
    def lasting(days: int, **other: object) -> Row:
        starts = rng.instant()
        return {"starts_at": starts, "ends_at": rng.after(starts, days), **other}

    def deal() -> Row:
        created = rng.instant()
        closed = rng.after(created, 120)
        demo = rng.one(created, "")
        decided = {"closed_at": closed, "won": rng.happens(0.5)} if closed else {}
        return {
            "amount": rng.number(9999),
            "created_at": created,
            "demo_at": demo,
            "lead_id": rng.one("l", ""),
            "expected_close_on": rng.day(),
            **decided,
        }

    def incident() -> Row:
        triggered = rng.instant()
        began = triggered - timedelta(minutes=rng.number(30))
        return {
            "priority": rng.one("P1", "P2", "P3"),
            "started_at": rng.one(began, ""),
            "triggered_at": triggered,
            "acknowledged_at": rng.after(triggered, 1),
            "resolved_at": rng.after(triggered, 9),
        }

    def survey() -> Row:
        kind = rng.one("nps", "csat")
        score = rng.number(10) if kind == "nps" else 1 + rng.number(4)
        return {"kind": kind, "score": score, "respondent_id": rng.number(5), "responded_at": rng.instant()}

    def lead() -> Row:
        created = rng.instant()
        return {"created_at": created, "qualified_at": rng.after(created, 30)}

    def onboarding() -> Row:
        started = rng.instant()
        return {"started_at": started, "first_value_at": rng.after(started, 60)}

    def subscription() -> Row:
        request = {"cancel_requested_at": rng.instant()} if rng.happens(0.3) else {}
        return lasting(
            200,
            **request,
            currency=rng.one("EUR", "EUR", "EUR", "USD"),
            plan=rng.one("basic", "plus", ""),
            status=rng.one("active", "active", "active", "past_due", "paused"),
            customer_id=rng.number(7),
            asset_id=rng.number(9),
            unit_amount=rng.number(500),
            billing_interval=rng.one("day", "week", "month", "year"),
        )

    def booking() -> Row:
        return {
            "account": rng.one(*ACCOUNTS),
            "amount": rng.number(999),
            "booked_on": rng.day(),
            "customer_id": rng.number(7),
            "asset_id": rng.number(9),
        }

    book.put("customers", *({"customer_id": n, "tier": rng.one("starter", "pro", "")} for n in range(6)))
    book.put("assets", *(lasting(300, asset_id=n, kind="cluster", type=rng.one("s", "m", "")) for n in range(8)))
    book.put("subscription_items", *rng.rows(40, subscription))
    book.put("deals", *rng.rows(60, deal))
    book.put("leads", *rng.rows(60, lead))
    book.put("incidents", *rng.rows(60, incident))
    book.put("outages", *rng.rows(40, lambda: lasting(2, kind=rng.one("outage", "outage", "maintenance"))))
    book.put("deployments", *rng.rows(60, lambda: {"deployed_at": rng.instant(), "failed": rng.happens(0.3)}))
    book.put("surveys", *rng.rows(60, survey))
    book.put("onboardings", *rng.rows(40, onboarding))
    book.put("ledger_entries", *rng.rows(150, booking))
    days = sorted({rng.day() for _ in range(30)})
    book.put("cash_balances", *({"account_id": day.day % 3, "balance_on": day, "amount": day.day} for day in days))
    book.put("financings", *rng.rows(5, lambda: {"paid_on": rng.day(), "amount": rng.number(99)}))
    book.put("headcount", *({"team": day.day % 2, "effective_on": day, "people": day.day} for day in days))
    book.put("backups", *rng.rows(60, lambda: {"finished_at": rng.instant(), "succeeded": rng.happens(0.9)}))
    book.put("quotas", *({"quarter_on": date(2025, n, 1), "amount": 20000 * n} for n in (1, 4, 7, 10)))
    book.put(
        "sla_reports",
        *(
            {"customer_id": c, "month_on": date(2025, m, 1), "met": rng.happens(0.8)}
            for c in "ab"
            for m in range(1, 13)
        ),
    )


def periods(rng: Draws) -> list[Period]:
    """Months, overlapping spans of any length and instants; several end at the same moment."""
    ends = [rng.instant() for _ in range(3)]
    return sorted(
        {
            *(month(f"2025-{number:02}") for number in range(3, 13)),
            *(Period(end - timedelta(days=days), end) for end in ends for days in (0, 30, 365)),
        }
    )


@pytest.mark.parametrize("seed", first(1, range(4)))
def test_many_periods_in_one_pass_equal_each_alone(book: Book, seed: int) -> None:
    rng = Draws(seed)
    fill(book, rng)
    fill_launch(book, seed)
    fill_mail(book, seed)
    fill_retail(book, seed)
    request = periods(rng)
    measures = [shipped(name) for name in library.shipped()]
    with book.reading() as cursor:
        prepare(cursor, request)
        together = {measure.name: dict(evaluate(cursor, measure, request)) for measure in measures}
        alone: dict[str, dict[Period, MeasureResult]] = {measure.name: {} for measure in measures}
        for period in request:
            prepare(cursor, [period])
            for measure in measures:
                alone[measure.name] |= evaluate(cursor, measure, [period])
    assert together == alone
    for name, numbers in together.items():
        assert len({each.headline for each in numbers.values()}) > 1, f"the records say nothing of {name}"
