"""Incidents of PagerDuty as the store has them are those that are true, however and whenever they are polled."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from pydantic import ValidationError

from exporter.records.batch import SourceFailed
from exporter.records.store import Store
from exporter.sources.interface import Deadline
from exporter.sources.retry import ATTEMPTS
from tests.sources.pagerduty.polled import polled
from tests.support.source_polls import options
from tests.support.stores import new_store
from tests.vendors.pagerduty.account import PagerDutyAccount
from tests.vendors.pagerduty.server import KEY
from tests.vendors.pagerduty.stories import Future
from tests.vendors.server import BROKEN, CUT, RATE_LIMITED, Fault

NEW_YEAR = datetime(2025, 1, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return new_store(tmp_path / "records.duckdb")


@pytest.fixture
def account() -> PagerDutyAccount:
    return PagerDutyAccount(NEW_YEAR)


@pytest.fixture
def future(account: PagerDutyAccount) -> Future:
    return Future(account)


def fails_at(*numbers: int, fault: Fault = BROKEN) -> Callable[[int], Fault | None]:
    """Let these requests go wrong, and each of the next four attempts, so that the poll fails there."""
    return lambda number: fault if any(at <= number < at + ATTEMPTS for at in numbers) else None


@pytest.mark.slow
@pytest.mark.parametrize("step", [3 * HOUR, 30 * DAY])
def test_polled_through_the_story_or_once_at_its_end(store: Store, future: Future, step: timedelta) -> None:
    future.incidents(60, NEW_YEAR, NEW_YEAR + 3 * DAY)
    with polled(store, future.account) as source:
        for _ in range(30):
            future.advance(future.account.now + step)
            source.poll()
        for _ in range(2):  # what changes days after an incident is over is found once a day
            future.advance(future.account.now + DAY)
            source.poll()
        assert source.rows() == future.account.truth()


@pytest.mark.slow
def test_log_entries_that_come_late(store: Store) -> None:
    future = Future(PagerDutyAccount(NEW_YEAR, delay=timedelta(minutes=4)))
    future.incidents(40, NEW_YEAR, NEW_YEAR + DAY)
    with polled(store, future.account) as source:
        for _ in range(15):
            future.advance(future.account.now + 2 * HOUR)
            source.poll()
        future.advance(future.account.now + 30 * DAY)
        source.poll()
        assert source.rows() == future.account.truth()


@pytest.mark.parametrize("fault", [BROKEN, RATE_LIMITED, CUT])
def test_what_goes_wrong_once_is_tried_again(store: Store, future: Future, fault: Fault) -> None:
    future.incidents(30, NEW_YEAR, NEW_YEAR + DAY)
    future.advance(NEW_YEAR + 5 * DAY)
    with polled(store, future.account) as source:
        source.server.fault = lambda number: fault if number % 2 else None
        source.poll()
        assert source.rows() == future.account.truth()


@pytest.mark.slow
def test_a_poll_that_fails_at_any_request_leaves_whole_slices_and_the_next_one_goes_on(
    store: Store, future: Future, tmp_path: Path
) -> None:
    future.incidents(60, NEW_YEAR, NEW_YEAR + 5 * DAY)
    future.advance(NEW_YEAR + 2 * DAY)
    with polled(store, future.account, in_a_slice=8, history="3d") as source:
        source.poll()
        untroubled, slices = source.server.count, source.slices
        assert slices > 2
    for at in range(1, untroubled + 1):
        other = new_store(tmp_path / f"{at}.duckdb")
        with polled(other, future.account, in_a_slice=8, history="3d") as source:
            source.server.fault = fails_at(at)
            with pytest.raises(SourceFailed, match="answered 500"):
                source.poll()
            half = source.rows()
            assert half <= future.account.truth()
            source.poll()
            assert source.rows() == future.account.truth()
            assert source.server.count <= untroubled + ATTEMPTS + 14  # the slices of before are not read again
        other.close()


def test_an_acknowledgement_in_a_later_slice_than_its_incident(store: Store, future: Future) -> None:
    account = future.account
    slow = account.trigger()
    for day in range(1, 7):
        future.at(NEW_YEAR + day * DAY, lambda: account.resolve(account.trigger()))
    future.at(NEW_YEAR + 5 * DAY + HOUR, lambda: account.acknowledge(slow))
    future.at(NEW_YEAR + 6 * DAY + HOUR, lambda: account.resolve(slow))
    future.advance(NEW_YEAR + 20 * DAY)
    with polled(store, account, in_a_slice=2, history="21d") as source:
        source.poll()
        assert source.slices > 1
        assert source.rows() == account.truth()


def test_more_than_the_api_gives_in_one_list(store: Store, future: Future) -> None:
    for number in range(130):
        future.at(
            NEW_YEAR + DAY + timedelta(seconds=number), lambda: future.account.acknowledge(future.account.trigger())
        )
    future.advance(NEW_YEAR + 2 * DAY)
    with polled(store, future.account, in_a_slice=50, history="3d") as source:
        source.poll()
        assert source.rows() == future.account.truth()
        assert source.slices > 1


def test_a_storm_within_a_second_is_read_at_once_and_one_that_the_api_hides_is_said(
    store: Store, future: Future
) -> None:
    future.advance(NEW_YEAR + DAY)
    for _ in range(120):
        future.account.trigger()
    with polled(store, future.account, in_a_slice=50, history="3d") as source:
        future.advance(NEW_YEAR + DAY + HOUR)
        source.poll()
        assert source.rows() == future.account.truth()
    for _ in range(10_001):
        future.account.trigger()
    future.advance(NEW_YEAR + DAY + 2 * HOUR)
    with (
        polled(store, future.account, in_a_slice=50, history="3d") as source,
        pytest.raises(
            SourceFailed, match="more than 10,000 incidents or log entries in a few seconds about 2025-01-02"
        ),
    ):
        source.poll()


def test_a_poll_without_changes_is_three_requests(store: Store, future: Future) -> None:
    future.incidents(50, NEW_YEAR, NEW_YEAR + DAY)
    future.advance(NEW_YEAR + 3 * DAY)
    with polled(store, future.account) as source:
        source.poll()
        before = source.server.count
        future.advance(future.account.now + 2 * HOUR)
        source.poll()
        assert source.server.count - before == 3


def test_an_open_incident_that_gets_another_priority_unnoticed_is_read_again(store: Store, future: Future) -> None:
    account = future.account
    incident = account.trigger(priority="P4")
    with polled(store, account) as source:
        future.advance(NEW_YEAR + HOUR)
        source.poll()
        account.prioritize(incident, "P1")
        future.advance(NEW_YEAR + 9 * HOUR)
        source.poll()
        assert source.rows() == account.truth()
        assert {row[1] for row in source.rows()} == {"P1"}


def test_incidents_of_before_the_history_count_while_they_are_open(store: Store, future: Future) -> None:
    account = future.account
    old = account.trigger()
    account.acknowledge(old)
    gone = account.trigger()
    account.resolve(gone)
    future.advance(NEW_YEAR + 60 * DAY)
    account.trigger()
    with polled(store, account, history="30d") as source:
        future.advance(NEW_YEAR + 61 * DAY)
        source.poll()
        assert {row[0] for row in source.rows()} == {id_ for id_ in account.incidents if id_ != gone.id}


def test_a_merged_incident_goes_when_it_was_there(store: Store, future: Future) -> None:
    account = future.account
    survivor, merged = account.trigger(), account.trigger()
    with polled(store, account) as source:
        future.advance(NEW_YEAR + HOUR)
        source.poll()
        assert len(source.rows()) == 2
        account.merge(merged, survivor)
        future.advance(NEW_YEAR + 2 * HOUR)
        source.poll()
        assert {row[0] for row in source.rows()} == {survivor.id}


def test_priorities_of_the_account_are_mapped_and_one_that_is_not_is_refused_with_its_name(
    store: Store, future: Future
) -> None:
    account = future.account
    account.priorities["PSEV001"] = "SEV-1"
    account.trigger(priority="SEV-1")
    account.trigger(urgency="low")
    account.trigger(priority="p3")
    future.advance(NEW_YEAR + HOUR)
    with polled(store, account) as source, pytest.raises(SourceFailed, match="'SEV-1' is none of P1 to P5; say under"):
        source.poll()
    account.priorities["PPRIO09"] = "p3"
    with polled(store, account, priorities={"sev-1": "P1"}, urgencies={"high": "P3", "low": "P5"}) as source:
        source.poll()
        assert sorted(row[1] for row in source.rows()) == ["P1", "P3", "P5"]


def test_incidents_of_some_priorities_are_outages_as_long_as_they_have_them(store: Store, future: Future) -> None:
    account = future.account
    grave, slight, merged = account.trigger(priority="P1"), account.trigger(priority="P3"), account.trigger("Mail")
    account.trigger("Mail", priority="P1")
    future.advance(NEW_YEAR + HOUR)
    with polled(store, account, outages=["P1", "P2"], services=["Shop", "Mail"]) as source:
        source.poll()
        assert source.outages() == {(each.id, each.service, NEW_YEAR, None) for each in account.incidents.values()} - {
            (slight.id, "Shop", NEW_YEAR, None)
        }
        account.resolve(grave)
        account.prioritize(slight, "P2")
        account.merge(merged, grave)
        future.advance(NEW_YEAR + 2 * HOUR)
        source.poll()
        assert source.outages() == {
            (grave.id, "Shop", NEW_YEAR, NEW_YEAR + HOUR),
            (slight.id, "Shop", NEW_YEAR, None),
            (f"Q{4:013d}", "Mail", NEW_YEAR, None),
        }


def test_without_the_option_there_are_no_outages(store: Store, future: Future) -> None:
    future.account.trigger(priority="P1")
    future.advance(NEW_YEAR + HOUR)
    with polled(store, future.account) as source:
        source.poll()
        assert source.outages() == set()
    assert set(options("pagerduty", key=KEY).record_tables()) == {"incidents"}
    assert set(options("pagerduty", key=KEY, outages=["P1"]).record_tables()) == {"incidents", "outages"}


def test_services_are_filtered_and_one_that_does_not_exist_is_named(store: Store, future: Future) -> None:
    future.incidents(30, NEW_YEAR, NEW_YEAR + DAY)
    future.advance(NEW_YEAR + 9 * DAY)
    with polled(store, future.account) as source:
        source.poll()
    for services in (["shop"], ["PSHOP01"]):
        with polled(store, future.account, services=services) as source:
            source.poll()
            assert source.rows() == future.account.truth(services=("Shop",))
    with (
        polled(store, future.account, services=["Shop", "Shipping"]) as source,
        pytest.raises(SourceFailed, match="the account has no service 'Shipping'; it has Mail, Shop"),
    ):
        source.poll()


def test_another_mapping_or_a_longer_history_reads_everything_again(store: Store, future: Future) -> None:
    future.account.resolve(future.account.trigger(urgency="high"))
    future.advance(NEW_YEAR + 40 * DAY)
    future.account.trigger(urgency="high")
    future.advance(NEW_YEAR + 41 * DAY)
    with polled(store, future.account, history="30d") as source:
        source.poll()
        before = source.rows()
    with polled(store, future.account, history="60d", urgencies={"high": "P1", "low": "P5"}) as source:
        source.poll()
        assert (len(before), sorted(row[1] for row in source.rows())) == (1, ["P1", "P1"])


@pytest.mark.exhaustive
def test_requests_keep_within_the_rate_that_is_allowed(store: Store, future: Future) -> None:
    for number in range(700):
        future.at(NEW_YEAR + timedelta(minutes=number), lambda: future.account.acknowledge(future.account.trigger()))
    future.advance(NEW_YEAR + 2 * DAY)
    with polled(store, future.account, in_a_slice=1, history="3d") as source:
        for _ in source.items():
            pass
        assert source.server.count > 960
        assert source.server.limited == 0


def test_a_key_that_lacks_a_permission_is_said_for_all_that_is_read(future: Future, store: Store) -> None:
    with polled(store, future.account, services=["Shop"]) as source:
        source.server.lacking = ["log_entries", "services"]
        refusals = {each.reads: each.refusal for each in source.source.permissions(Deadline(30, source.clock))}
        assert refusals["Incidents: read"] is None
        for what in ("Log entries: read", "Services: read"):
            assert "answered 403 Forbidden; check `key`: Access Denied" in str(refusals[what])


def test_a_key_that_is_wrong_lacks_no_permission(future: Future, store: Store) -> None:
    with polled(store, future.account) as source:
        source.server.fault = fails_at(1, fault=Fault(401))
        with pytest.raises(SourceFailed, match="answered 401 Unauthorized; check `key`"):
            list(source.source.permissions(Deadline(30, source.clock)))


def test_the_key_is_in_no_message(store: Store, future: Future) -> None:
    with polled(store, future.account) as source:
        source.server.fault = fails_at(1, fault=Fault(401))
        with pytest.raises(SourceFailed, match="check `key`") as refused:
            source.poll()
        assert KEY not in str(refused.value)


def test_options_are_checked() -> None:
    with pytest.raises(ValidationError, match="says nothing about low"):
        options("pagerduty", key=KEY, urgencies={"high": "P1"})
    with pytest.raises(ValidationError, match="key"):
        options("pagerduty")
    built = options("pagerduty", key=KEY)
    assert KEY not in repr(built)
    assert KEY in set(built.secrets())
