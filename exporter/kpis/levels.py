"""The thresholds of a value: the plans, the levels in force at a moment, and the status that they give."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import cached_property

from exporter.calendar.windows import Period
from exporter.catalogue.language.divergence import Side
from exporter.catalogue.language.plans import DueDate, Plan, Scenario, Shape, Timeline
from exporter.catalogue.language.scopes import Scope, ScopeKind
from exporter.catalogue.language.thresholds import Bound, Condition
from exporter.catalogue.model import Company, Kpi
from exporter.kpis.arithmetic import published
from exporter.kpis.freshness import Polls
from exporter.kpis.reading import Level, Status
from exporter.measures.grain import minute_of
from exporter.measures.session import MeasureSession
from exporter.quantities.units import LARGEST
from exporter.records.store import Store

Plans = Mapping[str, Mapping[Scenario, Plan]]
"""Per KPI, its plan in each scenario."""


@dataclass(frozen=True)
class EvaluationContext:
    """Inputs for evaluating the status of a company at one instant: its polls, and the plans that are records."""

    company: Company
    now: datetime
    polls: Polls
    recorded_plans: Plans

    def plans(self, kpi: Kpi) -> Mapping[Scenario, Plan]:
        """Return the plan of a KPI in each scenario, from its records or from the catalogue."""
        return self.recorded_plans.get(kpi.id, {}) if kpi.recorded_plan else kpi.plans

    def planned(self, kpi: Kpi) -> Mapping[Scenario, float]:
        """Return what its plans say now, as published; those without a value yet are left out."""
        if kpi.id not in self._planned:
            values = {scenario: self._now(kpi, plan) for scenario, plan in self.plans(kpi).items()}
            self._planned[kpi.id] = {scenario: value for scenario, value in values.items() if value is not None}
        return self._planned[kpi.id]

    @cached_property
    def _planned(self) -> dict[str, Mapping[Scenario, float]]:
        return {}

    def plan_to_date(self, kpi: Kpi, elapsed: Period) -> float | None:
        """Return what the base plan says of a period up to now; of what adds up it is the part that is due."""
        plan, window = self.plans(kpi).get(Scenario.BASE), kpi.window.running
        if plan is None or window is None:
            return None
        if not self.company.adds_up(kpi):
            return self._published(kpi, plan.at(elapsed.ends, self.company.timeline))
        whole = window.whole(elapsed, self.company.calendar)
        return self._published(kpi, plan.to_date(elapsed, whole, self.company.timeline))

    def segments_planned(self, kpi: Kpi) -> Mapping[str, float]:
        """Return what the plans of its segments say now, as published, by label."""
        plans = kpi.segment_plans.items()
        return {label: value for label, plan in plans if (value := self._now(kpi, plan)) is not None}

    def levels(self, kpi: Kpi, condition: Condition | None, previous: float | None = None) -> tuple[Level, ...]:
        """Return the limits in force now.

        Those out of their years or phases are left out, those whose plan or previous value is unknown, and those that
        are larger than any value.
        """
        if condition is None or not condition.bounds:
            return ()
        base, segments = self.planned(kpi).get(Scenario.BASE), self.segments_planned(kpi)
        levels: list[Level] = []
        for bound in condition.bounds:
            plan = segments.get(bound.scope.segment) if bound.scope.segment else base
            limit = bound.limit(plan, previous)
            if limit is not None and abs(limit) < LARGEST and self._in_force(bound.scope):
                levels.append(Level(bound, limit))
        return tuple(levels)

    def thresholds(self, kpi: Kpi, previous: float | None = None) -> Mapping[str, tuple[Level, ...]]:
        """Return the levels of each threshold that the KPI has, by severity."""
        return {severity: self.levels(kpi, condition, previous) for severity, condition in kpi.thresholds.items()}

    def in_force(self, kpi: Kpi) -> Mapping[str, Mapping[Bound, bool]]:
        """Return whether the bounds that hold at some times only hold now, by severity: by years, phases and plans."""
        return {
            severity: {
                bound: self._in_force(bound.scope) and (bound.share is None or self._begun(kpi, bound.scope))
                for bound in condition.bounds
                if bound.scope.stretch is not None or bound.share is not None
            }
            for severity, condition in kpi.thresholds.items()
        }

    def _begun(self, kpi: Kpi, scope: Scope) -> bool:
        """Return whether the plan of a threshold has begun; one that does not exist ought to have."""
        plan = kpi.segment_plans.get(scope.segment) if scope.segment else self.plans(kpi).get(Scenario.BASE)
        return plan is None or self._now(kpi, plan) is not None

    def _now(self, kpi: Kpi, plan: Plan) -> float | None:
        return self._published(kpi, plan.at(minute_of(self.now), self.company.timeline))

    def _published(self, kpi: Kpi, value: Decimal | None) -> float | None:
        number = None if value is None else published(value, kpi.unit)
        return number if isinstance(number, float) else None

    def _in_force(self, scope: Scope) -> bool:
        return in_force(self.company.timeline, scope, minute_of(self.now))


def in_force(timeline: Timeline, scope: Scope, at: datetime) -> bool:
    """Return whether a scope of years or phases includes an instant."""
    stretch = scope.stretch
    if stretch is None:
        return True
    return stretch.include(timeline.year(at) if stretch.kind is ScopeKind.YEAR else timeline.phase(at))


def status(
    value: float,
    thresholds: Mapping[str, tuple[Level, ...]],
    segments: Mapping[str, float] | None = None,
    diverging: Collection[str] = (),
    accumulated: float | None = None,
) -> Status:
    """Return the worst threshold that the published value crosses, or one of the segments' values by label.

    `diverging` are the severities whose divergence holds. `accumulated` is what the period that runs has already, of
    what can only grow within it.
    """
    values = [value] if accumulated is None else [value, accumulated]
    for severity, crossed in (("critical", Status.CRITICAL), ("warning", Status.WARNING)):
        levels = thresholds.get(severity, ())
        if severity in diverging or any(level.holds(each, segments or {}) for level in levels for each in values):
            return crossed
    return Status.OK


def diverging(kpi: Kpi, value_of: Callable[[str], float | None]) -> frozenset[str]:
    """Return the severities whose divergence holds; none holds while a side is unknown.

    `value_of` returns published values by KPI id.
    """
    return frozenset(
        severity
        for severity, condition in kpi.thresholds.items()
        if condition.divergence and all(_holds(side, value_of(side.kpi)) for side in condition.divergence)
    )


def _holds(side: Side, value: float | None) -> bool:
    return value is not None and side.comparison.holds(value, float(side.level))


def open_session(
    company: Company, store: Store, polls: Polls, known_at: datetime | None = None
) -> AbstractContextManager[MeasureSession]:
    """Open a session over the records of the sources that the company's catalogue names.

    `polls` are older than the records that it sees: data may be newer than its age says, never older. With `known_at`
    the ledger, and the tables that it rests on, are as they were known then.
    """
    sources = {table: company.fillers(table) for table in polls.fillers}
    return MeasureSession.open(store, company.ledger, sources, known_at)


def recorded_plans(session: MeasureSession) -> Plans:
    """Return the plans whose points are rows of the table `plans`, each in force until the next."""
    points: dict[str, dict[Scenario, list[tuple[DueDate, Decimal]]]] = {}
    for point in session.plan_points():
        by_scenario = points.setdefault(point.kpi, {})
        by_scenario.setdefault(Scenario(point.scenario), []).append((_dated(point.effective_on), point.value))
    return {
        kpi: {scenario: Plan("records", tuple(dated), Shape.STEP) for scenario, dated in by_scenario.items()}
        for kpi, by_scenario in points.items()
    }


def _dated(on: date) -> DueDate:
    return DueDate(on.isoformat(), on=on, stepped=True)
