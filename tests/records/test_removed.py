"""Rows that are removed by key or by another column from a table that comes in parts, without a snapshot."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exporter.records.batch import Item, Removed, Row, SourceFailed
from exporter.records.store import Store
from tests.support.examples import examples
from tests.support.polls import NOON, Poll, column, deal, part, poll_into, whole
from tests.support.stores import new_store

LATER = NOON + timedelta(hours=1)


def gone(table: str, *rows: Row) -> Removed:
    return Removed(table, iter(rows))


def item(item_id: str, subscription: str = "s", **columns: object) -> Row:
    return {
        "item_id": item_id,
        "subscription_id": subscription,
        "customer_id": f"of-{subscription}",
        "unit_amount": 1,
        "currency": "EUR",
        "starts_at": "2026-01-01",
        **columns,
    }


def test_by_key(store: Store, poll: Poll) -> None:
    poll(part("deals", deal("a"), deal("b"), deal("c")))
    applied = poll(gone("deals", {"deal_id": "b"}, {"deal_id": "never there"}), at=LATER)
    assert column(store, "deals", "deal_id") == ["a", "c"]
    assert applied.tables["deals"].removed == 1
    assert store.polls.fillers("acme")["deals"] == {"crm": 2}


def test_by_a_key_of_several_columns_and_of_other_types(store: Store, poll: Poll) -> None:
    visits = [
        {"visited_on": f"2026-01-0{day}", "channel": channel, "visitors": 1} for day in (1, 2) for channel in ("a", "b")
    ]
    poll(part("web_visits", *visits))
    poll(gone("web_visits", {"visited_on": "2026-01-02", "channel": "a"}), at=LATER)
    poll(gone("web_visits", {"visited_on": "2026-01-01"}), at=LATER)
    assert column(store, "web_visits", "channel") == ["b"]


def test_what_the_same_poll_delivers_stays_so_that_one_part_is_replaced(store: Store, poll: Poll) -> None:
    poll(part("subscription_items", item("1", "s"), item("2", "s"), item("3", "t")))
    for turn in (1, -1):
        items: list[Item] = [
            gone("subscription_items", {"subscription_id": "s"}),
            part("subscription_items", item("2", "s", unit_amount=5)),
        ]
        poll(*items[::turn], at=LATER)
        assert column(store, "subscription_items", "item_id") == ["2", "3"]
        assert column(store, "subscription_items", "unit_amount") == [5, 1]


def test_a_removed_version_is_still_known_for_its_time_and_its_customer_is_computed_anew(
    store: Store, poll: Poll
) -> None:
    poll(part("subscription_items", item("1", "s"), item("3", "t")))
    with store.writing() as cursor:
        cursor.execute(f"DELETE FROM {store.layout.polls('changed_customers')}")
    poll(gone("subscription_items", {"item_id": "1"}), at=LATER)
    with store.cursor() as cursor:
        changed = cursor.execute(f"SELECT customer_id FROM {store.layout.polls('changed_customers')}").fetchall()
    assert changed == [("of-s",)]
    with store.reading("acme", "UTC", known_at=NOON) as cursor:
        assert cursor.execute("SELECT item_id FROM subscription_items ORDER BY item_id").fetchall() == [("1",), ("3",)]


@pytest.mark.parametrize("by", [{"deal_id": "b"}, {"customer_id": "c"}])
def test_rejected_rows_go_too(store: Store, poll: Poll, by: Mapping[str, object]) -> None:
    poll(part("deals", *map(deal, "defgh"), deal("a", amount="x"), deal("b", amount="x", customer_id="c")))
    poll(gone("deals", by), at=LATER)
    assert [row.key for each in store.polls.rejected("acme") for row in each.examples] == [("a",)]


def test_a_row_whose_new_version_is_bad_goes_with_its_part(store: Store, poll: Poll) -> None:
    poll(part("deals", deal("a", customer_id="c"), deal("b", customer_id="c")))
    poll(
        gone("deals", {"customer_id": "c"}), part("deals", deal("a", customer_id="c"), deal("b", amount="x")), at=LATER
    )
    assert column(store, "deals", "deal_id") == ["a"]
    assert [row.key for each in store.polls.rejected("acme") for row in each.examples] == [("b",)]


def test_other_sources_and_companies_keep_their_rows(store: Store, poll: Poll) -> None:
    poll(part("deals", deal("a")), source="shop")
    poll(part("deals", deal("a")), company="other")
    poll(part("deals", deal("a")))
    poll(gone("deals", {"deal_id": "a"}), at=LATER)
    assert column(store, "deals", "deal_id") == ["a"]
    assert store.polls.fillers("other")["deals"] == {"crm": 1}


def test_nothing_removed_is_nothing_changed(store: Store, poll: Poll) -> None:
    poll(part("deals", deal("a")))
    poll(gone("deals"), at=LATER)
    assert column(store, "deals", "deal_id") == ["a"]


@pytest.mark.parametrize(
    ("items", "why"),
    [
        ([gone("deals", {"stage": "x"})], "by stage"),
        ([gone("deals", {})], "by nothing"),
        ([whole("deals", deal("a")), gone("deals", {"deal_id": "a"})], "as a whole and in part"),
        ([gone("dreams", {"deal_id": "a"})], "'dreams' is not a record table"),
    ],
)
def test_what_a_source_must_not_do(poll: Poll, items: list[Item], why: str) -> None:
    with pytest.raises(SourceFailed, match=why):
        poll(*items)


_KEYS = st.sampled_from("abcd")
_PARTS = st.sampled_from(["s", "t"])
_STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("given"), _KEYS, _PARTS),
        st.tuples(st.just("removed"), _KEYS, st.none()),
        st.tuples(st.just("part removed"), st.none(), _PARTS),
    ),
    max_size=6,
)


@examples(15)
@given(st.lists(_STEPS, max_size=4), st.sampled_from(["subscription_items", "deals"]))
def test_the_set_of_rows_and_removals_decides(polls: list[list[tuple[str, str, str]]], table: str) -> None:
    """Against a model: what a poll removes goes, then what it gives is there; the last of a key is the greatest."""
    versioned = table == "subscription_items"
    key, within = ("item_id", "subscription_id") if versioned else ("deal_id", "customer_id")
    model: dict[str, str] = {}
    with TemporaryDirectory() as folder:
        store = new_store(Path(folder) / "store")
        poll = poll_into(store)
        for number, steps in enumerate(polls):
            delivered: dict[str, str] = {}
            items: list[Item] = []
            for what, id_, of in steps:
                if what == "given":
                    delivered[id_] = max(of, delivered.get(id_, ""))
                    items.append(part(table, item(id_, of) if versioned else deal(id_, customer_id=of)))
                elif what == "removed":
                    model.pop(id_, None)
                    items.append(gone(table, {key: id_}))
                else:
                    model = {row: part_of for row, part_of in model.items() if part_of != of}
                    items.append(gone(table, {within: of}))
            model |= delivered
            poll(*items, at=NOON + timedelta(hours=number))
            with store.reading("acme", "UTC") as cursor:
                rows = cursor.execute(f"SELECT {key}, {within} FROM {table} ORDER BY ALL").fetchall()
            assert dict(rows) == model
        store.close()
