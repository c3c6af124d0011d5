"""Texts about a KPI that several pages share: value, change, target, window, age of its data."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from exporter.catalogue.language.thresholds import with_unit
from exporter.kpis.reading import CompanyReading, Reading
from exporter.quantities import display
from exporter.records.state import EstimatedTable, Held, Rejected
from exporter.web.pages.tables import Age


def value(reading: Reading) -> tuple[str, str]:
    """Return the number and its unit, `6.4` and ` months`; both empty where the value is unknown."""
    return ("", "") if reading.value is None else display.parts(reading.value, reading.kpi.unit)


def exact(reading: Reading) -> str:
    """Return the published number with the unit as the catalogue writes it; empty where unknown."""
    return "" if reading.value is None else f"{reading.value:,} {reading.kpi.unit.text}"


def change(reading: Reading) -> str:
    """Return the change since the previous period; empty where either value is unknown."""
    if reading.value is None or reading.previous is None:
        return ""
    return display.change(reading.value, reading.previous, reading.kpi.unit)


def why_unknown(reading: Reading) -> str:
    """Return why there is no value; empty where there is one."""
    return reading.unknown.detail if reading.unknown else ""


def target(reading: Reading) -> tuple[str, str]:
    """Return the target as the catalogue writes it; for a plan, its number now and a note: `58` and `(plan)`."""
    condition = reading.kpi.target
    if condition is None:
        return "", ""
    text = " ".join(condition.text.split())
    if not condition.of_plan or len(reading.target) != 1:
        return with_unit(text, reading.kpi.unit), ""
    return display.amount(reading.target[0].limit, reading.kpi.unit), f"({text.replace('(', '').replace(')', '')})"


def verdict(reading: Reading) -> str:
    """Return `met` or `missed`; empty where no target is in force, or no value is known."""
    if reading.value is None or not reading.target:
        return ""
    return "missed" if reading.target_missed else "met"


def crossed(reading: Reading) -> str:
    """Return the threshold that the value crosses, as the catalogue writes it; empty where it crosses none."""
    word = reading.status.words if reading.status else ""
    condition = reading.kpi.thresholds.get(word)
    return with_unit(condition.text, reading.kpi.unit) if condition else ""


def window(reading: Reading, zone: ZoneInfo) -> str:
    """Return the window and its dates: `month · Oct 2026`."""
    parts = [reading.kpi.window.text.replace("_", " ")]
    if reading.period and (days := display.period_text(reading.period, zone)):
        parts.append(days)
    return " · ".join(parts)


def stale(reading: Reading, now: datetime) -> bool:
    """Return whether the data is older than its schedule allows."""
    if reading.as_of is None or reading.stale_after is None:
        return False
    return now - reading.as_of > timedelta(seconds=reading.stale_after)


def doubts(reading: Reading) -> tuple[str, ...]:
    """Return the problems of the data behind the value: tables held back, rows set aside, rows that are estimated."""
    shortfalls: tuple[Held | Rejected | EstimatedTable, ...] = (*reading.held, *reading.rejected, *reading.estimated)
    return tuple(each.text for each in shortfalls)


def doubt(reading: Reading) -> str:
    """Return the problems of the data in a few words, for a tile."""
    if reading.held:
        return "held back"
    count = sum(each.count for each in reading.rejected)
    if count:
        return f"{count:,} row{'' if count == 1 else 's'} set aside"
    return "estimated" if reading.estimated else ""


def failing(company: CompanyReading, reading: Reading) -> tuple[str, ...]:
    """Return the sources of a KPI whose last poll failed."""
    return tuple(each.name for each in company.sources if each.up is False and each.name in reading.sources)


def failure_text(sources: Sequence[str]) -> tuple[str, ...]:
    """Return a sentence about sources whose last poll failed; none where none did."""
    return (
        (f"the last poll of {', '.join(sources)} failed; the numbers are those of the one before",) if sources else ()
    )


def age(at: datetime | None, now: datetime, zone: ZoneInfo, *, failing: bool = False) -> Age | None:
    """Return the age of an instant for people; None for none. What a source that fails gave is never of just now."""
    if at is None:
        return None
    text = display.age(at, now)
    return Age(at, "< 1 min ago" if failing and text == display.JUST_NOW else text, display.moment(at, zone))
