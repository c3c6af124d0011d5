"""The alerts on a catalogue's KPIs: one per KPI, severity and bound or divergence."""

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
    """One bound of one threshold, of the headline or of a segment.

    `later` are those of other years or phases, which share its threshold series.
    """

    bound: Bound
    later: tuple[Bound, ...] = ()

    @property
    def name(self) -> str:
        return conventions.alert(self.kpi.id, self.bound.concern)

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
        value = worst_replica(self.bound.comparison, self.value_series)
        return breach_expr(value, self.bound.comparison, self._limit, self.kpi.hold, literal=not self.limit_is_series)

    @property
    def value_series(self) -> str:
        return values(self.company, self.kpi, self.segment)

    @property
    def queries(self) -> Mapping[str, str]:
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
        """Whether the limit is not a number of the rule: without that series the alert is silent."""
        return self.bound.level is None or self.follows_threshold_series

    @property
    def follows_threshold_series(self) -> bool:
        """PromQL knows no years since launch: the exporter publishes such a threshold only while it is in force."""
        return self.bound.scope.stretch is not None

    @property
    def limit_series(self) -> str:
        """The series that the limit rests on."""
        return self.threshold_series if self.follows_threshold_series else self.reference_series

    @property
    def threshold_series(self) -> str:
        labels = {"company": self.company.name, "kpi": self.kpi.id, "severity": self.severity}
        return selector(conventions.THRESHOLD, **labels, **self.bound.labels)

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
        return max_of_replicas(self.reference_series)

    def _summary(self) -> str:
        crossed = "broken its SLA" if self.bound.scope.sla else f"crossed its {self.severity} threshold"
        return f"{self.subject} has {crossed}."

    def _description(self, value: str, reference: str) -> str:
        level = "the SLA is broken" if self.bound.scope.sla else f"{WORDS[self.severity]} is"
        stretches = ", ".join(threshold_text(each, self.kpi.unit) for each in (self.bound, *self.later))
        words = literal(stretches) + self._hold_text
        if self.bound.share is not None:
            return f"{self.subject} is {value}; {level} {words}, and the plan is {reference} now."
        before = f", after {reference} one period before" if self.bound.change is not None else ""
        return f"{self.subject} is {value}{before}; {level} {words}."

    @property
    def subject(self) -> str:
        return literal(f"{self.kpi.title} of {self.segment}" if self.segment else self.kpi.title)


@dataclass(frozen=True)
class DivergenceAlert(KpiAlert):
    """Two KPIs that part ways; the value is that of the KPI whose threshold it is."""

    @property
    def name(self) -> str:
        return conventions.alert(self.kpi.id, "Diverging")

    @property
    def expression(self) -> str:
        parting = [
            breach_expr(
                worst_replica(side.comparison, values(self.company, self.company.kpis[side.kpi])),
                side.comparison,
                number(side.level),
                self.kpi.hold,
                literal=True,
            )
            for side in self.condition.divergence
        ]
        return " and ".join([max_of_replicas(values(self.company, self.kpi)), *parting])

    @property
    def queries(self) -> Mapping[str, str]:
        sides = (self.company.kpis[side.kpi] for side in self.condition.divergence)
        return {
            "The value now": values(self.company, self.kpi),
            **{f"{side.title} now": values(self.company, side) for side in sides},
        }

    def _description(self, value: str, reference: str) -> str:
        kpis = self.company.kpis
        parting = " while ".join(
            f"{kpis[each.kpi].title} {side_text(each.comparison, exact(each.level, kpis[each.kpi].unit))}"
            for each in self.condition.divergence
        )
        return f"{literal(self.kpi.title)} is {value}; {WORDS[self.severity]} is {literal(parting)}{self._hold_text}."


def kpi_alerts(company: Company) -> Iterator[KpiAlert]:
    """Every alert on a KPI's value, in the order of the catalogue, warnings before the red flags."""
    for kpi in company.kpis.values():
        for severity, condition in kpi.thresholds.items():
            for bound, *later in _by_series(kpi, condition):
                yield BoundAlert(company, kpi, severity, condition, bound, tuple(later))
            if condition.divergence:
                yield DivergenceAlert(company, kpi, severity, condition)


def _by_series(kpi: Kpi, condition: Condition) -> Iterator[Sequence[Bound]]:
    """The bounds; those of several years or phases together, because they take turns in one threshold series."""
    together: dict[object, list[Bound]] = {}
    for place, bound in enumerate(condition.bounds):
        turns = (bound.concern, bound.comparison, *bound.labels.items())
        together.setdefault(turns if bound.scope.stretch else place, []).append(bound)
    yield from together.values()
