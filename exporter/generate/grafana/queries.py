"""Queries of panels: a KPI's value and its levels, now and over time, on all replicas."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from exporter import conventions
from exporter.alerts.promql import selector, values
from exporter.catalogue.language.plans import Scenario
from exporter.catalogue.language.thresholds import Condition
from exporter.catalogue.model import Company, Kpi

BACKFILL_STEP = "1d"
"""The interval between the samples of a backfilled history."""


@dataclass(frozen=True)
class PanelSeries:
    """Describes series of one kind about a KPI, and how to aggregate replicas; `legend` names the results.

    If they `may_be_absent` rightly, a query returns NaN in their place.
    """

    name: str
    legend: str
    aggregate: str
    series: str
    may_be_absent: bool = False

    @property
    def now(self) -> str:
        """The query of one instant."""
        return self._or_none(f"{self.aggregate} ({self.series})")

    def over_time(self, company: Company) -> str:
        """Return the query over a range of live samples and backfilled days."""
        return self._or_none(over_time(company, self.aggregate, self.series))

    @property
    def at_end(self) -> str:
        """The values of the range's end, drawn over all of the range."""
        return f"{self.aggregate} ({self.series} @ end())"

    def _or_none(self, series: str) -> str:
        return or_unknown(series) if self.may_be_absent else series


def over_time(company: Company, aggregate: str, series: str) -> str:
    """Return a query through live samples and through the days of a backfilled history.

    While the exporter runs, an unknown value is a gap; where it did not run, a day's sample stands for the day.
    """
    running = f"group ({selector(conventions.INFO, company=company.name)})"
    return f"{aggregate} ({series}) or {aggregate} (last_over_time({series}[{BACKFILL_STEP}])) unless on () {running}"


def or_unknown(expression: str) -> str:
    """Return a query that yields NaN where the expression has no result."""
    return f"{expression} or on () vector(NaN)"


def value(company: Company, kpi: Kpi) -> PanelSeries:
    """Return the KPI's own value or NaN, since Grafana would otherwise keep showing the last value."""
    return PanelSeries("value", kpi.title, worst_of_replicas(kpi), values(company, kpi), may_be_absent=True)


def worst_of_replicas(kpi: Kpi) -> str:
    """Return the aggregation of replicas that gives the worst value, as the alerts do: `min` or `max`."""
    bounds = [bound for condition in kpi.thresholds.values() for bound in condition.bounds]
    upward = [bound.comparison.upward for bound in bounds if not bound.scope.segment]
    return "min" if upward and not any(upward) else "max"


def levels(company: Company, kpi: Kpi) -> Iterator[PanelSeries]:
    """Yield the levels that the catalogue has for a KPI: target, plans and thresholds."""
    labels = {"company": company.name, "kpi": kpi.id}
    if kpi.target is not None:
        yield _levels_series("target", selector(conventions.TARGET, **labels), kpi.target)
    if kpi.plans or kpi.recorded_plan or kpi.segment_plans:
        segment = ("segment",) if kpi.segment_plans else ()
        scenario = ("scenario",) if set(kpi.plans) > {Scenario.BASE} else ()
        yield _panel_series("plan", selector(conventions.PLAN, **labels), (*scenario, *segment))
    for severity, condition in kpi.thresholds.items():
        if condition.bounds:
            yield _levels_series(severity, selector(conventions.THRESHOLD, **labels, severity=severity), condition)


def benchmark(company: Company, kpi: Kpi) -> PanelSeries:
    """Return the KPI's benchmarks."""
    series = selector(conventions.BENCHMARK, company=company.name, kpi=kpi.id)
    return _panel_series("benchmark", series, ("name", "bound"), "")


def breakdown(company: Company, kpi: Kpi, dimension: str) -> PanelSeries:
    """Return the parts of the KPI by a dimension."""
    return _panel_series(dimension, selector(kpi.metric(dimension), company=company.name), (dimension,), "")


def _panel_series(name: str, series: str, labels: tuple[str, ...], title: str | None = None) -> PanelSeries:
    legend = " ".join([name if title is None else title, *(f"{{{{{label}}}}}" for label in labels)]).strip()
    return PanelSeries(name, legend, f"max by ({', '.join(labels)})", series)


def _levels_series(name: str, series: str, condition: Condition) -> PanelSeries:
    """Return the levels of a condition, which are absent outside its years or phases."""
    labels = (label for bound in condition.bounds for label in bound.labels)
    of_levels = _panel_series(name, series, tuple(dict.fromkeys(labels)))
    return replace(of_levels, may_be_absent=all(bound.scope.stretch for bound in condition.bounds))
