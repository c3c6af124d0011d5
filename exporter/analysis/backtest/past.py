"""The past of a company: what each alert's condition says of every moment, by today's records."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from exporter.alerts.alert import KpiAlert
from exporter.alerts.bound_alert import BoundAlert
from exporter.catalogue.language.thresholds import Condition
from exporter.catalogue.model import Company
from exporter.kpis.levels import diverging
from exporter.kpis.reading import Unknown
from exporter.kpis.snapshot import CompanyEvaluation, evaluate
from exporter.records.store import Store


@dataclass(frozen=True, slots=True)
class Sample:
    """An alert at one moment. `firing` is None where `unknown` says why it cannot be evaluated.

    `value` and `limit` are in the KPI's unit; `limit` is None where none is in force, and for a divergence.
    """

    at: datetime
    firing: bool | None
    value: float | None = None
    limit: float | None = None
    unknown: Unknown | None = None


@dataclass(frozen=True)
class Past:
    """The KPIs at some moments, the oldest first."""

    evaluations: Sequence[CompanyEvaluation]

    def samples(self, alert: KpiAlert) -> Sequence[Sample]:
        """Return the alert at each moment; a `hold` of its KPI delays it until its condition has held that long."""
        if isinstance(alert, BoundAlert):
            crossed = [_bound(alert, each) for each in self.evaluations]
        else:
            crossed = [_divergence(alert, each) for each in self.evaluations]
        return crossed if alert.kpi.hold is None else list(_held(crossed, timedelta(minutes=alert.kpi.hold)))


def _bound(alert: BoundAlert, then: CompanyEvaluation) -> Sample:
    kpi, bound, at = alert.kpi, alert.bound, then.context.now
    part = (kpi.segments, alert.segment) if kpi.segments and alert.segment else None
    value = then.published(kpi, part)
    if kpi.accumulates:
        value = _larger(value, then.to_date(kpi))
    if isinstance(value, Unknown):
        return Sample(at, None, unknown=value)
    previous = None if bound.change is None else then.previous(kpi)
    if isinstance(previous, Unknown):
        return Sample(at, None, value, unknown=previous)
    levels = then.context.levels(kpi, Condition(bound.text, (bound,)), previous)
    firing = any(level.holds(value, {alert.segment: value}) for level in levels)
    return Sample(at, firing, value, next((level.limit for level in levels), None))


def _larger(value: float | Unknown, to_date: float | Unknown) -> float | Unknown:
    """Return what the alert compares of a KPI that accumulates: the larger of what is known."""
    if isinstance(value, Unknown) or isinstance(to_date, Unknown):
        return to_date if isinstance(value, Unknown) else value
    return max(value, to_date)


def _divergence(alert: KpiAlert, then: CompanyEvaluation) -> Sample:
    kpis, at = then.context.company.kpis, then.context.now
    values: dict[str, float] = {}
    for id_ in (*alert.kpi.divergence_kpis, alert.kpi.id):
        number = then.published(kpis[id_])
        if isinstance(number, Unknown):
            return Sample(at, None, unknown=number)
        values[id_] = number
    return Sample(at, alert.severity in diverging(alert.kpi, values.get), values[alert.kpi.id])


def _held(samples: Iterable[Sample], hold: timedelta) -> Iterator[Sample]:
    """Yield the samples with the alert firing only where its condition held at every moment of the hold.

    Before the first moment the condition is taken to be as at that moment; a hold shorter than a step has no effect.
    """
    broken: datetime | None = None
    for sample in samples:
        if not sample.firing:
            broken = sample.at
        elif broken is not None and sample.at - broken <= hold:
            sample = replace(sample, firing=False)
        yield sample


def evaluate_past(company: Company, store: Store, moments: Sequence[datetime], alerts: Sequence[KpiAlert]) -> Past:
    """Evaluate the KPIs of these alerts at all moments, in one pass."""
    ids = frozenset(alert.kpi.id for alert in alerts)
    return Past(evaluate(company, store, dict.fromkeys(moments, ids)))
