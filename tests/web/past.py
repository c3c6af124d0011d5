"""Made-up histories of KPIs: a value a day until now."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from exporter.kpis.kpi_series import KpiSeries
from exporter.kpis.reading import Reading, Status
from tests.support.readings import NOW

DAY = timedelta(days=1)


def track(values: Sequence[float | None], plan: float | None = None, previous: float | None = None) -> KpiSeries:
    """Return a series with a value a day, the last one now."""
    at = [(NOW - DAY * back).timestamp() for back in range(len(values) - 1, -1, -1)]
    statuses = [None if value is None else Status.OK for value in values]
    return KpiSeries(at, values, statuses, [plan] * len(values), [previous] * len(values), [None] * len(values))


def towards(reading: Reading, days: int) -> KpiSeries:
    """Return a series that goes up and down and ends at the KPI's value."""
    value = reading.value
    if value is None:
        return track([None] * days)
    return track([value * (1 + (days - day) % 29 / 300 - day % 7 / 200) for day in range(days - 1)] + [value])
