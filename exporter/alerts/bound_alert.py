"""The alert on one bound of a threshold: the value of a KPI or of a segment, past a limit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from exporter import conventions
from exporter.alerts.alert import KpiAlert, literal
from exporter.alerts.conditions import breach_expr, change_expr
from exporter.alerts.promql import last_value, max_of_replicas, number, selector, values, worst_replica
from exporter.alerts.words import threshold_text
from exporter.catalogue.language.plans import Scenario
from exporter.catalogue.language.thresholds import Bound


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
        value = worst_replica(self.bound.comparison, *self.compared_series)
        return breach_expr(value, self.bound.comparison, self._limit, self.kpi.hold, literal=not self.limit_is_series)

    @property
    def basis(self) -> str:
        """The value, with the series that the limit comes from."""
        value = " or ".join(map(last_value, self.compared_series))
        return f"({value}) and on (company) {last_value(self.limit_series)}" if self.limit_is_series else value

    @property
    def compared_series(self) -> tuple[str, ...]:
        """The selectors of the values of which the worst is compared with the limit."""
        return (self.value_series,)

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
            queries[f"The plan now{of}"] = self.reference
        if self.bound.change is not None:
            queries["The value one period before"] = self.reference
        return queries

    @property
    def _limit(self) -> str:
        if self.follows_threshold_series:
            return max_of_replicas(self.threshold_series)
        if self.bound.level is not None:
            return number(self.bound.level)
        if self.bound.change is not None:
            return change_expr(self.bound.change, self.reference)
        return self.reference if self._share == 1 else f"{number(self._share)} * {self.reference}"

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
    def reference(self) -> str:
        """The plan or the previous value, to which a share or a change refers; empty for a level."""
        return "" if self.bound.share is None and self.bound.change is None else max_of_replicas(self.reference_series)

    def _summary(self) -> str:
        crossed = "broken its SLA" if self.bound.scope.sla else f"crossed its {self.severity} threshold"
        return f"{self.subject} has {crossed}."

    def _description(self, value: str, reference: str) -> str:
        return f"{self.subject}: {value}{self._threshold(reference)}."

    def _threshold(self, reference: str) -> str:
        """Return the threshold in words that follow the value; `reference` is the plan or the previous value."""
        level = "SLA broken" if self.bound.scope.sla else self.severity
        if self.bound.change is not None:
            return f" after {reference} one period before, {level} at {self._limits}"
        plan = f", the plan is {reference}" if self.bound.share is not None else ""
        return f", {level} {self._limits}{plan}"

    @property
    def _limits(self) -> str:
        """The limits in words, with the hold."""
        stretches = ", ".join(threshold_text(bound, self.kpi.unit) for bound in (self.bound, *self.later))
        return literal(stretches) + self._hold_text

    @property
    def subject(self) -> str:
        """The KPI's title with its segment, as template text."""
        return literal(f"{self.kpi.title} of {self.segment}" if self.segment else self.kpi.title)
