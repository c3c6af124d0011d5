"""Staleness: two polls that should have come, and the time that a poll may take."""

from __future__ import annotations

import pytest

from exporter.calendar.staleness import stale_after

HOUR = 3600.0


@pytest.mark.parametrize(
    ("every", "cron", "hours"),
    [
        (None, None, 2 * 5 / 60),
        (4 * HOUR, None, 2 * 4),
        (None, "*/15 * * * *", 2 * 0.25),
        (None, "0 6 * * *", 2 * 24),
        (None, "0 6 * * mon-fri", 2 * 72),  # over a weekend
        (None, "0 6,18 * * *", 2 * 12),
        (None, "30 */2 * * *", 2 * 2),
        (None, "0 6 L * *", 2 * 31 * 24 + 2),  # the October that is an hour longer
    ],
)
def test_a_source_is_stale_after_twice_the_longest_wait(every: float | None, cron: str | None, hours: float) -> None:
    assert stale_after(every, cron, "Europe/Berlin", 30) == hours * HOUR + 30
