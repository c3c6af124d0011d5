"""What a poll does to what is there: the set of its rows decides, and neither their order nor repetition."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exporter.records.batch import Answer, Records, SourceFailed, Unchanged
from exporter.records.store import Store
from tests.support.examples import examples
from tests.support.polls import NOON, TRUSTED, Poll, column, contents, deal, instants, part, poll_into, whole
from tests.support.stores import new_store

LATER = NOON + timedelta(hours=1)

ROWS = st.builds(
    deal,
    st.one_of(st.sampled_from(["a", "b", "c", ""]), st.text(max_size=3)),
    amount=st.sampled_from(["1", "1.0", "2", "x", None]),
    customer_id=st.one_of(st.none(), st.text(max_size=3)),
    closed_at=st.sampled_from([None, "2026-02-01", "2025-01-01"]),
    won=st.sampled_from([None, True]),
)
POLLS = st.lists(ROWS, max_size=12)


def state(store: Store) -> object:
    return contents(store, "deals"), store.polls.rejected("acme", examples=100), store.polls.fillers("acme")


@examples(15)
@given(first=POLLS, rows=POLLS, snapshot=st.booleans(), data=st.data())
def test_order_repetition_and_replay_do_not_matter(
    first: list[Mapping[str, object]], rows: list[Mapping[str, object]], snapshot: bool, data: st.DataObject
) -> None:
    shuffled = data.draw(st.permutations(rows + rows[: len(rows) // 2]))
    with TemporaryDirectory() as folder:
        stores = [new_store(Path(folder) / name) for name in ("plain", "shuffled")]
        for store, given_rows in zip(stores, (rows, shuffled), strict=True):
            poll = poll_into(store)
            with suppress(SourceFailed):  # all of them may be bad
                poll(part("deals", *first))
            with suppress(SourceFailed):
                poll(Records("deals", iter(given_rows), snapshot, TRUSTED), at=LATER)
        assert state(stores[0]) == state(stores[1])
        with suppress(SourceFailed):
            poll_into(stores[1])(Records("deals", iter(rows), snapshot, TRUSTED), at=LATER + timedelta(hours=1))
        assert state(stores[0]) == state(stores[1])
        for store in stores:
            store.close()


@examples(15)
@given(rows=POLLS, bad=st.lists(st.builds(deal, st.text(max_size=3), amount=st.just("x")), max_size=5))
def test_bad_rows_never_affect_good_ones(rows: list[Mapping[str, object]], bad: list[Mapping[str, object]]) -> None:
    with TemporaryDirectory() as folder:
        store = new_store(Path(folder) / "store")
        poll_into(store)(whole("deals", deal("good"), *rows), company="without")
        poll_into(store)(whole("deals", *bad, deal("good"), *rows, *bad), company="with")
        assert contents(store, "deals", "without") == contents(store, "deals", "with")
        store.close()


def test_of_several_versions_the_greatest_counts_and_a_value_beats_none(store: Store, poll: Poll) -> None:
    closed = {"closed_at": "2026-02-01", "won": True}
    versions = [deal("a"), deal("a", amount="9", customer_id="x"), deal("a", customer_id="x", **closed)]
    poll(whole("deals", *versions))
    assert column(store, "deals", "won") == [True]
    assert column(store, "deals", "amount") == [10]


def test_rows_that_did_not_change_keep_the_time_they_were_recorded(store: Store, poll: Poll) -> None:
    poll(part("deals", deal("a"), deal("b"), deal("c")))
    poll(part("deals", deal("a", amount="10.00"), deal("b", amount="11")), at=LATER)
    assert column(store, "deals", "amount") == [10, 11, 10]
    assert instants(store, "deals", "recorded_at") == [NOON, LATER, NOON]


def test_a_snapshot_removes_what_it_does_not_hold_and_nothing_of_others(store: Store, poll: Poll) -> None:
    poll(whole("deals", deal("a"), deal("b")))
    poll(whole("deals", deal("o")), source="other")
    poll(whole("deals", deal("z")), company="elsewhere")
    applied = poll(whole("deals", deal("b"), deal("c")))
    assert applied.tables["deals"].removed == 1
    assert column(store, "deals", "deal_id") == ["b", "c", "o"]
    assert column(store, "deals", "deal_id", "elsewhere") == ["z"]
    assert store.polls.fillers("acme") == {"deals": {"crm": 2, "other": 1}}


def test_an_empty_snapshot_empties_and_an_empty_part_does_not(store: Store, poll: Poll) -> None:
    poll(whole("deals", deal("a")), part("leads"))
    poll(part("deals"))
    assert column(store, "deals", "deal_id") == ["a"]
    poll(whole("deals"))
    assert column(store, "deals", "deal_id") == []
    assert store.polls.fillers("acme") == {"deals": {"crm": 0}, "leads": {"crm": 0}}


def test_what_is_unchanged_or_not_mentioned_stays(store: Store, poll: Poll) -> None:
    lead = {"lead_id": "l", "created_at": "2026-01-01"}
    poll(whole("deals", deal("a"), deal("bad", amount="x")), whole("leads", lead))
    before = (
        contents(store, "deals"),
        contents(store, "leads"),
        store.polls.rejected("acme"),
        store.polls.fillers("acme"),
    )
    poll(Unchanged("deals"), at=LATER)
    after = (
        contents(store, "deals"),
        contents(store, "leads"),
        store.polls.rejected("acme"),
        store.polls.fillers("acme"),
    )
    assert after == before
    assert store.polls.state("acme")["crm"].last_success == LATER


def test_a_table_may_come_in_several_parts(store: Store, poll: Poll) -> None:
    poll(whole("deals", deal("gone")))
    poll(whole("deals", deal("a")), whole("deals", deal("b")))
    assert column(store, "deals", "deal_id") == ["a", "b"]


@pytest.mark.parametrize(
    ("items", "sentence"),
    [
        ([whole("dealz")], "'dealz' is not a record table"),
        ([whole("deals"), part("deals")], "both as a whole and in part"),
        ([whole("deals"), Unchanged("deals")], "both that it is unchanged and what is in it"),
        ([Unchanged("deals"), part("deals")], "both that it is unchanged and what is in it"),
    ],
)
def test_what_contradicts_itself_is_refused(
    store: Store, poll: Poll, items: list[Records | Unchanged], sentence: str
) -> None:
    with pytest.raises(SourceFailed, match=sentence):
        poll(*items)
    assert store.polls.state("acme") == {}


def test_a_key_of_several_columns(store: Store, poll: Poll) -> None:
    row = {"team": "a", "people": 1}
    poll(part("headcount", row | {"effective_on": "2026-01-01"}, row | {"effective_on": "2026-02-01"}))
    poll(part("headcount", {"team": "a", "people": 3, "effective_on": "2026-02-01T00:00:00"}))
    assert column(store, "headcount", "people") == [1, 3]


def answers(store: Store, company: str = "acme") -> list[tuple[str, str, datetime, Decimal | None]]:
    with store.reading(company, "UTC") as cursor:
        rows = cursor.execute(
            "SELECT measure, labels, (epoch_us(asked_at) - ?) / 3600000000, value FROM answers ORDER BY ALL",
            [int(NOON.timestamp()) * 1_000_000],
        )
        return [
            (measure, labels, NOON + timedelta(hours=hours), value) for measure, labels, hours, value in rows.fetchall()
        ]


def test_answers_are_a_history_in_which_no_number_is_kept_as_such(store: Store, poll: Poll) -> None:
    poll(Answer("uptime", Decimal("0.9994999999")), Answer("seats", Decimal(1), {"team": "b", "kind": "ä"}))
    poll(Answer("uptime", None), at=LATER)
    assert answers(store) == [
        ("seats", '{"kind": "ä", "team": "b"}', NOON, Decimal(1)),
        ("uptime", "{}", NOON, Decimal("0.9994999999")),
        ("uptime", "{}", LATER, None),
    ]
    assert answers(store, "elsewhere") == []


def test_an_answer_too_large_to_keep_is_no_number(store: Store, poll: Poll) -> None:
    poll(Answer("many", Decimal("1E+28")), Answer("nan", Decimal("NaN")))
    assert [answer[3] for answer in answers(store)] == [None, None]
    (rejected,) = store.polls.rejected("acme")
    assert (rejected.table, rejected.examples[0].reason) == (
        "answers",
        'value: "1E+28" has more than 28 digits before the point',
    )
    poll(Answer("many", Decimal(5)), at=LATER)
    assert store.polls.rejected("acme") == []


def test_answers_do_not_depend_on_order_or_repetition(store: Store, poll: Poll) -> None:
    items = [Answer("m", Decimal(1)), Answer("m", Decimal(2)), Answer("m", None)]
    poll(*items)
    poll(*reversed(items), *items)
    assert answers(store) == [("m", "{}", NOON, Decimal(2))]
