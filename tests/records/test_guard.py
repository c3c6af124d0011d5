"""Which polls are believed: both sides of each limit, what is kept of one that is not, and how it is accepted."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import count
from pathlib import Path

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exporter.records.batch import Limits, Records, Row, SourceFailed, Unchanged
from exporter.records.guard import FEW
from exporter.records.state import Held
from exporter.records.store import Store
from exporter.records.store_file import StoreRefused
from exporter.records.tables import TABLES
from tests.support.polls import NOON, Poll, column, deal, part, poll_into, whole
from tests.support.stores import new_store

LATER = NOON + timedelta(hours=1)
LATEST = NOON + timedelta(hours=2)
STRICT = Limits()
SHARES = st.sampled_from([Decimal(each) for each in ("0", "0.5", "1", "10", "20", "50", "99.9", "100")])

sources = (f"source {number}" for number in count())
"""A source for each example of a property, so that all can use one store."""


def deals(numbers: Iterable[int], bad: Iterable[int] = ()) -> list[Row]:
    return [deal(f"{number:05}") for number in numbers] + [deal(f"{number:05}", amount="x") for number in bad]


def held(store: Store) -> list[tuple[str, int, int, int]]:
    return [(each.table, each.present, each.missing, each.delivered) for each in store.polls.held("acme")]


def count_of(store: Store, source: str, table: str = "deals") -> int:
    return store.polls.fillers("acme")[table][source]


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterable[Store]:
    store = new_store(tmp_path_factory.mktemp("guard") / "records.duckdb")
    yield store
    store.close()


@pytest.mark.parametrize(("gone", "held"), [(FEW - 1, []), (FEW, ["deals"])])
def test_a_small_table_may_lose_a_few_rows_and_no_more(store: Store, poll: Poll, gone: int, held: list[str]) -> None:
    poll(whole("deals", *deals(range(10)), limits=Limits()))
    assert list(poll(whole("deals", *deals(range(gone, 10)), limits=Limits()), at=LATER).held) == held


@pytest.mark.slow
@settings(max_examples=60, deadline=None)
@given(present=st.integers(0, 60), gone=st.integers(0, 60), new=st.integers(0, 3), may_shrink=st.none() | SHARES)
def test_a_snapshot_is_held_back_from_a_share_and_a_number_on(
    shared: Store, present: int, gone: int, new: int, may_shrink: Decimal | None
) -> None:
    gone = min(gone, present)
    source, limits = next(sources), Limits(may_shrink=may_shrink)
    poll = poll_into(shared)
    poll(whole("deals", *deals(range(present)), limits=limits), source=source)
    after = deals([*range(gone, present), *range(1000, 1000 + new)])
    applied = poll(whole("deals", *after, limits=limits), source=source, at=LATER)
    too_many = gone * 100 > (Decimal(20) if may_shrink is None else may_shrink) * present
    expected = too_many and (gone >= FEW or not after)
    assert (list(applied.held) == ["deals"]) == expected
    assert count_of(shared, source) == (present if expected else len(after))


@pytest.mark.slow
@settings(max_examples=60, deadline=None)
@given(
    good=st.integers(0, 120),
    bad=st.integers(0, 12),
    before=st.integers(0, 120),
    snapshot=st.booleans(),
    may_reject=st.none() | SHARES,
)
def test_a_poll_fails_from_a_share_of_bad_rows_on(
    shared: Store, good: int, bad: int, before: int, snapshot: bool, may_reject: Decimal | None
) -> None:
    source, poll = next(sources), poll_into(shared)
    poll(part("deals", *deals(range(1000, 1000 + before)), limits=STRICT), source=source)
    rows = deals(range(good), bad=range(2000, 2000 + bad))
    limits = Limits(may_shrink=Decimal(100), may_reject=may_reject)
    every = good + bad + (0 if snapshot else before)
    allowed = bad * 100 <= (Decimal(1) if may_reject is None else may_reject) * every
    all_bad = bad > 0 and not good and (snapshot or bad >= FEW)
    applied, message = None, ""
    try:
        applied = poll(Records("deals", iter(rows), snapshot, limits), source=source, at=LATER)
    except SourceFailed as failure:
        message = str(failure)
    assert (applied is not None) == (allowed and not all_bad)
    assert applied or (message.startswith("table deals: ") and "the first, 02000: amount: " in message)
    assert count_of(shared, source) == ((good if snapshot else good + before) if applied else before)


def test_five_of_ten_rows_that_are_bad_fail_the_poll_and_say_how_many_and_why(store: Store, poll: Poll) -> None:
    poll(whole("deals", *deals(range(10)), limits=STRICT))
    before = column(store, "deals", "deal_id"), store.polls.state("acme")["crm"].last_success
    with pytest.raises(SourceFailed) as failure:
        poll(whole("deals", *deals(range(5), bad=range(5, 10)), limits=STRICT), at=LATER)
    assert str(failure.value).startswith(
        "table deals: 5 of 10 rows are bad, more than the 1% of `may_reject`; the first, 00005: amount: "
    )
    assert (column(store, "deals", "deal_id"), store.polls.state("acme")["crm"].last_success) == before
    assert store.polls.rejected("acme") == []


def test_a_hundredth_may_be_bad_and_a_row_more_may_not(store: Store, poll: Poll) -> None:
    poll(whole("deals", *deals(range(99), bad=[99]), limits=STRICT))
    assert [each.count for each in store.polls.rejected("acme")] == [1]
    with pytest.raises(SourceFailed, match="2 of 100 rows are bad"):
        poll(whole("deals", *deals(range(98), bad=[98, 99]), limits=STRICT))


@pytest.mark.parametrize("bad", [1, 2, 50])
def test_rows_that_are_all_bad_fail_the_poll_whatever_may_be_rejected(store: Store, poll: Poll, bad: int) -> None:
    poll(whole("deals", *deals(range(50))))
    limits = Limits(Decimal(100), Decimal(100))
    with pytest.raises(SourceFailed, match="its only row is bad" if bad == 1 else f"all {bad} rows are bad"):
        poll(whole("deals", *deals([], bad=range(bad)), limits=limits), at=LATER)
    assert len(column(store, "deals", "deal_id")) == 50


def test_all_tables_with_bad_rows_are_told_together(poll: Poll) -> None:
    with pytest.raises(SourceFailed) as failure:
        poll(whole("deals", *deals([], bad=[1])), whole("leads", {"lead_id": "l"}, {"created_at": "2026-01-01"}))
    assert str(failure.value).startswith("table deals: its only row is bad; the first, 00001: amount: ")
    assert "; table leads: all 2 rows are bad; the first, l: created_at is missing" in str(failure.value)


def test_of_a_part_the_share_is_that_of_the_table(store: Store, poll: Poll) -> None:
    poll(whole("deals", *deals(range(200)), limits=STRICT))
    poll(part("deals", *deals([], bad=[300]), limits=STRICT), at=LATER)
    poll(part("deals", *deals([], bad=[300, 301]), limits=STRICT), at=LATER)
    assert [each.count for each in store.polls.rejected("acme")] == [2]
    with pytest.raises(SourceFailed, match="3 of 203 rows are bad, more than the 1%"):
        poll(part("deals", *deals([], bad=[302]), limits=STRICT), at=LATEST)
    poll(part("deals", *deals([300]), limits=STRICT), at=LATEST)
    assert [each.count for each in store.polls.rejected("acme")] == [1]
    with pytest.raises(SourceFailed, match="all 5 rows are bad"):
        poll(part("deals", *deals([], bad=range(400, 405)), limits=Limits(may_reject=Decimal(100))), at=LATEST)


def test_a_part_of_which_all_may_be_bad_never_fails_the_poll(store: Store, poll: Poll) -> None:
    limits = Limits(may_reject=Decimal(100), may_reject_all=True)
    poll(part("deals", *deals([], bad=range(9)), limits=limits))
    assert [each.count for each in store.polls.rejected("acme")] == [9]


def test_a_held_table_stays_as_it_is_and_the_others_go_on(store: Store, poll: Poll) -> None:
    lead = {"lead_id": "l", "created_at": "2026-01-01"}
    poll(whole("deals", *deals(range(50))), whole("leads", lead), cursor={"deals": "1", "leads": "1"})
    applied = poll(
        whole("deals", *deals(range(5), bad=[]), limits=STRICT),
        whole("leads", lead, lead | {"lead_id": "m"}, limits=STRICT),
        at=LATER,
        cursor={"deals": "2", "leads": "2"},
    )
    assert (list(applied.held), list(applied.tables)) == (["deals"], ["leads"])
    assert store.polls.fillers("acme") == {"deals": {"crm": 50}, "leads": {"crm": 2}}
    state = store.polls.state("acme")["crm"]
    assert (state.up, state.last_success, state.cursor) == (True, LATER, {"deals": "1", "leads": "2"})
    (held_table,) = store.polls.held("acme")
    assert held_table == Held("crm", "deals", 50, 45, 5, as_of=NOON, since=LATER, accepted=False)
    poll(whole("deals", *deals(range(4)), limits=STRICT), at=LATEST)
    (held_table,) = store.polls.held("acme")
    assert held_table == Held("crm", "deals", 50, 46, 4, as_of=NOON, since=LATER, accepted=False)


def test_what_was_set_aside_stays_with_a_table_that_is_held(store: Store, poll: Poll) -> None:
    poll(whole("deals", *deals(range(200), bad=[200]), limits=STRICT))
    poll(whole("deals", *deals(range(5)), limits=STRICT), at=LATER)
    assert [each.count for each in store.polls.rejected("acme")] == [1]


@pytest.mark.parametrize("given_again", [40, 50])
def test_a_poll_that_gives_enough_again_is_taken(store: Store, poll: Poll, given_again: int) -> None:
    poll(whole("deals", *deals(range(50)), limits=STRICT))
    poll(whole("deals", limits=STRICT), at=LATER)
    assert held(store) == [("deals", 50, 50, 0)]
    poll(whole("deals", *deals(range(given_again)), limits=STRICT), at=LATEST, cursor={"deals": "3"})
    assert (held(store), count_of(store, "crm")) == ([], given_again)
    assert store.polls.state("acme")["crm"].cursor == {"deals": "3"}


def test_a_source_that_says_it_is_as_it_was_when_taken_is_believed(store: Store, poll: Poll) -> None:
    poll(whole("deals", *deals(range(50)), limits=STRICT), cursor={"deals": "1"})
    poll(whole("deals", *deals(range(5)), limits=STRICT), at=LATER, cursor={"deals": "2"})
    poll(Unchanged("deals"), at=LATEST, cursor=store.polls.state("acme")["crm"].cursor)
    assert (held(store), count_of(store, "crm")) == ([], 50)


@pytest.mark.parametrize("present", [1, 2, 50])
def test_a_table_that_becomes_empty_is_held_back_however_small(store: Store, poll: Poll, present: int) -> None:
    poll(whole("deals", *deals(range(present)), limits=STRICT))
    poll(whole("deals", limits=STRICT), at=LATER)
    assert held(store) == [("deals", present, present, 0)]
    poll(whole("deals", limits=Limits(may_shrink=Decimal(100))), at=LATEST)
    assert (held(store), count_of(store, "crm")) == ([], 0)


def test_a_first_poll_is_never_held_back(store: Store, poll: Poll) -> None:
    poll(whole("deals", limits=STRICT))
    poll(whole("deals", *deals(range(100)), limits=STRICT), source="other")
    poll(whole("deals", *deals([1]), limits=STRICT), at=LATER)
    assert (held(store), store.polls.fillers("acme")) == ([], {"deals": {"crm": 1, "other": 100}})


def test_other_rows_in_the_place_of_those_that_were_there_are_a_loss(store: Store, poll: Poll) -> None:
    poll(whole("deals", *deals(range(50)), limits=STRICT))
    poll(whole("deals", *deals(range(100, 150)), limits=STRICT), at=LATER)
    assert held(store) == [("deals", 50, 50, 50)]


def samples(at: datetime, servers: int) -> list[Row]:
    return [{"server_id": f"s{number}", "sampled_at": at, "messages": 1} for number in range(servers)]


def test_of_samples_only_the_number_tells(store: Store, poll: Poll) -> None:
    poll(whole("queue_samples", *samples(NOON, 20), limits=STRICT))
    poll(whole("queue_samples", *samples(LATER, 10), limits=STRICT), at=LATER)
    assert (held(store), count_of(store, "crm", "queue_samples")) == ([], 10)
    poll(whole("queue_samples", *samples(LATEST, 4), limits=STRICT), at=LATEST)
    assert held(store) == [("queue_samples", 10, 6, 4)]


def test_a_bad_row_is_a_missing_one(store: Store, poll: Poll) -> None:
    limits = Limits(may_reject=Decimal(100))
    poll(whole("deals", *deals(range(50)), limits=limits))
    poll(whole("deals", *deals(range(40), bad=range(40, 50)), limits=limits), at=LATER)
    assert held(store) == []
    poll(whole("deals", *deals(range(31), bad=range(31, 50)), limits=limits), at=LATEST)
    assert held(store) == [("deals", 40, 9, 31)]


def test_a_part_takes_nothing_away(store: Store, poll: Poll) -> None:
    poll(whole("deals", *deals(range(50)), limits=STRICT))
    poll(part("deals", limits=STRICT), part("leads", limits=STRICT), at=LATER)
    assert (held(store), count_of(store, "crm")) == ([], 50)


def test_what_is_accepted_is_the_loss_that_was_told(store: Store, poll: Poll) -> None:
    poll(whole("deals", *deals(range(50)), limits=STRICT), cursor={"deals": "1"})
    poll(whole("deals", *deals(range(10)), limits=STRICT), at=LATER, cursor={"deals": "2"})
    (accepted,) = store.polls.accept("acme", "crm")
    assert (accepted.missing, accepted.accepted_text) == (40, "deals of crm: the next poll may take away 40 of 50 rows")
    assert store.polls.held("acme")[0].accepted
    poll(whole("deals", *deals(range(9)), limits=STRICT), at=LATER, cursor={"deals": "2"})
    assert (held(store), store.polls.held("acme")[0].accepted) == ([("deals", 50, 41, 9)], False)
    store.polls.accept("acme", "crm", "deals")
    poll(whole("deals", *deals(range(9)), limits=STRICT), at=LATEST, cursor={"deals": "2"})
    assert (held(store), count_of(store, "crm")) == ([], 9)
    assert store.polls.state("acme")["crm"].cursor == {"deals": "2"}
    poll(whole("deals", limits=STRICT), at=LATEST)
    assert held(store) == [("deals", 9, 9, 0)]  # it was accepted once, not for ever


def test_one_of_several_tables_is_accepted_by_name(store: Store, poll: Poll) -> None:
    leads = [{"lead_id": f"{number}", "created_at": "2026-01-01"} for number in range(9)]
    for _ in range(2):
        for name in ("crm", "other"):
            poll(whole("deals", *deals(range(9)), limits=STRICT), whole("leads", *leads, limits=STRICT), source=name)
            poll(whole("deals", limits=STRICT), whole("leads", limits=STRICT), source=name, at=LATER)
    store.polls.accept("acme", "crm", "leads")
    accepted = {(each.source, each.table) for each in store.polls.held("acme") if each.accepted}
    assert accepted == {("crm", "leads")}


@pytest.mark.parametrize(
    ("source", "table", "says"),
    [
        ("crm", "leads", "acme: crm leads is not held back; there is crm deals"),
        ("desk", None, "acme: no table of desk is held back; there is crm deals"),
    ],
)
def test_what_is_not_held_cannot_be_accepted(
    store: Store, poll: Poll, source: str, table: str | None, says: str
) -> None:
    poll(whole("deals", *deals(range(9)), limits=STRICT))
    poll(whole("deals", limits=STRICT), at=LATER)
    with pytest.raises(ValueError, match=f"^{says}$"):
        store.polls.accept("acme", source, table)


def test_what_is_held_outlives_a_restart(tmp_path: Path) -> None:
    store = Store(tmp_path / "records.duckdb")
    poll_into(store)(whole("deals", *deals(range(50)), limits=STRICT))
    poll_into(store)(whole("deals", *deals(range(5)), limits=STRICT), at=LATER)
    before = store.polls.held("acme")
    store.close()
    again = Store(tmp_path / "records.duckdb")
    assert (again.polls.held("acme"), count_of(again, "crm")) == (before, 50)
    again.polls.accept("acme", "crm")
    again.close()
    last = Store(tmp_path / "records.duckdb")
    poll_into(last)(whole("deals", *deals(range(5)), limits=STRICT), at=LATEST)
    assert (last.polls.held("acme"), count_of(last, "crm")) == ([], 5)
    last.close()


def test_a_store_from_before_gets_what_is_missing(tmp_path: Path) -> None:
    path = tmp_path / "records.duckdb"
    store = Store(path)
    poll_into(store)(whole("deals", *deals(range(50)), limits=STRICT))
    store.close()
    with duckdb.connect(path) as db:
        db.execute("DROP TABLE records.polls.held")
    with pytest.raises(StoreRefused, match="it is not up to date; start the exporter once"):
        Store(path, read_only=True)
    store = Store(path)
    poll_into(store)(whole("deals", *deals(range(5)), limits=STRICT), at=LATER)
    assert held(store) == [("deals", 50, 45, 5)]
    store.close()
    reader = Store(path, read_only=True)
    assert held(reader) == [("deals", 50, 45, 5)]
    reader.close()


def test_a_versioned_table_keeps_its_past_while_it_is_held(store: Store, poll: Poll) -> None:
    def item(number: int) -> Row:
        row = {"item_id": f"{number:02}", "subscription_id": "s", "customer_id": "c", "unit_amount": 5}
        return row | {"currency": "EUR", "starts_at": "2026-01-01"}

    poll(whole("subscription_items", *map(item, range(50)), limits=STRICT))
    poll(whole("subscription_items", *map(item, range(5)), limits=STRICT), at=LATER)
    assert held(store) == [("subscription_items", 50, 45, 5)]
    with store.reading("acme", "UTC", known_at=LATEST) as cursor:
        assert cursor.execute("SELECT count(*) FROM subscription_items").fetchone() == (50,)
    store.polls.accept("acme", "crm")
    poll(whole("subscription_items", *map(item, range(5)), limits=STRICT), at=LATEST)
    with store.reading("acme", "UTC", known_at=LATER) as cursor:
        assert cursor.execute("SELECT count(*) FROM subscription_items").fetchone() == (50,)


def test_tables_of_what_happened_may_lose_less_than_lists_of_what_there_is() -> None:
    history = {"subscription_items", "payments", "deals", "incidents", "tickets", "ledger_entries", "assets"}
    assert {TABLES[name].may_shrink for name in history} == {20}
    assert {TABLES[name].may_shrink for name in ("customers", "stores", "domains", "headcount")} == {50}


@pytest.mark.parametrize(
    ("count", "text"),
    [
        (5, "deals of crm is held back as of 2026-03-02 12:00:00 UTC, since 45 of 50 rows are missing from what the "
         "source gives now (5 rows)"),
        (0, "deals of crm is held back as of 2026-03-02 12:00:00 UTC, since all 50 rows are missing from what the "
         "source gives now (0 rows)"),
    ],
)  # fmt: skip
def test_what_people_read(store: Store, poll: Poll, count: int, text: str) -> None:
    poll(whole("deals", *deals(range(50)), limits=STRICT))
    poll(whole("deals", *deals(range(count)), limits=STRICT), at=LATER)
    assert store.polls.held("acme")[0].text == text
    store.polls.accept("acme", "crm")
    assert store.polls.held("acme")[0].text == f"{text}; that is accepted, and the next poll takes it in"


def test_the_age_of_what_is_held_moves_with_the_clock_and_only_once(store: Store, poll: Poll) -> None:
    poll(whole("deals", *deals(range(50)), limits=STRICT))
    poll(whole("deals", *deals(range(5)), limits=STRICT), at=LATER)
    by = timedelta(hours=1)
    for _ in range(2):
        store.polls.redate("acme", "crm", was=LATER, at=LATER + by)
    (held_table,) = store.polls.held("acme")
    assert (held_table.as_of, held_table.since) == (NOON + by, LATER + by)
    assert held_table.moved(-by).as_of == NOON
