"""What people read of the pace of a KPI: `17 at this pace (14 to 21)`, or `crosses critical about 14 March 2027`."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from exporter.kpis.reading import Reading
from exporter.quantities import display


def at_this_pace(reading: Reading, zone: ZoneInfo) -> str:
    """Return where the period that runs will end, or when a stock crosses its thresholds; empty for neither."""
    if reading.projected:
        low, middle, high = (display.amount(each, reading.kpi.unit) for each in reading.projected.values())
        return f"{middle} at this pace ({low} to {high})"
    return ", ".join(
        f"crosses {severity} about {at.astimezone(zone):%-d %B %Y}"
        for severity, at in reading.expected_crossing.items()
    )


def already_beyond(reading: Reading) -> str:
    """Return that the part of a period is beyond a threshold; empty where it is not, or may still recover."""
    part = reading.accumulated
    for severity in ("critical", "warning"):
        for level in reading.thresholds.get(severity, ()):
            if part is not None and level.bound.comparison.holds(part, level.limit):
                return f"already {display.amount(part, reading.kpi.unit)}, {severity} {level.bound.text}"
    return ""
