"""Who pauses and then ends the contract is lost in exactly one month, whatever the policy, the grain and the rows."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import product

import pytest

from exporter.calendar.windows import Period
from exporter.records.batch import Row
from tests.revenue.booked import Booked, booked, months, zero

LINE = {"line_id": "l", "subscription_id": "s", "customer_id": "c", "unit_amount": "100", "currency": "USD"}
OTHER = {"item_id": "o", "subscription_id": "t", "customer_id": "d", "unit_amount": "5", "currency": "USD"}
BEGINNING, PAUSE, END = "2024-01-01", "2024-03-10T08:00:00Z", "2024-05-20T17:00:00Z"
GRAINS = ("event", "day", "month")
LOST = ("lost_customers", "churned_customers")
MONTHS = months("UTC")[:-1]

POLICIES: list[dict[str, str]] = [
    *({"grain": grain, "zero_mrr": zero_mrr} for grain, zero_mrr in product(GRAINS, ("churn", "contraction"))),
    {"paused": "keep"},
    {"churn_at": "cancel_request"},
]
ENDINGS: dict[str, dict[str, str]] = {
    "the row ends": {"ends_at": END},
    "after what was paid for": {"ends_at": END, "paid_through": "2024-04-15"},
    "before what was paid for": {"ends_at": END, "paid_through": "2024-06-10"},
    "on the day of the pause": {"ends_at": "2024-03-10T17:00:00Z"},
    "asked for": {"ends_at": END, "cancel_requested_at": "2024-05-02"},
    "asked for, without an end": {"cancel_requested_at": "2024-05-02", "paid_through": "2024-06-20"},
}


def rows(paused: Row, *more: Row) -> list[Row]:
    begun: Row = {**LINE, "item_id": "1", "starts_at": BEGINNING, "ends_at": PAUSE}
    return [
        begun,
        {**LINE, "item_id": "2", "status": "paused", "starts_at": PAUSE, **paused},
        {**OTHER, "starts_at": BEGINNING},
        *more,
    ]


def lost(book: Booked, policy: dict[str, str]) -> dict[str, list[int]]:
    """Return how many were lost in each month from February to July."""
    results = book.under(**policy).numbers(MONTHS, *LOST)
    return {name: [int(zero(results[name].get(month))) for month in MONTHS] for name in LOST}


@pytest.mark.slow
@pytest.mark.parametrize("ending", ENDINGS)
def test_in_one_month_by_every_policy(ending: str) -> None:
    with booked() as book:
        book.poll({"subscription_items": rows(ENDINGS[ending])})
        for policy in POLICIES:
            losses = lost(book, policy)
            assert [sum(each) for each in losses.values()] == [1, 1], policy
            assert losses["lost_customers"] == losses["churned_customers"], policy


@pytest.mark.parametrize("status", ["canceled", "unpaid", "ended"])
def test_in_the_month_of_the_row_that_says_so(status: str) -> None:
    ended: Row = {**LINE, "item_id": "3", "status": status, "starts_at": END}
    with booked() as book:
        book.poll({"subscription_items": rows({"ends_at": END}, ended)})
        assert lost(book, {}) == {name: [0, 0, 0, 1, 0, 0] for name in LOST}


@pytest.mark.slow
def test_not_where_the_pause_ends_with_a_payment() -> None:
    resumed: Row = {**LINE, "item_id": "3", "starts_at": END}
    with booked() as book:
        book.poll({"subscription_items": rows({"ends_at": END}, resumed)})
        for policy in POLICIES:
            assert lost(book, policy) == {name: [0] * 6 for name in LOST}, policy


def test_not_twice_where_a_pause_begins_after_the_contract_was_over() -> None:
    """Between the rows lies a day on which there is no contract: who left then has nothing to pause any more."""
    begun: Row = {**LINE, "item_id": "1", "starts_at": BEGINNING, "ends_at": "2024-03-09T08:00:00Z"}
    with booked() as book:
        book.poll({"subscription_items": [begun, *rows({"ends_at": END})[1:]]})
        assert lost(book, {}) == {name: [0, 1, 0, 0, 0, 0] for name in LOST}
        assert lost(book, {"grain": "event"}) == {name: [0, 1, 0, 0, 0, 0] for name in LOST}


def test_never_where_nothing_was_paid_before_the_pause() -> None:
    with booked() as book:
        book.poll({"subscription_items": rows({"ends_at": END})[1:]})
        assert lost(book, {}) == {name: [0] * 6 for name in LOST}


def test_from_the_end_on_and_not_before_within_the_month() -> None:
    before, after = (datetime(2024, 5, day, tzinfo=UTC) for day in (20, 21))
    start = datetime(2024, 5, 1, tzinfo=UTC)
    with booked() as book:
        book.poll({"subscription_items": rows({"ends_at": END})})
        periods = [Period(start, before), Period(start, after)]
        results = book.numbers(periods, *LOST)
    assert [[results[name][each].headline for name in LOST] for each in periods] == [[0, 0], [1, 1]]
