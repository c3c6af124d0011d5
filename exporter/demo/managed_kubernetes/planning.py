"""What the company plans for itself: people, sales targets per quarter, and plan points by phase."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta
from decimal import Decimal

from exporter.demo.kit.months import Months, quarter_end
from exporter.demo.kit.rows import Row
from exporter.demo.managed_kubernetes.base_plan import FIRST_QUOTA, HIRES, LAST_QUOTA, MQLS_PLAN, NEW_CUSTOMERS_PLAN


def positions(months: Months) -> Iterator[Row]:
    """Export a row per change; a team without anybody is stated as such from the launch on."""
    for team, begins in HIRES.items():
        for month in sorted({1, *begins}):
            fte = sum(each <= month for each in begins)
            yield {"department": team, "valid_from": months.first(month), "fte": fte}


def quotas(months: Months) -> Iterator[Row]:
    """Export the target of every calendar quarter from the launch to now, rising evenly."""
    ends = [quarter_end(months.launch)]
    while ends[-1] < months.first(months.current):
        ends.append(quarter_end(ends[-1] + timedelta(days=1)))
    for place, end in enumerate(ends):
        amount = FIRST_QUOTA + (LAST_QUOTA - FIRST_QUOTA) * place // (len(ends) - 1)
        yield {"quarter_start": end.replace(month=end.month - 2, day=1), "new_annual_value": Decimal(amount)}


def targets(months: Months) -> Iterator[Row]:
    """Export the base plan of some metrics, a row per phase."""
    plans: Mapping[str, Mapping[int, int]] = {"new_customers": NEW_CUSTOMERS_PLAN, "mqls": MQLS_PLAN}
    for metric, points in plans.items():
        for month, target in points.items():
            yield {"metric": metric, "scenario": "base", "from_date": months.first(month), "target": target}
