"""Versions: what a table said before, from when it was learnt until it was replaced or removed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import count, permutations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from exporter.records.batch import Row
from exporter.records.sql import instant
from exporter.records.store import Store
from tests.support.examples import examples
from tests.support.polls import NOON, Poll, part, whole

LATER = NOON + timedelta(hours=1)
LATEST = NOON + timedelta(hours=2)
_COUNT = count()


def item(amount: int, learnt_at: datetime | str = "", item_id: str = "i") -> Row:
    return {
        "item_id": item_id,
        "subscription_id": "s",
        "customer_id": "c",
        "unit_amount": amount,
        "currency": "EUR",
        "starts_at": "2026-01-01",
        "learnt_at": learnt_at,
    }


def believed(store: Store, at: datetime, company: str = "acme") -> list[int]:
    """Return the amounts that were believed at an instant."""
    with store.reading(company, "UTC", known_at=at) as cursor:
        rows = cursor.execute("SELECT unit_amount::INTEGER FROM subscription_items ORDER BY ALL").fetchall()
    return [amount for (amount,) in rows]


def recorded(store: Store, company: str) -> list[tuple[int, datetime]]:
    with store.reading(company, "UTC") as cursor:
        rows = cursor.execute("SELECT unit_amount::INTEGER, epoch_us(recorded_at) FROM subscription_items").fetchall()
    return [(amount, instant(at)) for amount, at in rows]


def test_what_was_replaced_or_removed_is_still_known_for_its_time(store: Store, poll: Poll) -> None:
    poll(whole("subscription_items", item(1)))
    poll(whole("subscription_items", item(2)), at=LATER)
    poll(whole("subscription_items"), at=LATEST)
    second = timedelta(seconds=1)
    times = (NOON - second, NOON, LATER - second, LATER, LATEST - second, LATEST)
    assert [believed(store, at) for at in times] == [[], [1], [1], [2], [2], []]


def test_a_row_that_comes_back_is_believed_again_from_then_on(store: Store, poll: Poll) -> None:
    learnt = datetime(2026, 1, 5, tzinfo=UTC)
    for company, row in (("polled", item(1)), ("stated", item(1, learnt))):
        for at, rows in ((NOON, [row]), (LATER, []), (LATEST, [row]), (LATEST + timedelta(hours=1), [row])):
            poll(whole("subscription_items", *rows), at=at, company=company)
        assert [believed(store, at, company) for at in (NOON, LATER, LATEST)] == [[1], [], [1]]
        assert recorded(store, company) == [(1, LATEST)]


@pytest.mark.slow
def test_versions_may_come_in_any_order_and_more_than_once(store: Store, poll: Poll) -> None:
    days = [datetime(2026, 1, day, tzinfo=UTC) for day in (5, 12, 20)]
    versions = [item(number, learnt) for number, learnt in enumerate(days, 1)]
    for number, order in enumerate(permutations(versions)):
        company = f"in order {number}"
        for step, row in enumerate((*order, order[0])):
            poll(part("subscription_items", row), at=NOON + timedelta(minutes=step), company=company)
        together = f"together {number}"
        poll(whole("subscription_items", *order, order[0]), company=together)
        for each in (company, together):
            with store.reading(each, "UTC") as cursor:
                assert cursor.execute("SELECT unit_amount::INTEGER FROM subscription_items").fetchall() == [(3,)]
            for seen, learnt in enumerate(days, 1):
                with store.reading(each, "UTC", known_at=learnt) as cursor:
                    assert cursor.execute("SELECT unit_amount::INTEGER FROM subscription_items").fetchall() == [(seen,)]


@examples(10, shared_fixtures=True)
@given(
    polls=st.lists(
        st.tuples(st.integers(-400, 400), st.dictionaries(st.sampled_from("xyz"), st.integers(1, 3))), max_size=5
    )
)
@example(polls=[(365, {"x": 1}), (0, {"x": 2}), (0, {"x": 2}), (1, {"x": 1})])
@example(polls=[(365, {"x": 1}), (365, {}), (0, {"x": 2})])
@example(polls=[(0, {"x": 1}), (-365, {}), (1, {})])
def test_what_came_last_counts_whatever_the_clock_was_set_to(
    polls: list[tuple[int, dict[str, int]]], store: Store, poll: Poll
) -> None:
    """Poll the whole table each time, on days that may go back."""
    company = f"company {next(_COUNT)}"
    for number, (day, items) in enumerate(polls):
        rows = [item(amount, item_id=key) for key, amount in items.items()]
        at = NOON + timedelta(days=day, microseconds=number)
        poll(whole("subscription_items", *rows), at=at, company=company)
        assert sorted(amount for amount, _ in recorded(store, company)) == sorted(items.values())


def test_a_clock_that_was_wrong_for_a_moment_takes_nothing_from_history(store: Store, poll: Poll) -> None:
    for at, amount in ((NOON, 1), (LATER, 2), (LATER - timedelta(days=366), 3), (LATEST, 4)):
        poll(whole("subscription_items", item(amount)), at=at)
    assert [believed(store, at) for at in (NOON, LATER, LATER + timedelta(seconds=1), LATEST)] == [[1], [2], [3], [4]]


def test_a_table_without_versions_shows_what_it_holds_now(store: Store, poll: Poll) -> None:
    poll(whole("customers", {"customer_id": "c", "tier": "now"}))
    with store.reading("acme", "UTC", known_at=NOON - timedelta(days=1)) as cursor:
        assert cursor.execute("SELECT tier FROM customers").fetchall() == [("now",)]
