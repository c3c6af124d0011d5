"""The alerts on a catalogue's KPIs: one for each KPI, severity, and bound or divergence."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from exporter import conventions
from exporter.alerts.alert import WORDS, KpiAlert, literal
from exporter.alerts.conditions import breach_expr, change_expr
from exporter.alerts.promql import max_of_replicas, number, selector, values, worst_replica
from exporter.alerts.words import side_text, threshold_text
from exporter.catalogue.language.plans import Scenario
from exporter.catalogue.language.thresholds import Bound, Condition
from exporter.catalogue.model import Company, Kpi
from exporter.quantities.prometheus import exact


@dataclass(frozen=True)
class BoundAlert(KpiAlert):
    """Alerts on one bound of a threshold, of the KPI's headline or of a segment.

    `later` holds the bounds of other years or phases, which share its threshold series.
    """

    bound: Bound
    later: tuple[Bound, ...] = ()

    @property
    def name(self) -> str:
        """The alert's name, from the bound's concern: `KpiUptimeLow`, `KpiArrBelowPlan`."""
        return conventions.alert(self.kpi.id, self.bound.concern)

    @property
    def segment(self) -> str:
        """The segment that the bound is for, empty for the headline."""
        return self.bound.scope.segment

    @property
    def labels(self) -> Mapping[str, str]:
        """The labels of every KPI alert, with `tier` and `segment` where the bound has them."""
        scope = self.bound.scope
        tier = {} if scope.tier is None else {"tier": str(scope.tier)}
        return {**super().labels, **tier, **({"segment": scope.segment} if scope.segment else {})}

    @property
    def expression(self) -> str:
        """The worst value among replicas, where it breaches the bound."""
        value = worst_replica(self.bound.comparison, self.value_series)
        return breach_expr(value, self.bound.comparison, self._limit, self.kpi.hold, literal=not self.limit_is_series)

    @property
    def value_series(self) -> str:
        """The selector of the KPI's value, or of its segment's."""
        return values(self.company, self.kpi, self.segment)

    @property
    def queries(self) -> Mapping[str, str]:
        """The value, and the plan or previous value that the bound depends on."""
        of = f" of {self.segment}" if self.segment else ""
        queries = {f"The value now{of}": self.value_series}
        if self.bound.share is not None:
            queries[f"The plan now{of}"] = self._reference
        if self.bound.change is not None:
            queries["The value one period before"] = self._reference
        return queries

    @property
    def _limit(self) -> str:
        if self.follows_threshold_series:
            return max_of_replicas(self.threshold_series)
        if self.bound.level is not None:
            return number(self.bound.level)
        if self.bound.change is not None:
            return change_expr(self.bound.change, self._reference)
        return self._reference if self._share == 1 else f"{number(self._share)} * {self._reference}"

    @property
    def _share(self) -> Decimal:
        assert self.bound.share is not None  # a bound has a level, a change or a share
        return self.bound.share

    @property
    def limit_is_series(self) -> bool:
        """Whether the limit is a series rather than a number in the rule; without it, the alert cannot fire."""
        return self.bound.level is None or self.follows_threshold_series

    @property
    def follows_threshold_series(self) -> bool:
        """Whether the limit is `kpi_threshold`: the exporter publishes it only while its years or phases last."""
        return self.bound.scope.stretch is not None

    @property
    def limit_series(self) -> str:
        """The selector of the series that the limit comes from."""
        return self.threshold_series if self.follows_threshold_series else self.reference_series

    @property
    def threshold_series(self) -> str:
        """The selector of the bound's `kpi_threshold`."""
        labels = {"company": self.company.name, "kpi": self.kpi.id, "severity": self.severity}
        return selector(conventions.THRESHOLD, **labels, **self.bound.labels)

    @property
    def reference_series(self) -> str:
        """The selector of the plan or the previous value, to which a share or a change refers."""
        labels = {"company": self.company.name, "kpi": self.kpi.id}
        if self.bound.change is not None:
            return selector(conventions.PREVIOUS, **labels)
        # The plans of segments and of the headline are in one family.
        segment = {"segment": self.segment} if self.kpi.segment_plans else {}
        return selector(conventions.PLAN, **labels, scenario=Scenario.BASE.value, **segment)

    @property
    def _reference(self) -> str:
        return max_of_replicas(self.reference_series)

    def _summary(self) -> str:
        crossed = "broken its SLA" if self.bound.scope.sla else f"crossed its {self.severity} threshold"
        return f"{self.subject} has {crossed}."

    def _description(self, value: str, reference: str) -> str:
        level = "the SLA is broken" if self.bound.scope.sla else f"{WORDS[self.severity]} is"
        stretches = ", ".join(threshold_text(bound, self.kpi.unit) for bound in (self.bound, *self.later))
        words = literal(stretches) + self._hold_text
        if self.bound.share is not None:
            return f"{self.subject} is {value}; {level} {words}, and the plan is {reference} now."
        before = f", after {reference} one period before" if self.bound.change is not None else ""
        return f"{self.subject} is {value}{before}; {level} {words}."

    @property
    def subject(self) -> str:
        """The KPI's title with its segment, as template text."""
        return literal(f"{self.kpi.title} of {self.segment}" if self.segment else self.kpi.title)


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
        return f"{literal(self.kpi.title)} is {value}; {WORDS[self.severity]} is {literal(sides)}{self._hold_text}."


def kpi_alerts(company: Company) -> Iterator[KpiAlert]:
    """Yield every alert on a KPI's value, in the order of the catalogue, warnings before criticals."""
    for kpi in company.kpis.values():
        for severity, condition in kpi.thresholds.items():
            for bound, *later in _by_series(kpi, condition):
                yield BoundAlert(company, kpi, severity, condition, bound, tuple(later))
            if condition.divergence:
                yield DivergenceAlert(company, kpi, severity, condition)


def _by_series(kpi: Kpi, condition: Condition) -> Iterator[Sequence[Bound]]:
    """Yield the bounds in groups: those of several years or phases share one threshold series, others stand alone."""
    groups: dict[object, list[Bound]] = {}
    for place, bound in enumerate(condition.bounds):
        series = (bound.concern, bound.comparison, *bound.labels.items())
        groups.setdefault(series if bound.scope.stretch else place, []).append(bound)
    yield from groups.values()
