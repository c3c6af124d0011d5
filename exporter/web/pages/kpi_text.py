"""What several pages say of a KPI in the same words: its change, its target, its window, the age of its data."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from exporter.kpis.reading import Reading
from exporter.quantities import display
from exporter.web.pages.tables import Age


def value(reading: Reading) -> tuple[str, str]:
    """The number and what it is in, `6.4` and ` months`; empty where it is unknown."""
    return ("", "") if reading.value is None else display.parts(reading.value, reading.kpi.unit)


def exact(reading: Reading) -> str:
    """The number as it is published, with its unit as the catalogue writes it."""
    return "" if reading.value is None else f"{reading.value:,} {reading.kpi.unit.text}"


def change(reading: Reading) -> str:
    if reading.value is None or reading.previous is None:
        return ""
    return display.change(reading.value, reading.previous, reading.kpi.unit)


def why_unknown(reading: Reading) -> str:
    return reading.unknown.detail if reading.unknown else ""


def target(reading: Reading) -> tuple[str, str]:
    """As the catalogue writes it; of a plan, the number that it gives now, and that it is one: `58` and `(plan)`."""
    condition = reading.kpi.target
    if condition is None:
        return "", ""
    text = " ".join(condition.text.split())
    if not condition.of_plan or len(reading.target) != 1:
        return text, ""
    return display.amount(reading.target[0].limit, reading.kpi.unit), f"({text.replace('(', '').replace(')', '')})"


def verdict(reading: Reading) -> str:
    """`met` or `missed`; empty where there is no target in force, or no value."""
    if reading.value is None or not reading.target:
        return ""
    return "missed" if reading.target_missed else "met"


def crossed(reading: Reading) -> str:
    """The threshold that gives it its status, as the catalogue writes it; empty where none is crossed."""
    word = reading.status.words if reading.status else ""
    condition = reading.kpi.thresholds.get(word)
    return " ".join(condition.text.split()) if condition else ""


def window(reading: Reading, zone: ZoneInfo) -> str:
    """`month · Oct 2026`."""
    parts = [reading.kpi.window.text.replace("_", " ")]
    if reading.period and (days := display.period_text(reading.period, zone)):
        parts.append(days)
    return " · ".join(parts)


def stale(reading: Reading, now: datetime) -> bool:
    if reading.as_of is None or reading.stale_after is None:
        return False
    return now - reading.as_of > timedelta(seconds=reading.stale_after)


def doubts(reading: Reading) -> tuple[str, ...]:
    """What the number rests on and does not have: tables that are held back, rows that are set aside."""
    return (*(each.text for each in reading.held), *(each.text for each in reading.rejected))


def doubt(reading: Reading) -> str:
    """The same in a word or two, for a tile."""
    if reading.held:
        return "held back"
    count = sum(each.count for each in reading.rejected)
    return f"{count:,} row{'' if count == 1 else 's'} set aside" if count else ""


def age(at: datetime | None, now: datetime, zone: ZoneInfo) -> Age | None:
    return Age(at, display.age(at, now), display.moment(at, zone)) if at else None


def spaced(name: str) -> str:
    """An area, a class or a window in words."""
    return name.replace("_", " ")
