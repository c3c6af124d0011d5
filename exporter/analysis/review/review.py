"""The review: what changed since the last one, what is behind plan, what moved, and what is unknown."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from exporter.analysis.parameters import RequestRefused
from exporter.analysis.review.request import ReviewRequest
from exporter.calendar.windows import Calendar
from exporter.catalogue.language.plans import Scenario
from exporter.catalogue.language.thresholds import with_unit
from exporter.catalogue.model import Company, Kpi
from exporter.catalogue.schema.company import Cadence
from exporter.kpis.display_status import DisplayStatus, counts, display_status
from exporter.kpis.history import Point, look_back
from exporter.kpis.reading import Reading
from exporter.kpis.so_far import at_close, so_far
from exporter.quantities import display
from exporter.records.store import Store

TREND_POINTS = 13
"""So that a monthly trend shows the same month a year ago."""
LISTED = 8
"""How many are listed as behind plan, and as movers."""

MOVED = 0.05
"""The share by which a KPI must have moved to be a mover; less is noise."""

_ORDER = list(Cadence)


@dataclass(frozen=True)
class ReviewLine:
    """One KPI in a review: now, as it was at the last one, and its trend."""

    now: Reading
    then: Reading
    trend: Sequence[Point]

    @property
    def kpi(self) -> Kpi:
        """The KPI."""
        return self.now.kpi

    @property
    def status(self) -> DisplayStatus:
        """The status now, as the page has it."""
        return display_status(self.now)

    @property
    def was(self) -> DisplayStatus:
        """The status at the last review."""
        return display_status(self.then)

    @property
    def value(self) -> str:
        """The value now with its unit; empty where unknown."""
        return "" if self.now.value is None else display.amount(self.now.value, self.kpi.unit)

    @property
    def target(self) -> str:
        """As the catalogue writes it, with its unit, and whether it is missed, by the headline or by a segment."""
        text = with_unit(self.kpi.target.text, self.kpi.unit) if self.kpi.target else ""
        return f"{text}, missed" if self.now.target_missed else text

    @property
    def plan(self) -> str:
        """What the base plan says of now, with its unit; empty without a plan."""
        planned = self.now.plan.get(Scenario.BASE)
        return "" if planned is None else display.amount(planned, self.kpi.unit)

    @property
    def so_far(self) -> str:
        """The value in the period that runs, or that of the last close; empty where there is neither."""
        closed = at_close(self.now)
        return so_far(self.now) or (f"{closed} at the close" if closed else "")

    @property
    def change(self) -> str:
        """The change against the period before; empty where one of both is unknown."""
        value, previous = self.now.value, self.now.previous
        return "" if value is None or previous is None else display.change(value, previous, self.kpi.unit)

    @property
    def behind(self) -> float | None:
        """The share of its base plan by which it is short, or over a plan that is a ceiling; None if it is not."""
        value, planned = self.now.value, self.now.plan.get(Scenario.BASE)
        if value is None or not planned:
            return None
        short = (value - planned if lower_is_better(self.kpi) else planned - value) / abs(planned)
        return short if short > 0 else None

    @property
    def short(self) -> str:
        """How far it is behind its plan, in percent; empty if it is not."""
        return "" if self.behind is None else display.percentage(round(self.behind, 3))

    @property
    def moved(self) -> float:
        """How far it moved since the period before, as a share of what it was then; 0 where that is not known."""
        value, previous = self.now.value, self.now.previous
        if value is None or previous is None or value == previous:
            return 0.0
        return abs(value - previous) / abs(previous) if previous else math.inf

    @property
    def why_unknown(self) -> str:
        """Why the value is unknown; empty if it is known."""
        return self.now.unknown.detail if self.now.unknown else ""


@dataclass(frozen=True)
class Review:
    """A company's review at `now`; `since` is when the last one was. KPIs that are not connected are not in it."""

    company: Company
    cadence: Cadence
    since: datetime
    now: datetime
    lines: Sequence[ReviewLine]

    @property
    def counts(self) -> Mapping[DisplayStatus, int]:
        """The KPIs by status, the worst first."""
        return counts(line.now for line in self.lines)

    @property
    def changed(self) -> Sequence[ReviewLine]:
        """Whose status is another one than at the last review, the worst first."""
        changed = [line for line in self.lines if line.status != line.was]
        worst_first = list(DisplayStatus)
        return sorted(changed, key=lambda line: worst_first.index(line.status))

    @property
    def behind(self) -> Sequence[ReviewLine]:
        """The furthest behind their plans, the worst first."""
        return sorted((line for line in self.lines if line.behind), key=lambda line: -(line.behind or 0))[:LISTED]

    @property
    def movers(self) -> Sequence[ReviewLine]:
        """Those that moved most since the period before, the largest move first."""
        return sorted((line for line in self.lines if line.moved >= MOVED), key=lambda line: -line.moved)[:LISTED]

    @property
    def estimated(self) -> Mapping[str, Sequence[str]]:
        """The KPIs that rest on reconstructed rows now or did at the last review, by what was reconstructed and how."""
        kpis: dict[str, list[str]] = {}
        for line in self.lines:
            for text in dict.fromkeys(each.text for each in (*line.now.estimated, *line.then.estimated)):
                kpis.setdefault(text, []).append(line.kpi.id)
        return kpis

    @property
    def unknown(self) -> Sequence[ReviewLine]:
        """The lines without a value."""
        return [line for line in self.lines if line.now.unknown]

    @property
    def areas(self) -> Mapping[str, Sequence[ReviewLine]]:
        """All lines, by area, in the order of the catalogue."""
        areas: dict[str, list[ReviewLine]] = {}
        for line in self.lines:
            areas.setdefault(display.heading(line.kpi.area), []).append(line)
        return areas


def review(request: ReviewRequest, store: Store, now: datetime) -> Review:
    """Review the KPIs of the cadence or a finer one, by the records that are known today.

    Raises `RequestRefused` for a `since` that is not past.
    """
    company, cadence = request.company, request.cadence
    since = earlier(cadence, now, company.calendar) if request.since is None else request.since
    if since >= now:
        raise RequestRefused(
            f"since: the last review cannot have been on {since:%Y-%m-%d %H:%M:%S} UTC, which is not past"
        )
    reviewed = [
        id_
        for id_, kpi in company.kpis.items()
        if company.connected(kpi) and _ORDER.index(kpi.cadence) <= _ORDER.index(cadence)
    ]
    seen = look_back(
        company, store, now, since, reviewed, lambda at: earlier(cadence, at, company.calendar), TREND_POINTS
    )
    lines = [
        ReviewLine(present, then, seen.trends[present.kpi.id])
        for present, then in zip(seen.now, seen.then, strict=True)
        if present.kpi.id in reviewed
    ]
    return Review(company, cadence, since, now, lines)


def earlier(cadence: Cadence, at: datetime, calendar: Calendar) -> datetime:
    """Return the same local time one day, week, month or quarter before."""
    match cadence:
        case Cadence.DAILY:
            return calendar.add_days(at, -1)
        case Cadence.WEEKLY:
            return calendar.add_days(at, -7)
        case Cadence.MONTHLY:
            return calendar.add_months(at, -1)
        case Cadence.QUARTERLY:
            return calendar.add_months(at, -3)


def lower_is_better(kpi: Kpi) -> bool:
    """Return whether a lower value is better, by the KPI's target or else by its thresholds."""
    aims = {bound.comparison.upward for bound in kpi.target.bounds} if kpi.target else set()
    alarms = {bound.comparison.upward for each in kpi.thresholds.values() for bound in each.bounds}
    return aims == {False} if len(aims) == 1 else alarms == {True}
