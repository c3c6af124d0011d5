"""What the company plans for itself: people, sales targets per quarter, and plan points by phase."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from exporter.demo.managed_kubernetes.base_plan import FIRST_QUOTA, HIRES, LAST_QUOTA, MQLS_PLAN, NEW_CUSTOMERS_PLAN
from exporter.demo.managed_kubernetes.calendar import CURRENT
from exporter.demo.months import Months, quarter_end


@dataclass(frozen=True)
class Team:
    name: str
    effective: date
    people: int


@dataclass(frozen=True)
class Quota:
    quarter: date
    amount: Decimal


@dataclass(frozen=True)
class PlanPoint:
    kpi: str
    effective: date
    value: int


def teams(months: Months) -> Iterator[Team]:
    """A row per change; a team without anybody is stated as such from the launch on."""
    for name, begins in HIRES.items():
        for month in sorted({1, *begins}):
            yield Team(name, months.first(month), sum(each <= month for each in begins))


def quotas(months: Months) -> Iterator[Quota]:
    """Of every calendar quarter from the launch to now, rising evenly."""
    ends = [quarter_end(months.launch)]
    while ends[-1] < months.first(CURRENT):
        ends.append(quarter_end(ends[-1] + timedelta(days=1)))
    for place, end in enumerate(ends):
        amount = FIRST_QUOTA + (LAST_QUOTA - FIRST_QUOTA) * place // (len(ends) - 1)
        yield Quota(end.replace(month=end.month - 2, day=1), Decimal(amount))


def plan_points(months: Months) -> Iterator[PlanPoint]:
    plans: Mapping[str, Mapping[int, int]] = {"new_customers": NEW_CUSTOMERS_PLAN, "mqls": MQLS_PLAN}
    for kpi, points in plans.items():
        for month, value in points.items():
            yield PlanPoint(kpi, months.first(month), value)
