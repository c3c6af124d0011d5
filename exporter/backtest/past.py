"""The past of a company: what each alert's condition says of every moment, by the records that are known today."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from exporter.catalogue.model import Company, Kpi
from exporter.catalogue.thresholds import Condition
from exporter.generate.rules.alerts import KpiAlert
from exporter.generate.rules.kpi_alerts import BoundAlert
from exporter.kpis.arithmetic import published
from exporter.kpis.evaluation import Evaluator, Moment, Part, answers, needed
from exporter.kpis.freshness import Polls, kpi_as_of
from exporter.kpis.judgement import Sitting, diverging, sitting
from exporter.kpis.reading import Unknown
from exporter.kpis.snapshot import before
from exporter.records.store import Store


@dataclass(frozen=True, slots=True)
class Sample:
    """An alert at one moment. `firing` is None where `unknown` says why it cannot be judged.

    `value` and `limit` are in the KPI's unit; `limit` is None where none is in force, and for a divergence.
    """

    at: datetime
    firing: bool | None
    value: float | None = None
    limit: float | None = None
    unknown: Unknown | None = None


@dataclass(frozen=True)
class Past:
    """What is known of KPIs at some moments, the oldest first: `as_of` is by KPI and in the order of the moments."""

    moments: Sequence[datetime]
    sittings: Sequence[Sitting]
    as_of: Mapping[str, Sequence[datetime | Unknown]]
    evaluator: Evaluator

    def samples(self, alert: KpiAlert) -> Sequence[Sample]:
        """The alert at each moment; where its KPI has a `hold`, only once its condition has held that long."""
        indexes = range(len(self.moments))
        if isinstance(alert, BoundAlert):
            crossed = [self._bound(alert, index) for index in indexes]
        else:
            crossed = [self._divergence(alert, index) for index in indexes]
        return crossed if alert.kpi.hold is None else list(_held(crossed, timedelta(minutes=alert.kpi.hold)))

    def _bound(self, alert: BoundAlert, index: int) -> Sample:
        kpi, bound, at = alert.kpi, alert.bound, self.moments[index]
        part = (kpi.segments, alert.segment) if kpi.segments and alert.segment else None
        value = self._number(kpi, index, part)
        if isinstance(value, Unknown):
            return Sample(at, None, unknown=value)
        previous = None if bound.change is None else self._number(kpi, index, previous=True)
        if isinstance(previous, Unknown):
            return Sample(at, None, value, unknown=previous)
        levels = self.sittings[index].levels(kpi, Condition(bound.text, (bound,)), previous)
        firing = any(level.holds(value, {alert.segment: value}) for level in levels)
        return Sample(at, firing, value, next((level.limit for level in levels), None))

    def _divergence(self, alert: KpiAlert, index: int) -> Sample:
        company, at = self.sittings[index].company, self.moments[index]
        numbers = {id_: self._number(company.kpis[id_], index) for id_ in (*alert.kpi.rivals, alert.kpi.id)}
        known: dict[str, float] = {}
        for id_, number in numbers.items():
            if isinstance(number, Unknown):
                return Sample(at, None, unknown=number)
            known[id_] = number
        return Sample(at, alert.severity in diverging(alert.kpi, known.get), known[alert.kpi.id])

    def _number(self, kpi: Kpi, index: int, part: Part | None = None, *, previous: bool = False) -> float | Unknown:
        """The number as it would have been published, or that of one period before."""
        at = self.as_of[kpi.id][index]
        if isinstance(at, Unknown):
            return at
        moment = Moment(kpi, at)
        company = self.sittings[index].company
        result = self.evaluator.value(before(company, moment) if previous else moment, part)
        return result if isinstance(result, Unknown) else published(result, kpi.unit)


def _held(samples: Iterable[Sample], hold: timedelta) -> Iterator[Sample]:
    """The alert fires where its condition was crossed at every moment of the hold. What was before the first moment
    is taken to be as it was then, and a hold shorter than a step is not seen.
    """
    broken: datetime | None = None
    for sample in samples:
        if not sample.firing:
            broken = sample.at
        elif broken is not None and sample.at - broken <= hold:
            sample = replace(sample, firing=False)
        yield sample


def look(company: Company, store: Store, moments: Sequence[datetime], alerts: Sequence[KpiAlert]) -> Past:
    """The past of all that these alerts of the company hold against their limits, asked in one pass.

    Each moment is what `take` would read then: a KPI is as old as its oldest source, and one read too long ago is
    unknown. Plans and the years of thresholds go by the moment.
    """
    polls = Polls.of(company, store)
    wanted = dict.fromkeys(id_ for alert in alerts for id_ in (alert.kpi.id, *alert.kpi.rivals))
    compared = {alert.kpi.id for alert in alerts if isinstance(alert, BoundAlert) and alert.bound.change is not None}
    as_of = {id_: [kpi_as_of(company, company.kpis[id_], polls, at) for at in moments] for id_ in wanted}
    read = [Moment(company.kpis[id_], at) for id_, all_ in as_of.items() for at in all_ if isinstance(at, datetime)]
    earlier = (before(company, each) for each in read if each.kpi.id in compared)
    periods = needed(company, [*read, *earlier])
    with sitting(company, store, polls, moments[-1]) as (judged, cursor):
        evaluator = Evaluator(company, answers(cursor, company, periods))
    return Past(moments, [replace(judged, now=at) for at in moments], as_of, evaluator)
