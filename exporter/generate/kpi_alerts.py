"""The alerts on a catalogue's KPIs: one per KPI, severity and bound or divergence."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal

from exporter import conventions
from exporter.catalogue.changes import Change
from exporter.catalogue.model import Company
from exporter.catalogue.plans import Scenario
from exporter.catalogue.thresholds import Bound
from exporter.generate.alerts import WORDS, KpiAlert, literal
from exporter.generate.promql import number, selector, values, worst


@dataclass(frozen=True)
class BoundAlert(KpiAlert):
    """One bound of one threshold, of the headline or of a segment."""

    bound: Bound

    @property
    def name(self) -> str:
        return conventions.alert(self.kpi, self.bound)

    @property
    def segment(self) -> str:
        return self.bound.scope.segment

    @property
    def labels(self) -> Mapping[str, str]:
        scope = self.bound.scope
        tier = {} if scope.tier is None else {"tier": str(scope.tier)}
        return {**super().labels, **tier, **({"segment": scope.segment} if scope.segment else {})}

    @property
    def expression(self) -> str:
        value = f"{worst(self.bound.comparison)} by (company) ({values(self.company, self.kpi, self.segment)})"
        return f"{value} {self.bound.comparison} {self._limit}"

    @property
    def queries(self) -> Mapping[str, str]:
        of = f" of {self.segment}" if self.segment else ""
        found = {f"The value now{of}": values(self.company, self.kpi, self.segment)}
        if self.bound.share is not None:
            found[f"The plan now{of}"] = self._reference
        if self.bound.change is not None:
            found["The value one period before"] = self._reference
        return found

    @property
    def _limit(self) -> str:
        if self.follows_threshold_series:
            return f"max by (company) ({self.threshold_series})"
        if self.bound.level is not None:
            return number(self.bound.level)
        if self.bound.change is not None:
            return _changed(self.bound.change, self._reference)
        return self._reference if self._share == 1 else f"{number(self._share)} * {self._reference}"

    @property
    def _share(self) -> Decimal:
        assert self.bound.share is not None  # a bound has a level, a change or a share
        return self.bound.share

    @property
    def follows_threshold_series(self) -> bool:
        """PromQL knows no years since launch: the exporter publishes such a threshold only while it is in force."""
        return self.bound.scope.stretch is not None

    @property
    def threshold_series(self) -> str:
        labels = {"company": self.company.name, "kpi": self.kpi.id, "severity": self.severity}
        return selector(conventions.THRESHOLD, **labels, **conventions.level_labels(self.bound))

    @property
    def reference_series(self) -> str:
        """The series of the plan or of the previous value, to which a share or a change refers."""
        labels = {"company": self.company.name, "kpi": self.kpi.id}
        if self.bound.change is not None:
            return selector(conventions.PREVIOUS, **labels)
        # Plans of segments stand beside that of the headline, in the same family.
        segment = {"segment": self.segment} if self.kpi.segment_plans else {}
        return selector(conventions.PLAN, **labels, scenario=Scenario.BASE.value, **segment)

    @property
    def _reference(self) -> str:
        return f"max by (company) ({self.reference_series})"

    def _summary(self) -> str:
        crossed = "broken its SLA" if self.bound.scope.sla else f"crossed its {self.severity} threshold"
        return f"{self._subject} has {crossed}."

    def _description(self, value: str, reference: str) -> str:
        level = "the SLA is broken at" if self.bound.scope.sla else f"{WORDS[self.severity]} is"
        beside = ""
        if self.bound.share is not None:
            beside = f", and the plan is {reference} now"
        elif self.bound.change is not None:
            beside = f", and it was {reference} one period before"
        return f"{self._subject} is {value}; {level} {literal(self.bound.text)}{beside}."

    @property
    def _subject(self) -> str:
        return literal(f"{self.kpi.title} of {self.segment}" if self.segment else self.kpi.title)


@dataclass(frozen=True)
class DivergenceAlert(KpiAlert):
    """Two KPIs that part ways; the value is that of the KPI whose threshold it is."""

    @property
    def name(self) -> str:
        return conventions.divergence_alert(self.kpi)

    @property
    def expression(self) -> str:
        sides = [
            f"{worst(side.comparison)} by (company) ({values(self.company, self.company.kpis[side.kpi])})"
            f" {side.comparison} {number(side.level)}"
            for side in self.condition.divergence
        ]
        return " and ".join([f"max by (company) ({values(self.company, self.kpi)})", *sides])

    @property
    def queries(self) -> Mapping[str, str]:
        sides = (self.company.kpis[side.kpi] for side in self.condition.divergence)
        return {
            "The value now": values(self.company, self.kpi),
            **{f"{side.title} now": values(self.company, side) for side in sides},
        }


def _changed(change: Change, previous: str) -> str:
    """The value that far from the previous one; a share of what is not positive says nothing."""
    if change.relative:
        return f"{number(change.factor)} * ({previous} > 0)"
    if not change.amount:
        return previous
    return f"{previous} {'+' if change.amount > 0 else '-'} {number(abs(change.amount))}"


def kpi_alerts(company: Company) -> Iterator[KpiAlert]:
    """Every alert on a KPI's value, in the order of the catalogue, warnings before the red flags."""
    for kpi in company.kpis.values():
        for severity, condition in kpi.thresholds.items():
            for bound in condition.bounds:
                yield BoundAlert(company, kpi, severity, condition, bound)
            if condition.divergence:
                yield DivergenceAlert(company, kpi, severity, condition)
