"""Fire times: aligned, spread, the same after a restart, and made up for once when they were missed."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exporter.calendar.schedule import (
    Every,
    OnCron,
    Schedule,
    first_run,
    overdue_after,
    replan,
    schedule_of,
    spread,
    stagger_of,
)
from tests.support.clocks import NOON

BERLIN, UNZONED = ZoneInfo("Europe/Berlin"), ZoneInfo("UTC")
NONE = timedelta(0)


@given(
    seconds=st.sampled_from([0.5, 1, 60, 300, 7 * 3600]),
    share=st.floats(0, 1, exclude_max=True),
    at=st.datetimes(datetime(1971, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001 - bounds
)
def test_an_interval_fires_at_multiples_plus_an_offset(seconds: float, share: float, at: datetime) -> None:
    schedule = Every(seconds, offset=share * seconds)
    fire = schedule.after(at)
    assert at < fire <= at + timedelta(seconds=seconds)
    assert schedule.after(fire) - fire == timedelta(seconds=seconds)
    rest = (fire - datetime(1970, 1, 1, tzinfo=UTC) - timedelta(seconds=share * seconds)) / timedelta(seconds=seconds)
    assert rest == pytest.approx(round(rest), abs=1e-5)


def test_offsets_never_change() -> None:
    """054d5f3e462c begins the SHA-256 of the two names; a change would move every poll of every installation."""
    assert spread("acme", "stripe") == 0x054D5F3E462C / 2**48
    late = timedelta(seconds=300 * spread("acme", "stripe"))
    assert schedule_of(None, None, "UTC", "acme", "stripe").after(NOON) == NOON + late


def test_offsets_are_spread_evenly() -> None:
    tenths = Counter(int(10 * spread(f"company{number % 7}", f"source{number}")) for number in range(2000))
    assert set(tenths) == set(range(10))
    assert max(tenths.values()) < 2 * min(tenths.values())


def test_a_company_and_a_source_do_not_run_together() -> None:
    assert spread("ab", "c") != spread("a", "bc")


DAILY = OnCron("0 6 * * *", BERLIN)  # at 5:00 UTC in winter


@pytest.mark.parametrize(
    ("last_attempt", "succeeded", "expected"),
    [
        (None, False, NOON),
        (NOON - timedelta(hours=1), False, NOON),  # it never succeeded
        (NOON - timedelta(hours=1), True, NOON + timedelta(hours=17)),
        (NOON - timedelta(hours=8), True, NOON),  # it was not running at six
        (NOON - timedelta(days=9), True, NOON),
        (NOON + timedelta(hours=1), True, NOON + timedelta(hours=17)),  # the clock was wrong
    ],
)
def test_at_a_start_what_was_missed_is_made_up_for(
    last_attempt: datetime | None, succeeded: bool, expected: datetime
) -> None:
    assert first_run(DAILY, NOON, last_attempt, last_attempt if succeeded else None, NONE) == expected


def test_a_run_missed_while_clocks_changed_is_made_up_for_once() -> None:
    nightly, before = OnCron("30 2 * * *", BERLIN), datetime(2026, 3, 28, 12, tzinfo=UTC)
    gap_fire = datetime(2026, 3, 29, 1, tzinfo=UTC)
    now = gap_fire + timedelta(minutes=1)
    assert first_run(nightly, now, before, before, NONE) == now
    assert first_run(nightly, now, gap_fire, gap_fire, NONE) == datetime(2026, 3, 30, 0, 30, tzinfo=UTC)


@pytest.mark.parametrize(("every", "longest"), [(1, 0.1), (5, 0.5), (300, 2)])
def test_a_start_is_staggered_a_little(every: float, longest: float) -> None:
    staggers = {stagger_of(Every(every), "acme", f"source{number}") for number in range(50)}
    assert len(staggers) == 50
    assert max(staggers) < timedelta(seconds=longest)
    assert stagger_of(DAILY, "acme", "crm") < timedelta(seconds=2)


@pytest.mark.parametrize("schedule", [Every(1, 0.25), DAILY])
def test_one_run_makes_up_for_all_that_were_missed(schedule: Schedule) -> None:
    long_ago = NOON - timedelta(days=400)
    assert schedule.get_next_fire_time(long_ago, NOON) == schedule.after(NOON)
    assert schedule.get_next_fire_time(None, NOON) == schedule.after(NOON)


@pytest.mark.parametrize(
    ("planned", "now", "expected"),
    [
        ("03-03T06", "03-02T05", "03-02T06"),  # set back: today's six o'clock comes again
        ("03-03T06", "03-03T07", "03-03T06"),  # set ahead, past it: made up for at once
        ("03-03T06", "03-03T05", "03-03T06"),
        ("03-03T06", "02-01T05", "02-01T06"),
    ],
)
def test_cron_lines_are_planned_from_the_new_time(planned: str, now: str, expected: str) -> None:
    def at(text: str) -> datetime:
        return datetime.fromisoformat(f"2026-{text}:00+00:00")

    assert replan(OnCron("0 6 * * *", UNZONED), at(planned), at(now), idle=1e9) == at(expected)


@pytest.mark.parametrize(
    ("schedule", "read", "due"),
    [
        (Every(300), "2026-03-02T12:00", "2026-03-02T12:10"),
        (OnCron("0 6 * * mon-fri", UNZONED), "2026-03-06T06:00", "2026-03-10T06:00"),  # from Friday to Tuesday
        (OnCron("30 2 * * *", BERLIN), "2026-03-28T01:30", "2026-03-30T00:30"),  # 47 hours
        (OnCron("30 2 * * *", BERLIN), "2026-10-23T00:30", "2026-10-25T00:30"),
    ],
)
def test_overdue_counts_two_polls_of_the_schedule(schedule: Schedule, read: str, due: str) -> None:
    since, until = (datetime.fromisoformat(f"{text}+00:00") for text in (read, due))
    assert overdue_after(schedule, since, timeout=30) == (until - since).total_seconds() + 30
