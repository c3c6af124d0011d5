"""Plans: what a number should be by when, per scenario, as points between which the plan runs in a straight line."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from enum import StrEnum

from exporter.catalogue.problems import TextError
from exporter.catalogue.units import Unit
from exporter.catalogue.windows import Calendar

FORMS = "'Y1 560K, Y2 2.0M', 'M0 0, M+3 10000', 'phase 1 25300, phase 2 41400' or '2027-01-01 1.2M'"

_TICK = timedelta(microseconds=1)
_PART = re.compile(r"[^\s,](?:[^,]|,(?!\s))*")
_POINT = re.compile(r"(M0|M\+\d+|Y\d+|phase \d+|\d{4}-\d{2}-\d{2})\s+(\S.*)")


class Scenario(StrEnum):
    BASE = "base"
    BEAR = "bear"
    BULL = "bull"


class Shape(StrEnum):
    """How a plan runs from one point to the next."""

    LINEAR = "linear"
    STEP = "step"


@dataclass(frozen=True)
class Moment:
    """When a point is due: a date, months after the launch, or the start of a phase."""

    text: str = field(compare=False)
    on: date | None = None
    months: int | None = None
    phase: int | None = None


@dataclass(frozen=True)
class Timeline:
    """What turns moments into instants: the calendar, the launch, and the phases as months after the launch."""

    calendar: Calendar
    launch: date | None
    phases: Mapping[int, int]

    def instant(self, moment: Moment) -> datetime | None:
        if moment.on is not None:
            return self._midnight(moment.on)
        months = self.phases.get(moment.phase) if moment.phase is not None else moment.months
        if months is None or self.launch is None:
            return None
        return self.calendar.add_months(self._midnight(self.launch), months)

    def year(self, at: datetime) -> int | None:
        """Which year since the launch an instant lies in, 1 for the first; None before it or without one."""
        if self.launch is None:
            return None
        years = at.astimezone(self.calendar.zone).year - self.launch.year
        if at >= self.calendar.add_months(self._midnight(self.launch), 12 * years):
            years += 1
        return years if years > 0 else None

    def _midnight(self, on: date) -> datetime:
        # In UTC, since differences of local times leave out the hours that clocks are changed by.
        return datetime.combine(on, time(), self.calendar.zone).astimezone(UTC)


@dataclass(frozen=True)
class Plan:
    """Points in order of time. Before the first there is no plan; after the last its value stays in force."""

    text: str
    points: tuple[tuple[Moment, Decimal], ...]
    shape: Shape

    def at(self, now: datetime, timeline: Timeline) -> Decimal | None:
        """The plan's value at an instant, in the KPI's unit."""
        due = [(instant, value) for moment, value in self.points if (instant := timeline.instant(moment)) is not None]
        due.sort()
        reached = [point for point in due if point[0] <= now]
        if not reached:
            return None
        since, value = reached[-1]
        if len(reached) == len(due) or self.shape is Shape.STEP:
            return value
        until, following = due[len(reached)]
        elapsed, whole = (Decimal(span // _TICK) for span in (now - since, until - since))
        return value + (following - value) * elapsed / whole


def parse(text: str, unit: Unit, shape: Shape | None = None) -> Plan:
    """The plan that a text states. Phases are steps unless told otherwise; other points are joined by lines.

    Raises `TextError` naming the point that cannot be read, or two points for the same moment.
    """
    points: list[tuple[Moment, Decimal]] = []
    for part in _PART.finditer(text.strip()):
        try:
            moment, value = _point(part[0].rstrip(), unit)
        except ValueError as error:
            raise TextError(str(error), part.start()) from None
        if known := next((known for known, _ in points if known == moment), None):
            twice = (
                f"{known.text} twice" if known.text == moment.text else f"{known.text} and {moment.text}, the same day"
            )
            raise TextError(f"the plan gives {twice}; keep one", part.start())
        points.append((moment, value))
    if not points:
        raise TextError(f"the plan has no points; write {FORMS}")
    stepped = any(moment.phase is not None for moment, _ in points)
    return Plan(text, tuple(points), shape or (Shape.STEP if stepped else Shape.LINEAR))


def _point(part: str, unit: Unit) -> tuple[Moment, Decimal]:
    match = _POINT.fullmatch(part)
    if not match:
        raise ValueError(f"{part!r} is not a point of a plan; write {FORMS}")
    return _moment(match[1]), unit.amount(match[2])


def _moment(text: str) -> Moment:
    if text.startswith("M"):
        return Moment(text, months=int(text[1:].lstrip("+")))
    if text.startswith("Y"):
        return Moment(text, months=12 * int(text[1:]))
    if text.startswith("phase"):
        return Moment(text, phase=int(text.removeprefix("phase ")))
    try:
        return Moment(text, on=date.fromisoformat(text))
    except ValueError:
        raise ValueError(f"there is no day {text}") from None
