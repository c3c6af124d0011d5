"""What panels ask of Prometheus: a KPI's value and what it is held against, now and over time, of all replicas."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from exporter import conventions
from exporter.alerts.promql import selector, values
from exporter.catalogue.language.plans import Scenario
from exporter.catalogue.language.thresholds import Condition
from exporter.catalogue.model import Company, Kpi

BACKFILL_STEP = "1d"
"""How far apart the samples of a backfilled history are."""


@dataclass(frozen=True)
class PanelSeries:
    """Series of one kind about a KPI, and how those of several replicas become one each; `legend` names them.

    With `at_times` there may rightly be none, and NaN stands in its place.
    """

    name: str
    legend: str
    aggregate: str
    series: str
    may_be_absent: bool = False

    @property
    def now(self) -> str:
        return self._or_none(f"{self.aggregate} ({self.series})")

    def over_time(self, company: Company) -> str:
        return self._or_none(over_time(company, self.aggregate, self.series))

    @property
    def at_end(self) -> str:
        """What holds at the end of the range, over all of it."""
        return f"{self.aggregate} ({self.series} @ end())"

    def _or_none(self, series: str) -> str:
        return or_unknown(series) if self.may_be_absent else series


def over_time(company: Company, aggregate: str, series: str) -> str:
    """The series through live samples and through the days of a backfilled history.

    While the exporter runs, what it does not know is a gap; where it did not run, a day's sample stands for the day.
    """
    running = f"group ({selector(conventions.INFO, company=company.name)})"
    return f"{aggregate} ({series}) or {aggregate} (last_over_time({series}[{BACKFILL_STEP}])) unless on () {running}"


def or_unknown(expression: str) -> str:
    """The answer, or NaN where there is none."""
    return f"{expression} or on () vector(NaN)"


def value(company: Company, kpi: Kpi) -> PanelSeries:
    """The KPI's own value, or NaN: Grafana would otherwise go on showing what it last was."""
    return PanelSeries("value", kpi.title, worst_of_replicas(kpi), values(company, kpi), may_be_absent=True)


def worst_of_replicas(kpi: Kpi) -> str:
    """The worst of what replicas of the exporter show, as in the alerts."""
    bounds = [bound for condition in kpi.thresholds.values() for bound in condition.bounds]
    upward = [bound.comparison.upward for bound in bounds if not bound.scope.segment]
    return "min" if upward and not any(upward) else "max"


def levels(company: Company, kpi: Kpi) -> Iterator[PanelSeries]:
    """What the value is held against: target, plans, and thresholds, those that the catalogue has."""
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
    series = selector(conventions.BENCHMARK, company=company.name, kpi=kpi.id)
    return _panel_series("benchmark", series, ("name", "bound"), "")


def breakdown(company: Company, kpi: Kpi, dimension: str) -> PanelSeries:
    return _panel_series(dimension, selector(kpi.metric(dimension), company=company.name), (dimension,), "")


def _panel_series(name: str, series: str, labels: tuple[str, ...], title: str | None = None) -> PanelSeries:
    legend = " ".join([name if title is None else title, *(f"{{{{{label}}}}}" for label in labels)]).strip()
    return PanelSeries(name, legend, f"max by ({', '.join(labels)})", series)


def _levels_series(name: str, series: str, condition: Condition) -> PanelSeries:
    """The levels of a condition; there are none in the years of which it says nothing."""
    labels = (label for bound in condition.bounds for label in bound.labels)
    of_levels = _panel_series(name, series, tuple(dict.fromkeys(labels)))
    return replace(of_levels, may_be_absent=all(bound.scope.stretch for bound in condition.bounds))
