"""How long a value must have stayed beyond a threshold before an alert fires: `30m`, `1 day`."""

from __future__ import annotations

from exporter.calendar import durations

_LONGEST = 7 * 24 * 60
"""Minutes. Every one of them is looked at whenever the rule is evaluated."""


def parse(text: str) -> int:
    """Minutes; `ValueError` says what to write instead."""
    minutes, rest = divmod(durations.seconds(text), 60)
    if rest or not 1 <= minutes <= _LONGEST:
        raise ValueError(f"{text!r} cannot be held; write whole minutes from 1m to 7 days, such as 30m")
    return int(minutes)
