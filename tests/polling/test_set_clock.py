"""Clocks that are set: polls go on at their intervals, and no age is younger than the truth."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from exporter.calendar.clock import TOLERANCE, Clock, utc_now
from exporter.calendar.schedule import Every, OnCron, Schedule, overdue_after, replan
from exporter.polling.dates import Dates
from exporter.polling.poller import Poller
from exporter.polling.source_poller import SourcePoller
from exporter.records.batch import Answer, Item, SourceFailed
from exporter.records.store import Store
from exporter.sources.interface import Context
from tests.polling.feeds import Scripted, feed, gives
from tests.support.clocks import NOON, Hands
from tests.support.examples import examples

HOUR, YEAR = 3600.0, 365 * 86400.0
LOOK = 1.0
BY = st.one_of(st.sampled_from([HOUR, -HOUR, YEAR, -YEAR, 90.0, -90.0, 1.5, -1.5]), st.floats(-2 * YEAR, 2 * YEAR))
MILLISECONDS = st.floats(-0.005, 0.005)


@examples(60)
@given(
    interval=st.sampled_from([1.0, 7.3, 60.0, 300.0]),
    offset=st.floats(0, 1),
    steps=st.dictionaries(st.integers(0, 400), BY, max_size=6),
    slews=st.dictionaries(st.integers(0, 400), MILLISECONDS, max_size=6),
)
@example(interval=1.0, offset=0.0, steps={20: HOUR, 40: -HOUR}, slews={})
@example(interval=300.0, offset=0.3, steps={20: -YEAR, 40: YEAR}, slews={})
@example(interval=1.0, offset=0.0, steps={0: -TOLERANCE}, slews={})
def test_whatever_it_is_set_to_polls_come_within_two_intervals(
    interval: float, offset: float, steps: Mapping[int, float], slews: Mapping[int, float]
) -> None:
    """As the poller goes about it: it runs what is due by the time of day, and looks whether that was set."""
    hands, schedule = Hands(), Every(interval, offset * interval)
    looked, planned = hands.clock.mark(), schedule.after(hands.clock())
    polled = [hands.clock.mark()]
    pause = interval / 16
    for turn in range(600):
        hands.wait(pause)
        hands.set(steps.get(turn, 0.0) + slews.get(turn, 0.0))
        if hands.clock() >= planned:
            polled.append(hands.clock.mark())
            planned = schedule.get_next_fire_time(planned, hands.clock())
        if hands.clock.shift(looked):
            planned = replan(schedule, planned, hands.clock(), hands.clock.passed(polled[-1]))
        looked = hands.clock.mark()
    gaps = [later.seconds - before.seconds for before, later in pairwise(polled)]
    unnoticed = sum(-step for step in steps.values() if -TOLERANCE <= step < 0)
    assert max(gaps) <= interval + unnoticed + 2 * pause
    if not steps:
        assert min(gaps[1:]) >= interval - 2 * pause  # slewing plans nothing anew


@pytest.mark.parametrize("by", [0.0, HOUR, -HOUR, YEAR, -YEAR])
@pytest.mark.parametrize("schedule", [Every(300, 0.3), OnCron("0 */6 * * *", ZoneInfo("Europe/Berlin"))])
def test_a_source_that_is_not_read_is_overdue_whatever_the_clock_is_set_to(
    store: Store, schedule: Schedule, by: float
) -> None:
    process = Process(store)
    process.poll(True)
    process.hands.set(by)
    process.dates.correct()
    wait = overdue_after(schedule, process.hands.clock(), 30)
    process.hands.wait(wait - 1)
    process.poll(False)
    assert not process.dates.overdue(schedule, 30)
    process.hands.wait(2)
    assert process.dates.overdue(schedule, 30)
    process.poll(True)
    assert not process.dates.overdue(schedule, 30)


def test_a_source_that_was_never_read_is_overdue_by_its_schedule(store: Store) -> None:
    hands = Hands()
    inputs = feed(gives("a"), every="1m", timeout="10s")
    poller = Poller(store, [inputs], hands.clock, lambda company, source: None)
    hands.wait(60 + 10)
    assert not poller.stats()[inputs.key].overdue
    hands.wait(60 + 1)
    assert poller.stats()[inputs.key].overdue
    poller.stop()


@dataclass
class Process:
    """One source in a store, polled by processes one after the other, under a clock that is set at any time."""

    store: Store
    hands: Hands = field(default_factory=Hands)
    read: datetime | None = None
    writes: int = 0

    def __post_init__(self) -> None:
        self.works = True
        self.start()

    def start(self) -> None:
        self.dates = Dates(self.store, ("acme", "crm"), self.hands.clock, self.store.polls.state("acme").get("crm"))
        source = Scripted(self._poll)
        self.source_poller = SourcePoller(
            feed(source), self.store, self.hands.clock, lambda company, name: None, dates=self.dates
        )

    def _poll(self, context: Context) -> Iterator[Item]:
        if not self.works:
            raise SourceFailed("gone")
        yield Answer("size", None)

    def poll(self, works: bool) -> None:
        self.works, began = works, self.hands.truth
        self.source_poller.run()
        self.read = began if works else self.read

    def check(self) -> None:
        """Check that the age by the clock is at least the true one, and just that for a poll of this process."""
        self.dates.correct()
        success = self.store.polls.state("acme")["crm"].last_success if self.store.polls.state("acme") else None
        if success is None or self.read is None:
            return
        age, truth = self.hands.clock() - success, self.hands.truth - self.read
        assert age >= truth - timedelta(seconds=1)


ACTIONS = st.one_of(
    st.tuples(st.just("wait"), st.floats(0, 5000)),
    st.tuples(st.just("set"), BY),
    st.tuples(st.just("slew"), MILLISECONDS),
    st.tuples(st.just("poll"), st.booleans()),
    st.tuples(st.just("restart"), st.just(0.0)),
)


@examples(15, shared_fixtures=True)
@given(actions=st.lists(ACTIONS, max_size=15))
@example(actions=[("set", HOUR), ("poll", True), ("wait", 5.0), ("set", -HOUR)])
@example(actions=[("poll", True), ("wait", 3 * HOUR), ("set", -HOUR), ("set", HOUR)])
@example(actions=[("poll", True), ("wait", 3 * HOUR), ("restart", 0.0), ("set", -HOUR), ("poll", False)])
@example(actions=[("set", HOUR), ("poll", True), ("set", -HOUR), ("restart", 0.0)])
def test_no_age_is_younger_than_the_truth(
    actions: list[tuple[str, float]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    store = Store(tmp_path_factory.mktemp("ages") / "records.duckdb")
    process = Process(store)
    for action, amount in actions:
        match action:
            case "wait":
                process.hands.wait(amount)
            case "set" | "slew":
                process.hands.set(amount)
            case "poll":
                process.poll(bool(amount))
            case "restart":
                process.start()
        process.check()
    store.close()


def test_a_clock_that_was_wrong_at_the_start_makes_nothing_younger_once_it_is_right(store: Store) -> None:
    process = Process(store)
    process.poll(True)
    process.hands.set(-1800)  # while nothing runs
    process.hands.wait(HOUR)
    process.start()
    process.hands.set(1800)
    process.check()
    assert store.polls.state("acme")["crm"].last_success == NOON


def test_an_answer_moves_with_the_poll_that_brought_it(store: Store) -> None:
    hands = Hands()

    def behaviour(context: Context) -> Iterator[Item]:
        yield Answer("size", None)

    source_poller = SourcePoller(feed(Scripted(behaviour)), store, hands.clock, lambda company, name: None)
    hands.set(HOUR)
    source_poller.run()
    hands.wait(5)
    hands.set(-HOUR)
    source_poller.dates.correct()
    with store.reading("acme", "UTC") as cursor:
        assert cursor.execute("SELECT asked_at FROM answers").fetchall() == [(NOON,)]
    assert store.polls.state("acme")["crm"].last_success == store.polls.state("acme")["crm"].last_attempt == NOON


def test_a_poll_during_which_the_clock_is_set_has_its_true_date(store: Store) -> None:
    hands = Hands()
    for works in (True, False):

        def behaviour(context: Context, works: bool = works) -> Iterator[Item]:
            hands.wait(5)
            hands.set(HOUR)
            if not works:
                raise SourceFailed("gone")
            yield Answer("size", None)

        SourcePoller(feed(Scripted(behaviour)), store, hands.clock, lambda company, name: None).run()
        assert hands.clock() - store.polls.state("acme")["crm"].last_attempt == timedelta(seconds=5)


@pytest.mark.parametrize("read", [True, False])
def test_a_poll_that_was_stored_as_the_clock_was_set_has_its_true_date_as_soon_as_it_is_noted(
    store: Store, read: bool
) -> None:
    process = Process(store)
    began, date = process.hands.clock.mark(), process.hands.clock()
    process.poll(read)
    changes = store.polls.changes("acme")
    process.hands.set(-HOUR)
    process.dates.note(began, date, read)
    state = store.polls.state("acme")["crm"]
    assert state.last_attempt == date - timedelta(seconds=HOUR)
    assert state.last_success == (state.last_attempt if read else None)
    assert store.polls.changes("acme") > changes  # so that it is evaluated at once


def test_slewing_writes_nothing(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    process = Process(store)
    process.poll(True)
    monkeypatch.setattr(store.polls, "redate", None)
    for _ in range(150):
        process.hands.wait(1)
        process.hands.set(-0.005)
        process.check()


def test_a_success_that_is_yet_to_come_is_none_until_the_clock_says_otherwise(store: Store) -> None:
    first = Process(store)
    first.hands.set(HOUR)
    first.poll(True)
    ahead = first.hands.clock()
    again = Process(store)
    state = store.polls.state("acme")["crm"]
    assert (state.last_success, state.up) == (None, False)
    assert state.error == "its last success is of 2026-03-02 13:00 UTC, which is yet to come: a clock is or was wrong"
    again.hands.set(HOUR + 60)
    again.dates.correct()
    assert store.polls.state("acme")["crm"].last_success == ahead
    assert store.polls.state("acme")["crm"].up


@pytest.mark.parametrize(("hours", "at_once"), [(1, True), (-1, False)])
def test_what_was_read_at_a_time_that_is_yet_to_come_is_polled_at_the_start(
    store: Store, hours: int, at_once: bool
) -> None:
    def then() -> datetime:
        return utc_now() + timedelta(hours=hours)

    yearly = feed(gives("a"), every=None, cron=f"0 0 {utc_now() + timedelta(days=40):%d %m} *")
    SourcePoller(yearly, store, then, lambda company, name: None).run()
    poller = Poller(store, [yearly], Clock(), lambda company, source: None)
    planned = poller.stats()[yearly.key].next_run
    poller.stop()
    assert planned is not None
    assert (planned < utc_now() + timedelta(days=1)) == at_once
