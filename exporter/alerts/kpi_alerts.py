"""The alerts on a catalogue's KPIs: one for each KPI, severity, and bound or divergence."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from exporter import conventions
from exporter.alerts.accumulating import AccumulatingAlert
from exporter.alerts.alert import KpiAlert, literal
from exporter.alerts.bound_alert import BoundAlert
from exporter.alerts.conditions import breach_expr
from exporter.alerts.promql import last_value, max_of_replicas, number, values, worst_replica
from exporter.alerts.words import side_text
from exporter.catalogue.language.thresholds import Bound, Condition
from exporter.catalogue.model import Company, Kpi
from exporter.quantities.prometheus import exact


@dataclass(frozen=True)
class DivergenceAlert(KpiAlert):
    """Alerts when two KPIs diverge, with the value of the KPI that has the threshold."""

    @property
    def name(self) -> str:
        """The alert's name: `KpiInventoryDivergenceDiverging`."""
        return conventions.alert(self.kpi.id, "Diverging")

    @property
    def expression(self) -> str:
        """The KPI's value, where both sides breach their levels."""
        sides = [
            breach_expr(
                worst_replica(side.comparison, values(self.company, self.company.kpis[side.kpi])),
                side.comparison,
                number(side.level),
                self.kpi.hold,
                literal=True,
            )
            for side in self.condition.divergence
        ]
        return " and ".join([max_of_replicas(values(self.company, self.kpi)), *sides])

    @property
    def basis(self) -> str:
        """The KPI's value with those of both sides."""
        sides = (self.company.kpis[side.kpi] for side in self.condition.divergence)
        return " and on (company) ".join(last_value(values(self.company, kpi)) for kpi in (self.kpi, *sides))

    @property
    def queries(self) -> Mapping[str, str]:
        """The value, and the values of both sides."""
        sides = (self.company.kpis[side.kpi] for side in self.condition.divergence)
        return {
            "The value now": values(self.company, self.kpi),
            **{f"{side.title} now": values(self.company, side) for side in sides},
        }

    def _description(self, value: str, reference: str) -> str:
        kpis = self.company.kpis
        sides = " while ".join(
            f"{kpis[side.kpi].title} {side_text(side.comparison, exact(side.level, kpis[side.kpi].unit))}"
            for side in self.condition.divergence
        )
        return f"{literal(self.kpi.title)}: {value}, {self.severity} with {literal(sides)}{self._hold_text}."


def kpi_alerts(company: Company) -> Iterator[KpiAlert]:
    """Yield every alert on a KPI's value, in the order of the catalogue, warnings before criticals."""
    for kpi in company.kpis.values():
        on_bound = AccumulatingAlert if kpi.accumulates else BoundAlert
        for severity, condition in kpi.thresholds.items():
            for bound, *later in _by_series(kpi, condition):
                yield on_bound(company, kpi, severity, condition, bound, tuple(later))
            if condition.divergence:
                yield DivergenceAlert(company, kpi, severity, condition)


def _by_series(kpi: Kpi, condition: Condition) -> Iterator[Sequence[Bound]]:
    """Yield the bounds in groups: those of several years or phases share one threshold series, others stand alone."""
    groups: dict[object, list[Bound]] = {}
    for place, bound in enumerate(condition.bounds):
        series = (bound.concern, bound.comparison, *bound.labels.items())
        groups.setdefault(series if bound.scope.stretch else place, []).append(bound)
    yield from groups.values()
