"""What a value is held against: the plans, the levels in force at a moment, and the status that they give."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

import duckdb

from exporter.catalogue.model import Company, Kpi
from exporter.catalogue.plans import Moment, Plan, Scenario, Shape
from exporter.catalogue.thresholds import Condition
from exporter.kpis.freshness import Polls
from exporter.kpis.reading import Level, Status
from exporter.records.store import Store

Plans = Mapping[str, Mapping[Scenario, Plan]]
"""Per KPI, its plan in each scenario."""


@dataclass(frozen=True)
class Sitting:
    """A company at the moment at which it is judged: what its polls have brought, and the plans that are records."""

    company: Company
    now: datetime
    polls: Polls
    recorded_plans: Plans

    def plans(self, kpi: Kpi) -> Mapping[Scenario, Plan]:
        return self.recorded_plans.get(kpi.id, {}) if kpi.recorded_plan else kpi.plans

    def levels(self, kpi: Kpi, condition: Condition | None) -> tuple[Level, ...]:
        """The limits in force now: none out of the condition's years, none where the plan has no value yet."""
        timeline = self.company.timeline
        if condition is None or not condition.applies(timeline.year(self.now)):
            return ()
        base = self.plans(kpi).get(Scenario.BASE)
        plan = base.at(self.now, timeline) if base else None
        limits = ((bound, bound.limit(plan)) for bound in condition.bounds)
        return tuple(Level(bound, limit) for bound, limit in limits if limit is not None)

    def thresholds(self, kpi: Kpi) -> Mapping[str, tuple[Level, ...]]:
        """The levels of each threshold that the KPI has, by severity."""
        return {severity: self.levels(kpi, condition) for severity, condition in kpi.thresholds.items()}


def status(value: float, thresholds: Mapping[str, tuple[Level, ...]]) -> Status:
    """The worst threshold that the published value crosses."""
    for severity, crossed in (("critical", Status.CRITICAL), ("warning", Status.WARNING)):
        if any(level.bound.comparison.holds(value, level.limit) for level in thresholds.get(severity, ())):
            return crossed
    return Status.IN_ORDER


@contextmanager
def sitting(
    company: Company, store: Store, polls: Polls, now: datetime
) -> Iterator[tuple[Sitting, duckdb.DuckDBPyConnection]]:
    """The company's sitting at `now`, and a cursor over the records of the sources that its catalogue names.

    `polls` are older than the records the cursor shows: data may be newer than its age says, never older.
    """
    fillers = {table: company.fillers(table) for table in polls.fillers}
    with store.reading(company.name, company.timezone, fillers) as cursor:
        yield Sitting(company, now, polls, _recorded_plans(cursor)), cursor


def _recorded_plans(cursor: duckdb.DuckDBPyConnection) -> Plans:
    """The plans whose points are rows of the table `plans`, as lines through the points."""
    rows = cursor.execute("SELECT kpi, scenario, effective_on, value FROM plans ORDER BY ALL").fetchall()
    points: dict[str, dict[Scenario, list[tuple[Moment, Decimal]]]] = {}
    for kpi, scenario, on, value in rows:
        points.setdefault(kpi, {}).setdefault(Scenario(scenario), []).append((_dated(on), value))
    return {
        kpi: {scenario: Plan("records", tuple(found), Shape.LINEAR) for scenario, found in by_scenario.items()}
        for kpi, by_scenario in points.items()
    }


def _dated(on: date) -> Moment:
    return Moment(on.isoformat(), on=on)
