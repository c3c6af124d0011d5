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


class Chance:
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
        """Some minutes, up to so many days, later; or never."""
        return at + timedelta(minutes=self._random.randrange(days * 1440)) if self.happens(0.8) else ""

    def happens(self, chance: float) -> bool:
        return self._random.random() < chance

    def one(self, *of: object) -> object:
        return self._random.choice(of)

    def number(self, most: int) -> int:
        return self._random.randint(0, most)

    def rows(self, count: int, make: Callable[[], Row]) -> list[Row]:
        return [make() for _ in range(count)]


def fill(book: Book, chance: Chance) -> None:
    def lasting(days: int, **other: object) -> Row:
        starts = chance.instant()
        return {"starts_at": starts, "ends_at": chance.after(starts, days), **other}

    def deal() -> Row:
        created = chance.instant()
        closed = chance.after(created, 120)
        demo = chance.one(created, "")
        decided = {"closed_at": closed, "won": chance.happens(0.5)} if closed else {}
        return {
            "amount": chance.number(9999),
            "created_at": created,
            "demo_at": demo,
            "lead_id": chance.one("l", ""),
            "expected_close_on": chance.day(),
            **decided,
        }

    def incident() -> Row:
        triggered = chance.instant()
        began = triggered - timedelta(minutes=chance.number(30))
        return {
            "priority": chance.one("P1", "P2", "P3"),
            "started_at": chance.one(began, ""),
            "triggered_at": triggered,
            "acknowledged_at": chance.after(triggered, 1),
            "resolved_at": chance.after(triggered, 9),
        }

    def survey() -> Row:
        kind = chance.one("nps", "csat")
        score = chance.number(10) if kind == "nps" else 1 + chance.number(4)
        return {"kind": kind, "score": score, "respondent_id": chance.number(5), "responded_at": chance.instant()}

    def lead() -> Row:
        created = chance.instant()
        return {"created_at": created, "qualified_at": chance.after(created, 30)}

    def onboarding() -> Row:
        started = chance.instant()
        return {"started_at": started, "first_value_at": chance.after(started, 60)}

    def subscription() -> Row:
        asked = {"cancel_requested_at": chance.instant()} if chance.happens(0.3) else {}
        return lasting(
            200,
            **asked,
            currency=chance.one("EUR", "EUR", "EUR", "USD"),
            plan=chance.one("basic", "plus", ""),
            status=chance.one("active", "active", "active", "past_due", "paused"),
            customer_id=chance.number(7),
            asset_id=chance.number(9),
            unit_amount=chance.number(500),
            billing_interval=chance.one("day", "week", "month", "year"),
        )

    def booking() -> Row:
        return {
            "account": chance.one(*ACCOUNTS),
            "amount": chance.number(999),
            "booked_on": chance.day(),
            "customer_id": chance.number(7),
            "asset_id": chance.number(9),
        }

    book.put("customers", *({"customer_id": n, "tier": chance.one("starter", "pro", "")} for n in range(6)))
    book.put("assets", *(lasting(300, asset_id=n, kind="cluster", type=chance.one("s", "m", "")) for n in range(8)))
    book.put("subscription_items", *chance.rows(40, subscription))
    book.put("deals", *chance.rows(60, deal))
    book.put("leads", *chance.rows(60, lead))
    book.put("incidents", *chance.rows(60, incident))
    book.put("outages", *chance.rows(40, lambda: lasting(2, kind=chance.one("outage", "outage", "maintenance"))))
    book.put("deployments", *chance.rows(60, lambda: {"deployed_at": chance.instant(), "failed": chance.happens(0.3)}))
    book.put("surveys", *chance.rows(60, survey))
    book.put("onboardings", *chance.rows(40, onboarding))
    book.put("ledger_entries", *chance.rows(150, booking))
    days = sorted({chance.day() for _ in range(30)})
    book.put("cash_balances", *({"account_id": day.day % 3, "balance_on": day, "amount": day.day} for day in days))
    book.put("financings", *chance.rows(5, lambda: {"paid_on": chance.day(), "amount": chance.number(99)}))
    book.put("headcount", *({"team": day.day % 2, "effective_on": day, "people": day.day} for day in days))
    book.put("backups", *chance.rows(60, lambda: {"finished_at": chance.instant(), "succeeded": chance.happens(0.9)}))
    book.put("quotas", *({"quarter_on": date(2025, n, 1), "amount": 20000 * n} for n in (1, 4, 7, 10)))
    book.put(
        "sla_reports",
        *(
            {"customer_id": c, "month_on": date(2025, m, 1), "met": chance.happens(0.8)}
            for c in "ab"
            for m in range(1, 13)
        ),
    )


def periods(chance: Chance) -> list[Period]:
    """Months, overlapping spans of any length and instants; several end at the same moment."""
    ends = [chance.instant() for _ in range(3)]
    return sorted(
        {
            *(month(f"2025-{number:02}") for number in range(3, 13)),
            *(Period(end - timedelta(days=days), end) for end in ends for days in (0, 30, 365)),
        }
    )


@pytest.mark.parametrize("seed", first(1, range(4)))
def test_many_periods_in_one_pass_equal_each_alone(book: Book, seed: int) -> None:
    chance = Chance(seed)
    fill(book, chance)
    fill_launch(book, seed)
    fill_mail(book, seed)
    fill_retail(book, seed)
    asked = periods(chance)
    measures = [shipped(name) for name in library.shipped()]
    with book.reading() as cursor:
        prepare(cursor, asked)
        together = {measure.name: dict(evaluate(cursor, measure, asked)) for measure in measures}
        alone: dict[str, dict[Period, MeasureResult]] = {measure.name: {} for measure in measures}
        for period in asked:
            prepare(cursor, [period])
            for measure in measures:
                alone[measure.name] |= evaluate(cursor, measure, [period])
    assert together == alone
    for name, numbers in together.items():
        assert len({each.headline for each in numbers.values()}) > 1, f"the records say nothing of {name}"
