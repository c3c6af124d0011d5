"""Fire times: aligned, spread, the same after a restart, and right when clocks change."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exporter.calendar.schedule import Every, OnCron, Schedule, first_run, spread, stagger_of
from tests.polling.feeds import ScriptedOptions
from tests.support.clocks import NOON

BERLIN = ZoneInfo("Europe/Berlin")
NONE = timedelta(0)


def fires(schedule: Schedule, start: str, count: int) -> list[str]:
    """Fire times after an instant, as Berlin's clocks show them."""
    found, at = [], datetime.fromisoformat(start)
    for _ in range(count):
        at = schedule.after(at)
        found.append(at.astimezone(BERLIN).strftime("%a %d %H:%M %z"))
    return found


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
    assert ScriptedOptions().schedule("acme", "stripe", "UTC").after(NOON) == NOON + late


def test_offsets_are_spread_evenly() -> None:
    tenths = Counter(int(10 * spread(f"company{number % 7}", f"source{number}")) for number in range(2000))
    assert set(tenths) == set(range(10))
    assert max(tenths.values()) < 2 * min(tenths.values())


def test_a_company_and_a_source_do_not_run_together() -> None:
    assert spread("ab", "c") != spread("a", "bc")


@pytest.mark.parametrize(
    ("line", "start", "expected"),
    [
        ("0 6 * * 1", "2026-03-02T12:00Z", ["Mon 09 06:00 +0100", "Mon 16 06:00 +0100"]),
        ("0 6 * * 0", "2026-03-02T12:00Z", ["Sun 08 06:00 +0100", "Sun 15 06:00 +0100"]),
        ("0 6 * * 7", "2026-03-02T12:00Z", ["Sun 08 06:00 +0100"]),
        ("0 6 * * 5-7", "2026-03-02T12:00Z", ["Fri 06 06:00 +0100", "Sat 07 06:00 +0100", "Sun 08 06:00 +0100"]),
        ("0 6 * * sat-mon/2", "2026-03-02T12:00Z", ["Sat 07 06:00 +0100", "Mon 09 06:00 +0100"]),
        ("0 6 * * */2", "2026-03-02T12:00Z", ["Tue 03 06:00 +0100", "Thu 05 06:00 +0100"]),
        ("0 6 3 * mon", "2026-03-02T12:00Z", ["Tue 03 06:00 +0100", "Mon 09 06:00 +0100"]),  # either, as in cron
        ("30 1 1 * *", "2026-03-02T12:00Z", ["Wed 01 01:30 +0200"]),
        # Clocks go from 2:00 to 3:00 on 29 March, and from 3:00 back to 2:00 on 25 October.
        ("30 2 * * *", "2026-03-28T12:00Z", ["Sun 29 03:30 +0200", "Mon 30 02:30 +0200"]),
        ("*/30 * * * *", "2026-03-29T00:15Z", ["Sun 29 01:30 +0100", "Sun 29 03:00 +0200", "Sun 29 03:30 +0200"]),
        ("30 2 * * *", "2026-10-24T12:00Z", ["Sun 25 02:30 +0200", "Sun 25 02:30 +0100", "Mon 26 02:30 +0100"]),
        ("*/30 * * * *", "2026-10-25T00:45Z", ["Sun 25 02:00 +0100", "Sun 25 02:30 +0100", "Sun 25 03:00 +0100"]),
    ],
)  # fmt: skip
def test_cron(line: str, start: str, expected: list[str]) -> None:
    assert fires(OnCron(line, BERLIN), start, len(expected)) == expected


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("* * * *", r"has 4 fields; write five"),
        ("61 * * * *", r"cron '61 \* \* \* \*' cannot be read"),
        ("0 0 * * 8", "'8' is not a day of the week; write sun to sat, or 0 to 7"),
        ("0 0 * * mon-", "'mon-' is not a day of the week"),
        ("0 0 31 2 *", "names a day that does not exist"),
    ],
)
def test_a_cron_line_that_cannot_be_read(line: str, sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        OnCron(line, BERLIN)


def test_cron_is_in_the_source_s_zone_or_the_company_s() -> None:
    for zone, hour in ((None, 5), ("Asia/Tokyo", 21)):
        options = ScriptedOptions(cron="0 6 * * *", timezone=zone)
        assert options.schedule("acme", "crm", "Europe/Berlin").after(NOON).hour == hour


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
    gap_fire = datetime(2026, 3, 29, 1, 30, tzinfo=UTC)
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
