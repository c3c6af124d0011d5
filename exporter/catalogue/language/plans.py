"""Plans: what a number should be by when, per scenario, as points between which the plan runs in a straight line."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from enum import StrEnum
from functools import cached_property
from itertools import pairwise

from exporter.calendar.windows import Calendar, Period, elapsed_share
from exporter.mistakes import TextError
from exporter.quantities.units import ForeignAmountError, Unit

FORMS = "'Y1 560K, Y2 2.0M', 'M0 0, M+3 10000', 'phase 1 25300, phase 2 41400', 'Q2 2026 50K' or '2027-01-01 1.2M'"
RANGE_FORM = "'Q2 2026 25K-75K, Q1-Q2 2027 400K-600K'"

_TICK = timedelta(microseconds=1)
_PART = re.compile(r"[^\s,](?:[^,]|,(?!\s))*")
_QUARTERS = re.compile(r"Q([1-4])(?:-Q([1-4]))? (\d{4})")
_POINT = re.compile(
    r"(M0|M\+\d{1,4}|Y\d{1,3}|phase \d{1,3}|[12]\d{3}-\d{2}-\d{2}|Q[1-4](?:-Q[1-4])? [12]\d{3})\s+(\S.*)"
)
"""A point and its value. Longer numbers are no plan of a company, and beyond what a calendar reckons with."""
_SPAN = re.compile(r"(-?[^-\s][^-]*?)\s*(?:-|\bto\b)\s*(-?[^-\s][^-]*)")


class Scenario(StrEnum):
    """Which plan of a KPI: `base` is what targets refer to, `lower` and `upper` are the ends of a range."""

    BASE = "base"
    BEAR = "bear"
    BULL = "bull"
    LOWER = "lower"
    UPPER = "upper"


class PlanName(StrEnum):
    """What a catalogue calls its plans; a range is two."""

    BASE = "base"
    BEAR = "bear"
    BULL = "bull"
    RANGE = "range"


class Shape(StrEnum):
    """How a plan runs from one point to the next."""

    LINEAR = "linear"
    STEP = "step"


@dataclass(frozen=True)
class DueDate:
    """When a point of a plan is due: on a date, some months after the launch, or at the start of a phase.

    `stepped` marks a point about a whole phase or quarter rather than a day.
    """

    text: str = field(compare=False)
    on: date | None = None
    months: int | None = None
    phase: int | None = None
    stepped: bool = field(default=False, compare=False)


@dataclass(frozen=True)
class Timeline:
    """Converts due dates to instants, by the calendar, the launch, and phases as months after the launch."""

    calendar: Calendar
    launch: date | None
    phases: Mapping[int, int]

    def instant(self, due: DueDate) -> datetime | None:
        """Return the instant of a due date; None if it needs a launch or phase that the catalogue does not have."""
        if due not in self._instants:
            self._instants[due] = self._instant(due)
        return self._instants[due]

    @cached_property
    def _instants(self) -> dict[DueDate, datetime | None]:
        """Cache of `instant`: a history asks for the same few due dates at every one of its instants."""
        return {}

    def _instant(self, due: DueDate) -> datetime | None:
        if due.on is not None:
            return self._midnight(due.on)
        months = self.phases.get(due.phase) if due.phase is not None else due.months
        if months is None or self.launch is None:
            return None
        return self.calendar.add_months(self._midnight(self.launch), months)

    def year(self, at: datetime) -> int | None:
        """Return the year since the launch, 1 for the first; None before the launch or without one."""
        if self.launch is None:
            return None
        years = at.astimezone(self.calendar.zone).year - self.launch.year
        if at >= self.calendar.add_months(self._midnight(self.launch), 12 * years):
            years += 1
        return years if years > 0 else None

    def phase(self, at: datetime) -> int | None:
        """Return the phase that began last; None before the first phase or without a launch."""
        begun = [
            (start, phase)
            for phase in self.phases
            if (start := self.instant(DueDate("", phase=phase))) is not None and start <= at
        ]
        return max(begun)[1] if begun else None

    def _midnight(self, on: date) -> datetime:
        # In UTC, since differences of local times leave out the hours that clocks are changed by.
        return datetime.combine(on, time(), self.calendar.zone).astimezone(UTC)


@dataclass(frozen=True)
class Plan:
    """Points in order of time. Before the first there is no plan; after the last its value stays in force."""

    text: str
    points: tuple[tuple[DueDate, Decimal], ...]
    shape: Shape

    def at(self, now: datetime, timeline: Timeline) -> Decimal | None:
        """Return the plan's value at an instant, in the KPI's unit; None before the first point."""
        points = [(instant, value) for due, value in self.points if (instant := timeline.instant(due)) is not None]
        points.sort()
        reached = [point for point in points if point[0] <= now]
        if not reached:
            return None
        since, value = reached[-1]
        if len(reached) == len(points) or self.shape is Shape.STEP:
            return value
        until, following = points[len(reached)]
        elapsed, whole = (Decimal(span // _TICK) for span in (now - since, until - since))
        return value + (following - value) * elapsed / whole

    def to_date(self, elapsed: Period, whole: Period, timeline: Timeline) -> Decimal | None:
        """Return how much of a period's plan is due by now, in the KPI's unit; None where there is no plan for it.

        A period is planned to reach what the plan says at its end, a little each instant, in the proportions of the
        plan's values at the instants. A phase or quarter that begins at the end is none of its own.
        """
        stepped = any(due.stepped for due, _ in self.points)
        total = self.at(whole.ends - _TICK if stepped else whole.ends, timeline)
        if total is None:
            return None
        values = self._planned_within(whole, timeline)
        if values and elapsed.ends < values[0][0]:
            return None
        if not values or min(value for _, value in values) < 0 < max(value for _, value in values):
            return total * elapsed_share(elapsed, whole)
        due, all_due = self._area(elapsed, timeline), self._area(whole, timeline)
        return total * (due / all_due if all_due else elapsed_share(elapsed, whole))

    def _planned_within(self, period: Period, timeline: Timeline) -> Sequence[tuple[datetime, Decimal]]:
        """Return the plan's values at both ends of a period, and at its points in between; without those of no plan."""
        instants = {instant for due, _ in self.points if (instant := timeline.instant(due)) is not None}
        within = sorted({period.starts, period.ends, *(at for at in instants if period.starts < at < period.ends)})
        last = period.ends - _TICK if self.shape is Shape.STEP else period.ends
        valued = ((at, self.at(min(at, last), timeline)) for at in within)
        return [(at, value) for at, value in valued if value is not None]

    def _area(self, period: Period, timeline: Timeline) -> Decimal:
        """Return the plan's values times the time for which they hold, over a period."""
        values = self._planned_within(period, timeline)
        pieces = pairwise(values)
        stepped = self.shape is Shape.STEP
        return sum(
            (
                ((first if stepped else (first + second) / 2) * ((until - since) // _TICK))
                for (since, first), (until, second) in pieces
            ),
            Decimal(0),
        )


def parse(text: str, unit: Unit, shape: Shape | None = None) -> Plan:
    """Parse a plan. Without a `shape`, phases and quarters are steps, and lines join other points.

    Raises `TextError` with the place of a point that cannot be read, or that repeats the due date of another.
    """
    points: list[tuple[DueDate, Decimal]] = []
    for due, amount, column in _points(text):
        try:
            points.append((due, unit.amount(amount)))
        except ForeignAmountError:
            raise
        except ValueError as error:
            raise TextError(str(error), column) from None
    stepped = any(due.stepped for due, _ in points)
    return Plan(text, tuple(points), shape or (Shape.STEP if stepped else Shape.LINEAR))


def parse_range(text: str, unit: Unit) -> Mapping[Scenario, Plan]:
    """Parse the lower and the upper end of a plan by quarters, each a step; `TextError` says what is wrong."""
    lower: list[tuple[DueDate, Decimal]] = []
    upper: list[tuple[DueDate, Decimal]] = []
    for due, amounts, column in _points(text):
        span = _SPAN.fullmatch(amounts)
        if span is None or not _QUARTERS.fullmatch(due.text):
            raise TextError(f"'{due.text} {amounts}' is not a range of a quarter; write {RANGE_FORM}", column)
        try:
            low, high = unit.amount(span[1]), unit.amount(span[2])
        except ForeignAmountError:
            raise
        except ValueError as error:
            raise TextError(str(error), column) from None
        if low >= high:
            raise TextError(f"the range {amounts} is empty: write the lower end first", column)
        lower.append((due, low))
        upper.append((due, high))
    return {
        Scenario.LOWER: Plan(text, tuple(lower), Shape.STEP),
        Scenario.UPPER: Plan(text, tuple(upper), Shape.STEP),
    }


def _points(text: str) -> Iterator[tuple[DueDate, str, int]]:
    """Yield the due date, the amount as written, and the column of each point."""
    seen: list[DueDate] = []
    for part in _PART.finditer(text.strip()):
        match = _POINT.fullmatch(part[0].rstrip())
        if match is None:
            raise TextError(f"{part[0].rstrip()!r} is not a point of a plan; write {FORMS}", part.start())
        try:
            due = _moment(match[1])
        except ValueError as error:
            raise TextError(str(error), part.start()) from None
        if other := next((other for other in seen if other == due), None):
            twice = f"{other.text} twice" if other.text == due.text else f"{other.text} and {due.text}, the same day"
            raise TextError(f"the plan gives {twice}; keep one", part.start())
        seen.append(due)
        yield due, match[2], part.start()
    if not seen:
        raise TextError(f"the plan has no points; write {FORMS}")


def _moment(text: str) -> DueDate:
    if text.startswith("M"):
        return DueDate(text, months=int(text[1:].lstrip("+")))
    if text.startswith("Y"):
        return DueDate(text, months=12 * int(text[1:]))
    if match := _QUARTERS.fullmatch(text):
        if match[2] is not None and match[2] <= match[1]:
            raise ValueError(f"{text} runs backwards; write the earlier quarter first")
        return DueDate(text, on=date(int(match[3]), 3 * int(match[1]) - 2, 1), stepped=True)
    if text.startswith("phase"):
        return DueDate(text, phase=int(text.removeprefix("phase ")), stepped=True)
    try:
        return DueDate(text, on=date.fromisoformat(text))
    except ValueError:
        raise ValueError(f"there is no day {text}") from None
