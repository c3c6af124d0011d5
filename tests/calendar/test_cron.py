"""Cron lines: which times they name, what a mistake in one says, and what happens when clocks change."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from exporter.calendar.cron import Cron

BERLIN = "Europe/Berlin"
ZONES = (BERLIN, "America/New_York", "America/Havana", "America/Santiago", "Africa/Cairo", "Asia/Tokyo")
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)


def fires(line: str, start: datetime, zone: str) -> Iterator[datetime]:
    """Yield the times of a line after an instant, in UTC."""
    cron, at = Cron(line), start
    while True:
        at = cron.after(at, ZoneInfo(zone))
        yield at


def local_times(line: str, start: str, count: int, zone: str = BERLIN) -> list[str]:
    """Return the first times after an instant as the clocks of a zone show them."""
    times = islice(fires(line, datetime.fromisoformat(start), zone), count)
    return [time.astimezone(ZoneInfo(zone)).strftime("%a %d %H:%M %z") for time in times]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("0 6 * * 1", ["Mon 09 06:00 +0100", "Mon 16 06:00 +0100"]),
        ("0 6 * * 0", ["Sun 08 06:00 +0100", "Sun 15 06:00 +0100"]),
        ("0 6 * * 7", ["Sun 08 06:00 +0100", "Sun 15 06:00 +0100"]),
        ("0 6 * * sun", ["Sun 08 06:00 +0100", "Sun 15 06:00 +0100"]),
        ("0 6 * * 5-7", ["Fri 06 06:00 +0100", "Sat 07 06:00 +0100", "Sun 08 06:00 +0100", "Fri 13 06:00 +0100"]),
        ("0 6 * * fri-sun", ["Fri 06 06:00 +0100", "Sat 07 06:00 +0100", "Sun 08 06:00 +0100", "Fri 13 06:00 +0100"]),
        ("0 6 * * 0-1", ["Sun 08 06:00 +0100", "Mon 09 06:00 +0100", "Sun 15 06:00 +0100"]),
        ("0 6 * * Sat-Mon/2", ["Sat 07 06:00 +0100", "Mon 09 06:00 +0100", "Sat 14 06:00 +0100"]),
        ("0 6 * * fri-mon,wed", ["Wed 04 06:00 +0100", "Fri 06 06:00 +0100", "Sat 07 06:00 +0100"]),
        ("0 6 * * */2", ["Tue 03 06:00 +0100", "Thu 05 06:00 +0100", "Sat 07 06:00 +0100", "Sun 08 06:00 +0100"]),
        ("*/20 22-23 * * *", ["Mon 02 22:00 +0100", "Mon 02 22:20 +0100", "Mon 02 22:40 +0100", "Mon 02 23:00 +0100"]),
        # Two restricted day fields mean either, as in cron; one that begins with a star restricts the other.
        ("0 6 3 * mon", ["Tue 03 06:00 +0100", "Mon 09 06:00 +0100", "Mon 16 06:00 +0100"]),
        ("0 6 */2 * mon", ["Mon 09 06:00 +0100", "Mon 23 06:00 +0100"]),
        ("0 6 L * *", ["Tue 31 06:00 +0200", "Thu 30 06:00 +0200", "Sun 31 06:00 +0200"]),
        ("0 6 L feb *", ["Sun 28 06:00 +0100", "Tue 29 06:00 +0100"]),
        ("30 1 1 * *", ["Wed 01 01:30 +0200", "Fri 01 01:30 +0200"]),
    ],
)  # fmt: skip
def test_times(line: str, expected: list[str]) -> None:
    assert local_times(line, "2026-03-02T12:00Z", len(expected)) == expected


# Clocks go from 2:00 to 3:00 on 29 March, and from 3:00 back to 2:00 on 25 October; in Havana from 0:00 to 1:00 on 8
# March, and from 1:00 back to 0:00 on 1 November.
@pytest.mark.parametrize(
    ("zone", "line", "start", "expected"),
    [
        (BERLIN, "30 2 * * *", "2026-03-27T12:00Z", ["Sat 28 02:30 +0100", "Sun 29 03:00 +0200", "Mon 30 02:30 +0200"]),
        (BERLIN, "0,30 2 * * *", "2026-03-28T12:00Z", ["Sun 29 03:00 +0200", "Mon 30 02:00 +0200"]),
        (BERLIN, "0 2,3 * * *", "2026-03-28T12:00Z", ["Sun 29 03:00 +0200", "Mon 30 02:00 +0200"]),
        (BERLIN, "30 2 * * *", "2026-03-29T01:00Z", ["Mon 30 02:30 +0200"]),
        (BERLIN, "*/30 * * * *", "2026-03-29T00:15Z", ["Sun 29 01:30 +0100", "Sun 29 03:00 +0200"]),
        (BERLIN, "30 */2 * * *", "2026-03-28T23:15Z", ["Sun 29 00:30 +0100", "Sun 29 04:30 +0200"]),
        ("America/Havana", "0 0 * * *", "2026-03-07T12:00Z", ["Sun 08 01:00 -0400", "Mon 09 00:00 -0400"]),
    ],
)  # fmt: skip
def test_in_spring_a_line_at_fixed_times_runs_after_the_hour_that_is_left_out(
    zone: str, line: str, start: str, expected: list[str]
) -> None:
    assert local_times(line, start, len(expected), zone) == expected


@pytest.mark.parametrize(
    ("zone", "line", "start", "expected"),
    [
        (BERLIN, "30 2 * * *", "2026-10-24T12:00Z", ["Sun 25 02:30 +0200", "Mon 26 02:30 +0100"]),
        (BERLIN, "30 2 * * *", "2026-10-25T01:15Z", ["Mon 26 02:30 +0100"]),  # in the second pass
        (BERLIN, "30 2,3 * * *", "2026-10-25T00:45Z", ["Sun 25 03:30 +0100", "Mon 26 02:30 +0100"]),
        (BERLIN, "*/30 * * * *", "2026-10-24T23:45Z", ["Sun 25 02:00 +0200", "Sun 25 02:30 +0200",
                                                       "Sun 25 02:00 +0100", "Sun 25 02:30 +0100"]),
        (BERLIN, "5 * * * *", "2026-10-24T23:45Z", ["Sun 25 02:05 +0200", "Sun 25 02:05 +0100", "Sun 25 03:05 +0100"]),
        ("America/Havana", "0 0 * * *", "2026-10-31T12:00Z", ["Sun 01 00:00 -0400", "Mon 02 00:00 -0500"]),
    ],
)  # fmt: skip
def test_in_autumn_a_line_at_fixed_times_runs_the_first_time_only(
    zone: str, line: str, start: str, expected: list[str]
) -> None:
    assert local_times(line, start, len(expected), zone) == expected


@given(
    zone=st.sampled_from(ZONES),
    step=st.sampled_from([1, 7, 15, 30]),
    hours=st.sets(st.integers(0, 23), min_size=1, max_size=4),
    day=st.dates(datetime(2015, 1, 1).date(), datetime(2035, 1, 1).date()),  # noqa: DTZ001 - bounds
)
@example(zone=BERLIN, step=30, hours={2}, day=datetime(2026, 10, 24, tzinfo=UTC).date())
@example(zone="America/Havana", step=15, hours={0, 1}, day=datetime(2026, 10, 31, tzinfo=UTC).date())
@example(zone="America/Santiago", step=30, hours={0, 23}, day=datetime(2026, 9, 5, tzinfo=UTC).date())
def test_a_line_with_a_star_goes_by_what_clocks_show(zone: str, step: int, hours: set[int], day: object) -> None:
    start = datetime.fromisoformat(f"{day}T00:00Z")
    line = f"*/{step} {','.join(map(str, sorted(hours)))} * * *"
    clocks = ((at, at.astimezone(ZoneInfo(zone))) for at in (start + number * MINUTE for number in range(1, 3 * 1440)))
    expected = [at for at, wall in clocks if wall.minute % step == 0 and wall.hour in hours]
    assert list(islice(fires(line, start, zone), len(expected))) == expected


@given(
    zone=st.sampled_from(ZONES),
    minute=st.integers(0, 59),
    hour=st.integers(0, 23),
    at=st.datetimes(datetime(2015, 1, 1), datetime(2035, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001 - bounds
)
@example(zone=BERLIN, minute=30, hour=2, at=datetime(2026, 10, 25, 1, 15, tzinfo=UTC))
@example(zone="America/Santiago", minute=0, hour=0, at=datetime(2026, 9, 5, 12, tzinfo=UTC))
def test_a_line_at_one_time_runs_once_a_day(zone: str, minute: int, hour: int, at: datetime) -> None:
    days = [fire.astimezone(ZoneInfo(zone)).date() for fire in islice(fires(f"{minute} {hour} * * *", at, zone), 5)]
    assert days == [days[0] + number * DAY for number in range(5)]


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("* * * *", "has 4 fields; write five: minute, hour, day of the month, month, day of the week"),
        ("@daily", "has 1 fields; write five"),
        ("0 0 0 6 * *", "has 6 fields; write five"),
        ("61 * * * *", "cron '61 * * * *' cannot be read: '61' is not a minute; write 0 to 59"),
        ("0,x * * * *", "'x' is not a minute; write 0 to 59"),
        ("*/0 * * * *", "'*/0' is not a minute; write 0 to 59"),
        ("*/90 * * * *", "the step of '*/90' is larger than 60; for an interval, write every in place of cron"),
        ("0 24 * * *", "'24' is not an hour; write 0 to 23"),
        ("0 0 last * *", "'last' is not a day of the month; write 1 to 31, or L for the last"),
        ("0 0 * juni *", "'juni' is not a month; write jan to dec, or 1 to 12"),
        ("0 0 * * 8", "'8' is not a day of the week; write sun to sat, or 0 to 7"),
        ("0 0 * * mon-", "'mon-' is not a day of the week; write sun to sat, or 0 to 7"),
        ("0 0 * * mon-sum", "'mon-sum' is not a day of the week; write sun to sat, or 0 to 7"),
        ("0 0 31 2 *", "cron '0 0 31 2 *' names a day that does not exist"),
        ("0 0 */31 2 mon#5", "names a day that does not exist"),
    ],
)
def test_a_line_that_cannot_be_read(line: str, sentence: str) -> None:
    with pytest.raises(ValueError, match=re.escape(sentence)):
        Cron(line)
