"""Scenarios: which KPIs a shock to an input reaches, and what they would be."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from decimal import Decimal

from exporter.catalogue.model import Company, Kpi
from exporter.kpis.arithmetic import published
from exporter.kpis.evaluation import Evaluator
from exporter.kpis.moments import KpiAt


def reached(company: Company, inputs: Collection[str]) -> frozenset[str]:
    """Return the KPIs that are one of these inputs or rest on one, directly or through other KPIs.

    An input is written as in a formula. What a formula asks for one period before is not reached.
    """
    reached_by_id: dict[str, bool] = {}

    def rests(kpi: Kpi) -> bool:
        if kpi.id not in reached_by_id:
            terms = [name for name, previous in kpi.terms() if not previous]
            below = (company.kpis.get(name.name) for name in terms if name.name not in company.measures)
            is_input = kpi.id in inputs and kpi.id not in company.measures
            named = any(name.text in inputs for name in terms)
            reached_by_id[kpi.id] = is_input or named or any(rests(each) for each in below if each is not None)
        return reached_by_id[kpi.id]

    return frozenset(id_ for id_, kpi in company.kpis.items() if rests(kpi))


def scenario_values(
    company: Company, moments: Iterable[KpiAt], evaluator: Evaluator
) -> Mapping[str, Mapping[str, float]]:
    """Per KPI, its value as it would be published in each scenario of the company that reaches it."""
    values: dict[str, dict[str, float]] = {}
    for scenario, shocks in company.scenarios.items():
        shocked, concerned = evaluator.shocked(shocks), reached(company, shocks)
        for moment in moments:
            result = shocked.value(moment) if moment.kpi.id in concerned else None
            value = published(result, moment.kpi.unit) if isinstance(result, Decimal) else None
            if isinstance(value, float):
                values.setdefault(moment.kpi.id, {})[scenario] = value
    return values
