"""Polls under way: what is kept, dropped, skipped, counted and told."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from queue import Queue
from threading import Event

import pytest
from pydantic import SecretStr

from exporter.polling.poll import HANGS_AFTER
from exporter.polling.polled_source import PolledSource
from exporter.polling.poller import Poller
from exporter.polling.source_poller import MOST_HUNG, SourcePoller
from exporter.records.batch import Item, Records, Row, SourceFailed
from exporter.records.store import Store
from exporter.sources.interface import Context
from exporter.strict_model import StrictModel
from tests.polling.feeds import PATIENCE, Scripted, ScriptedOptions, feed, gives, leads
from tests.servers.process import wait_until
from tests.support.clocks import NOON, Hands


def lead_ids(store: Store, company: str = "acme") -> list[str]:
    with store.reading(company, "UTC") as cursor:
        return [row[0] for row in cursor.execute("SELECT lead_id FROM leads ORDER BY lead_id").fetchall()]


def poller_of(store: Store, source: Scripted, at: datetime = NOON, **options: str) -> SourcePoller:
    return SourcePoller(feed(source, "crm", "acme", **options), store, lambda: at, lambda company, name: None)


def fails(error: Exception) -> Scripted:
    def behaviour(context: Context) -> Iterator[Item]:
        context.cursor["polls"] = "lost"
        yield leads("half")
        raise error

    return Scripted(behaviour)


def test_a_poll_is_kept_with_its_cursor_and_counted(store: Store) -> None:
    source = gives("a", "b")
    runs = poller_of(store, source, timezone="America/New_York")
    runs.run()
    runs.run()
    assert lead_ids(store) == ["a", "b"]
    assert dict(store.polls.state("acme")["crm"].cursor) == {"polls": "2"}
    assert (runs.stats.polls, runs.stats.failures, runs.stats.skipped) == (2, 0, 0)
    assert runs.stats.duration is not None
    assert (source.contexts[0].now, source.contexts[0].timezone) == (NOON, "America/New_York")


def test_what_a_source_says_of_its_failure_is_kept_and_nothing_of_its_poll(store: Store) -> None:
    poller_of(store, gives("a")).run()
    runs = poller_of(store, fails(SourceFailed("no answer from the shop")), at=NOON + timedelta(hours=1))
    runs.run()
    state = store.polls.state("acme")["crm"]
    assert (state.up, state.error) == (False, "no answer from the shop")
    assert (state.last_success, state.last_attempt) == (NOON, NOON + timedelta(hours=1))
    assert dict(state.cursor) == {"polls": "1"}
    assert lead_ids(store) == ["a"]
    assert (runs.stats.polls, runs.stats.failures) == (1, 1)


def test_a_source_that_goes_on_failing_is_logged_when_that_changes(
    store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    reasons = iter(["no answer"] * 5 + ["refused"] * 5)

    def behaviour(context: Context) -> Iterator[Item]:
        for reason in reasons:
            raise SourceFailed(reason)
        yield leads("a")

    runs = poller_of(store, Scripted(behaviour))
    for _ in range(12):
        runs.run()
    assert caplog.messages == ["acme/crm: no answer", "acme/crm: refused", "acme/crm: it is read again"]


def test_no_secret_of_an_unexpected_error_is_told(store: Store, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    poller_of(store, fails(ValueError("postgresql://me:hunter2@db/shop"))).run()
    assert store.polls.state("acme")["crm"].error == "the scripted source failed: ValueError"
    assert "ValueError at test_poller.py:" in caplog.text
    assert "hunter2" not in caplog.text


class _Credentials(StrictModel):
    tokens: tuple[SecretStr, ...]


class _SecretOptions(ScriptedOptions):
    """Options of a kind that holds secrets, and says nothing about them."""

    key: SecretStr
    others: Mapping[str, _Credentials] = {}
    url: SecretStr = SecretStr("https://reader:pa%24s@host/path?token=t0ken")


def test_a_kind_that_repeats_its_secrets_is_masked_whatever_it_says_of_them(
    store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    secrets = ("sk_live_1", "n3sted", "pa$s", "t0ken")
    others = {"a": _Credentials(tokens=(SecretStr("n3sted"),))}
    own = _SecretOptions(key=SecretStr("sk_live_1"), others=others)
    reported = fails(SourceFailed(f"the server says {' '.join(secrets)} is wrong at https://host/path"))
    SourcePoller(replace(feed(reported), options=own), store, lambda: NOON, lambda company, name: None).run()
    assert store.polls.state("acme")["crm"].error == "the server says *** *** *** *** is wrong at https://host/path"
    assert not any(secret in caplog.text for secret in secrets)


def test_an_error_before_the_first_item_is_a_failed_poll(store: Store) -> None:
    def behaviour(context: Context) -> Iterator[Item]:
        raise OSError

    runs = poller_of(store, Scripted(behaviour))
    runs.run()
    assert store.polls.state("acme")["crm"].error == "the scripted source failed: OSError"


def test_a_hung_source_times_out_and_stays_in_flight_until_it_ends(store: Store) -> None:
    released, ended = Event(), Event()

    def behaviour(context: Context) -> Iterator[Item]:
        released.wait(PATIENCE)
        yield leads("late")
        ended.set()  # not reached: rows are not read past the deadline

    source = Scripted(behaviour)
    runs = poller_of(store, source, timeout="50ms")
    runs.run()
    assert store.polls.state("acme")["crm"].error == "timed out after 0.05s"
    runs.run()
    runs.run()
    assert (runs.stats.polls, runs.stats.failures, runs.stats.skipped) == (1, 1, 2)
    assert len(source.contexts) == 1

    runs.retire()
    assert not source.closed.is_set()
    released.set()
    assert source.closed.wait(PATIENCE)  # by the thread, at its end
    assert not ended.is_set()
    assert lead_ids(store) == []
    assert store.polls.state("acme")["crm"].last_success is None


def test_after_a_hung_poll_ends_the_next_one_runs(store: Store) -> None:
    released = Event()
    turns: Queue[str] = Queue()

    def behaviour(context: Context) -> Iterator[Item]:
        turns.put("poll")
        if not released.is_set():
            released.wait(PATIENCE)
        yield leads("a")

    runs = poller_of(store, Scripted(behaviour), timeout="200ms")
    runs.run()
    released.set()
    while runs.stats.polls == 1:
        runs.run()
    assert lead_ids(store) == ["a"]
    assert store.polls.state("acme")["crm"].error is None


def test_a_poll_that_hangs_is_left_behind_and_the_source_recovers(
    store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    released, hands = Event(), Hands()
    hanging, built = [Scripted(_hangs_until(released)) for _ in range(MOST_HUNG + 1)], [gives("a")]
    rest = [*hanging, *built]
    source = replace(feed(rest.pop(0), timeout="50ms"), rebuild=lambda: rest.pop(0))
    runs = SourcePoller(source, store, hands.clock, lambda company, name: None)
    for hung in hanging:
        runs.run()
        assert store.polls.state("acme")["crm"].error == "timed out after 0.05s"
        runs.run()
        hands.wait(HANGS_AFTER + 1)
        assert not hung.closed.is_set()
    assert (runs.stats.polls, runs.stats.skipped) == (MOST_HUNG + 1, MOST_HUNG + 1)
    assert caplog.text.count("acme/crm: a poll hangs, and is left behind") == MOST_HUNG
    runs.run()
    assert runs.stats.skipped == MOST_HUNG + 2, "no more threads than that"
    released.set()
    assert all(hung.closed.wait(PATIENCE) for hung in hanging[:-1])

    def a_poll_is_stored() -> bool:
        runs.run()  # on a busy machine the next ones may take longer than they may
        return lead_ids(store) != []

    wait_until(a_poll_is_stored, "the last source to end its poll, or to be left behind for the next")
    assert lead_ids(store) in (["late"], ["a"])


def test_a_left_poll_stores_nothing_and_the_next_one_does(store: Store) -> None:
    released, hands = Event(), Hands()
    hung = Scripted(_hangs_until(released))
    source = replace(feed(hung, timeout="50ms"), rebuild=lambda: gives("a"))
    runs = SourcePoller(source, store, hands.clock, lambda company, name: None)
    runs.run()
    hands.wait(HANGS_AFTER + 1)
    runs.run()
    assert (lead_ids(store), store.polls.state("acme")["crm"].up) == (["a"], True)
    released.set()
    assert hung.closed.wait(PATIENCE)
    assert (lead_ids(store), store.polls.state("acme")["crm"].up) == (["a"], True)
    runs.run()
    assert (runs.stats.polls, runs.stats.failures, runs.stats.skipped) == (3, 1, 0)


def _hangs_until(released: Event) -> Callable[[Context], Iterator[Item]]:
    def behaviour(context: Context) -> Iterator[Item]:
        released.wait(PATIENCE)
        yield leads("late")

    return behaviour


def test_rows_that_never_end_stop_at_the_deadline(store: Store) -> None:
    def endless() -> Iterator[Row]:
        while True:
            yield {"lead_id": "a", "created_at": "2026-01-01"}

    def behaviour(context: Context) -> Iterator[Item]:
        yield Records("leads", endless(), snapshot=True)

    source = Scripted(behaviour)
    runs = poller_of(store, source, timeout="50ms")
    runs.run()
    runs.retire()
    assert source.closed.wait(PATIENCE)
    assert store.polls.state("acme")["crm"].error == "timed out after 0.05s"
    assert lead_ids(store) == []


def test_a_broken_callback_is_logged_and_stops_nothing(store: Store, caplog: pytest.LogCaptureFixture) -> None:
    def broken(company: str, source: str) -> None:
        raise RuntimeError(f"{company} {source}")

    runs = SourcePoller(feed(gives("a")), store, lambda: NOON, broken)
    runs.run()
    runs.run()
    assert runs.stats.polls == 2
    assert "acme/crm: what follows a poll failed" in caplog.text


@contextmanager
def polling(store: Store, *feeds: PolledSource) -> Iterator[tuple[Poller, Callable[[], tuple[str, str]]]]:
    """Yield a poller that runs in real time, and what waits for its next poll to be over."""
    polled: Queue[tuple[str, str]] = Queue()
    poller = Poller(store, feeds, lambda: datetime.now(UTC), lambda company, source: polled.put((company, source)))
    poller.start()
    try:
        yield poller, lambda: polled.get(timeout=PATIENCE)
    finally:
        poller.stop()


def test_what_was_never_polled_is_polled_at_the_start_and_the_next_run_is_known(store: Store) -> None:
    before = datetime.now(UTC)
    with polling(store, feed(gives("a")), feed(gives("b"), company="other", cron="0 6 * * *")) as (poller, polled):
        assert {polled(), polled()} == {("acme", "crm"), ("other", "crm")}
        stats = poller.stats()
    assert lead_ids(store) == ["a"]
    assert lead_ids(store, "other") == ["b"]
    next_run = stats["acme", "crm"].next_run
    assert next_run is not None
    assert before < next_run < before + timedelta(days=1, seconds=60)


def test_an_interval_is_polled_again_and_again(store: Store) -> None:
    with polling(store, feed(gives("a"), every="50ms")) as (_, polled):
        assert [polled() for _ in range(4)] == [("acme", "crm")] * 4
    assert int(store.polls.state("acme")["crm"].cursor["polls"]) >= 4


def test_runs_that_come_due_during_a_run_are_skipped_and_counted(store: Store) -> None:
    began, released = Event(), Event()

    def behaviour(context: Context) -> Iterator[Item]:
        began.set()
        released.wait(PATIENCE)
        yield leads("a")

    source = Scripted(behaviour)
    with polling(store, feed(source, every="20ms")) as (poller, polled):
        assert began.wait(PATIENCE)
        while poller.stats()["acme", "crm"].skipped < 2:
            pass
        assert len(source.contexts) == 1
        released.set()
        polled()
    assert lead_ids(store) == ["a"]


def test_one_hung_source_holds_up_no_other(store: Store) -> None:
    released = Event()

    def behaviour(context: Context) -> Iterator[Item]:
        released.wait(PATIENCE)
        yield leads("late")

    hung = feed(Scripted(behaviour), "hung")
    with polling(store, hung, feed(gives("a"))) as (poller, polled):
        assert polled() == ("acme", "crm")
        assert not poller.tried()
    released.set()
    assert lead_ids(store) == ["a"]


def test_stop_drops_what_is_under_way_and_closes_the_sources(store: Store) -> None:
    began, released = Event(), Event()

    def behaviour(context: Context) -> Iterator[Item]:
        began.set()
        released.wait(PATIENCE)
        yield leads("late")

    slow, idle = Scripted(behaviour), gives("a")
    with polling(store, feed(slow, "slow"), feed(idle)) as (_, polled):
        assert polled() == ("acme", "crm")
        assert began.wait(PATIENCE)
    assert idle.closed.is_set()
    released.set()
    assert slow.closed.wait(PATIENCE)
    assert list(store.polls.state("acme")) == ["crm"]
    assert lead_ids(store) == ["a"]


def test_after_a_restart_nothing_is_polled_before_its_time(store: Store) -> None:
    source = gives("a")
    options = {"cron": "0 0 1 1 *"}
    with polling(store, feed(source, **options)) as (poller, polled):
        assert not poller.tried()
        polled()
        assert poller.tried()
    again = gives("b")
    with polling(store, feed(again, **options), feed(gives("c"), "new")) as (poller, polled):
        assert polled() == ("acme", "new")
        assert poller.tried()
        assert poller.stats()["acme", "crm"].polls == 0
    assert again.contexts == []


def test_a_reload_keeps_what_is_equal_and_replaces_what_is_not(store: Store) -> None:
    stored, changed, removed = gives("kept"), gives("old"), gives("removed")
    feeds = [feed(stored, "kept"), feed(changed, "changed"), feed(removed, "removed")]
    with polling(store, *feeds) as (poller, polled):
        assert {polled()[1] for _ in range(3)} == {"kept", "changed", "removed"}
        twin, fresh, added = gives("twin"), gives("new"), gives("added")
        poller.replace([feed(twin, "kept"), feed(fresh, "changed", every="100ms"), feed(added, "added")])
        assert changed.closed.is_set()
        assert removed.closed.is_set()
        assert not stored.closed.is_set()
        seen = {polled()[1] for _ in range(1)}
        while seen != {"changed", "added"}:
            seen.add(polled()[1])
        stats = poller.stats()
        assert set(stats) == {("acme", "kept"), ("acme", "changed"), ("acme", "added")}
        assert stats["acme", "changed"].polls >= 2
        assert len(changed.contexts) == 1
        assert twin.contexts == []


def test_a_reload_with_a_bad_cron_line_changes_nothing(store: Store) -> None:
    source = gives("a")
    with polling(store, feed(source)) as (poller, polled):
        polled()
        with pytest.raises(ValueError, match="has 1 fields"):
            poller.replace([feed(gives("b"), "other", every=None, cron="daily")])
        assert set(poller.stats()) == {("acme", "crm")}
        assert not source.closed.is_set()


def test_results_of_a_replaced_source_are_dropped(store: Store) -> None:
    began, released = Event(), Event()

    def behaviour(context: Context) -> Iterator[Item]:
        began.set()
        released.wait(PATIENCE)
        yield leads("old")

    old = Scripted(behaviour)
    with polling(store, feed(old)) as (poller, polled):
        assert began.wait(PATIENCE)
        poller.replace([feed(gives("new"), max_age="1d")])
        polled()
        released.set()
        assert old.closed.wait(PATIENCE)
    assert lead_ids(store) == ["new"]
