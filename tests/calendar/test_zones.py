"""Names of time zones: all of the IANA's are taken, and whatever else is written is refused in a sentence."""

from __future__ import annotations

from zoneinfo import available_timezones

import pytest

from exporter.calendar.instants import parse_zone


def test_every_zone_is_known_by_its_name() -> None:
    names = available_timezones() - {"localtime"}
    assert len(names) > 400
    assert {parse_zone(name).key for name in names} == names


@pytest.mark.parametrize(
    "name",
    ["", "/", "x/" * 2000, "a.b" * 700, "Europe", "Europe/", "Berlin", "../etc/passwd", "/etc/localtime", "UTC\0", "é"],
    ids=lambda name: repr(name[:12]),
)
def test_any_other_name_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match=r"is not an IANA time zone, such as Europe/Berlin$"):
        parse_zone(name)
