"""A first run that goes on over several polls: whole slices stay, with the position, and nobody takes it for read."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from queue import Queue

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exporter.polling.poller import Poller
from exporter.polling.source_poller import SourcePoller
from exporter.records.batch import Item, Records, SourceFailed, Unfinished
from exporter.records.store import Store
from exporter.sources.interface import Context
from tests.polling.feeds import PATIENCE, Scripted, feed
from tests.support.clocks import Hands
from tests.support.examples import examples
from tests.support.stores import new_store

SLICES = 10


def lead_ids(store: Store) -> list[str]:
    with store.reading("acme", "UTC") as cursor:
        return [row[0] for row in cursor.execute("SELECT lead_id FROM leads ORDER BY lead_id").fetchall()]


def some_leads(*ids: str) -> Records:
    return Records("leads", iter([{"lead_id": key, "created_at": "2026-01-01"} for key in ids]), snapshot=False)


class Backlog:
    """A source with ten leads behind it, a slice each; `hands` pass by `seconds`, and it may fail within a slice."""

    def __init__(self, hands: Hands | None = None, seconds: float = 0.0) -> None:
        self.hands = hands
        self.seconds = seconds
        self.fails_in: int | None = None

    def __call__(self, context: Context) -> Iterator[Item]:
        for number in range(int(context.cursor.get("next", "0")), SLICES):
            if self.hands is not None:
                self.hands.wait(self.seconds)
            yield some_leads(f"l{number}")
            context.cursor["next"] = str(number + 1)
            if number == self.fails_in:
                self.fails_in = None
                raise SourceFailed("the line went dead")
            yield Unfinished((number + 1) / SLICES, f"leads until {number + 1}")


def poller_of(store: Store, backlog: Backlog, hands: Hands) -> SourcePoller:
    return SourcePoller(feed(Scripted(backlog), timeout="30s"), store, hands.clock, lambda company, source: None)


def test_it_stops_where_no_other_slice_fits_and_goes_on_there(store: Store, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    hands = Hands()
    runs = poller_of(store, Backlog(hands, seconds=6.0), hands)
    runs.run()
    state = store.polls.state("acme")["crm"]
    assert lead_ids(store) == ["l0", "l1", "l2"]  # the fourth might take 12 s, and 12 are left
    assert (state.last_success, state.error) == (None, None)
    assert state.unfinished == Unfinished(0.3, "leads until 3")
    assert "acme/crm: the first run goes on: 30%, leads until 3" in caplog.text
    for _ in range(3):
        runs.run()
    state = store.polls.state("acme")["crm"]
    assert len(lead_ids(store)) == SLICES
    assert (state.last_success, state.unfinished) == (hands.truth - hands.truth.resolution * 6_000_000, None)
    assert (runs.stats.polls, runs.stats.failures) == (4, 0)


def test_what_fails_within_a_slice_costs_that_slice_alone(store: Store) -> None:
    hands = Hands()
    backlog = Backlog()
    backlog.fails_in = 4
    runs = poller_of(store, backlog, hands)
    runs.run()
    state = store.polls.state("acme")["crm"]
    assert lead_ids(store) == ["l0", "l1", "l2", "l3"]
    assert (dict(state.cursor), state.error) == ({"next": "4"}, "the line went dead")
    assert state.unfinished == Unfinished(0.4, "leads until 4")
    runs.run()
    state = store.polls.state("acme")["crm"]
    assert len(lead_ids(store)) == SLICES
    assert (state.error, state.unfinished) == (None, None)


@examples(10)
@given(st.lists(st.integers(0, SLICES - 1), max_size=6), st.sampled_from([0.0, 3.0, 9.0, 20.0]))
def test_however_often_it_fails_the_rows_are_those_of_one_run(
    tmp_path_factory: pytest.TempPathFactory, failures: list[int], seconds: float
) -> None:
    store = new_store(tmp_path_factory.mktemp("store") / "records.duckdb")
    hands = Hands()
    backlog = Backlog(hands, seconds)
    runs = poller_of(store, backlog, hands)
    while (state := store.polls.state("acme").get("crm")) is None or state.last_success is None:
        backlog.fails_in = failures.pop() if failures else None
        runs.run()
    assert lead_ids(store) == [f"l{number}" for number in range(SLICES)]
    store.close()


def test_a_first_run_that_makes_progress_is_not_overdue(store: Store) -> None:
    hands = Hands()
    source = feed(Scripted(Backlog(hands, seconds=20.0)), timeout="30s", every="10s")
    poller = Poller(store, [source], hands.clock, lambda company, name: None)
    runs = poller._pollers["acme", "crm"]
    for _ in range(5):
        runs.run()
        assert not poller.stats()["acme", "crm"].overdue
    hands.wait(60)
    assert poller.stats()["acme", "crm"].overdue


def test_the_next_poll_of_a_first_run_does_not_wait_for_its_schedule(store: Store) -> None:
    polled: Queue[str] = Queue()
    hands = Hands()
    source = feed(Scripted(Backlog(hands, seconds=11.0)), timeout="30s", every="1h")
    poller = Poller(store, [source], hands.clock, lambda company, name: polled.put(name))
    poller.start()
    try:
        while len(lead_ids(store)) < SLICES:
            polled.get(timeout=PATIENCE)
    finally:
        poller.stop()
