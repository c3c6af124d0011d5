"""Series: KPIs over time, computed from the records that are known today, all moments in one pass."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from exporter.catalogue.language.plans import Scenario
from exporter.catalogue.model import Company
from exporter.kpis.reading import Reading, Status
from exporter.kpis.snapshot import evaluate
from exporter.records.store import Store


@dataclass(frozen=True)
class KpiSeries:
    """One KPI over time, the oldest moment first: columns of one length, None where there was nothing to publish.

    `at` is in Unix seconds; the numbers are in the KPI's unit, as published. `plan` is the base plan's, `to_date` the
    value over the part that had passed of a calendar period.
    """

    at: Sequence[float]
    value: Sequence[float | None]
    status: Sequence[Status | None]
    plan: Sequence[float | None]
    previous: Sequence[float | None]
    to_date: Sequence[float | None]

    @classmethod
    def of(cls, moments: Sequence[datetime], readings: Sequence[Reading]) -> KpiSeries:
        """Make a series of the readings at these moments."""
        return cls(
            [at.timestamp() for at in moments],
            [each.value for each in readings],
            [each.status for each in readings],
            [each.plan.get(Scenario.BASE) for each in readings],
            [each.previous for each in readings],
            [each.to_date.value if each.to_date else None for each in readings],
        )

    def extended_by(self, later: KpiSeries) -> KpiSeries:
        """Return this series and a later one in one; where they overlap, this one counts."""
        count = sum(at <= self.at[-1] for at in later.at)
        return KpiSeries(
            [*self.at, *later.at[count:]],
            [*self.value, *later.value[count:]],
            [*self.status, *later.status[count:]],
            [*self.plan, *later.plan[count:]],
            [*self.previous, *later.previous[count:]],
            [*self.to_date, *later.to_date[count:]],
        )


def kpi_series(
    company: Company, store: Store, moments: Sequence[datetime], kpis: Collection[str] | None = None
) -> Mapping[str, KpiSeries]:
    """Return the KPIs, or the chosen ones, at each of the moments."""
    chosen = [kpi for kpi in company.kpis.values() if kpis is None or kpi.id in kpis]
    evaluations = evaluate(company, store, dict.fromkeys(moments, tuple(kpi.id for kpi in chosen)))
    # Of the breakdowns only that whose labels thresholds name decides on a status.
    breakdowns = {kpi.id: [kpi.segments] if kpi.segments else [] for kpi in chosen}
    return {
        kpi.id: KpiSeries.of(moments, [each.reading(kpi, by=breakdowns[kpi.id]) for each in evaluations])
        for kpi in chosen
    }
