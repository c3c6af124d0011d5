"""The snapshot: every KPI of a company read at one moment, from what the store holds."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime

from exporter.catalogue.model import Company, Kpi
from exporter.kpis.arithmetic import published
from exporter.kpis.evaluation import (
    Evaluator,
    KpiAt,
    Part,
    explained_failures,
    failed,
    measure_requests,
    periods_by_measure,
)
from exporter.kpis.freshness import Polls, known_as_of
from exporter.kpis.levels import EvaluationContext, diverging, open_session, recorded_plans, status
from exporter.kpis.reading import CompanyReading, Reading, SourceReading, Unknown
from exporter.kpis.scenario import scenario_values
from exporter.records.store import Store


def take_snapshot(company: Company, store: Store, now: datetime) -> CompanyReading:
    """Read every KPI and source of the company. Waits for no source and never raises for a KPI's sake.

    Each KPI is evaluated as of the oldest last success among its sources. So a source that fails freezes its KPIs
    at their last true value, and a month is over for a KPI when its data was read after the month's end. Plans and
    the years of targets go by `now`.
    """
    [evaluation] = evaluate(company, store, {now: company.kpis})
    return CompanyReading(company, now, evaluation.readings(), _sources(evaluation.judged))


def unreadable(company: Company, now: datetime, error: Exception) -> CompanyReading:
    """A company of which nothing could be told: every KPI is unknown, and no source is spoken of."""
    why = failed(f"the company {company.name}", error)
    return CompanyReading(company, now, tuple(unread(kpi, company, why) for kpi in company.kpis.values()), ())


KpisByInstant = Mapping[datetime, Collection[str]]
"""The ids of KPIs that are to be read, by instant."""


@dataclass(frozen=True)
class CompanyEvaluation:
    """A company judged at one moment: for each KPI the instant it is known for, and what computes them all."""

    judged: EvaluationContext
    as_of: Mapping[str, datetime | Unknown]
    evaluator: Evaluator

    def readings(self) -> tuple[Reading, ...]:
        """Every KPI that was asked for, in the order of the catalogue."""
        company = self.judged.company
        scenarios = scenario_values(company, _moments(company, self.as_of), self.evaluator)
        asked = [kpi for kpi in company.kpis.values() if kpi.id in self.as_of]
        return tuple(self.reading(kpi, scenarios.get(kpi.id, {})) for kpi in asked)

    def reading(
        self, kpi: Kpi, scenarios: Mapping[str, float] | None = None, by: Collection[str] | None = None
    ) -> Reading:
        """One KPI; `scenarios` are its values in those of the catalogue, `by` the breakdowns that are wanted, or all.

        What goes wrong makes this KPI unknown, and no other.
        """
        try:
            return self._reading(kpi, scenarios or {}, kpi.by if by is None else by)
        except Exception as error:
            return unread(kpi, self.judged.company, failed(f"the KPI {kpi.id}", error))

    def _reading(self, kpi: Kpi, scenarios: Mapping[str, float], dimensions: Collection[str]) -> Reading:
        judged, company, as_of = self.judged, self.judged.company, self.as_of[kpi.id]
        moment = None if isinstance(as_of, Unknown) else KpiAt(kpi, as_of)
        result = self.published(kpi)
        value = _known(result)
        previous = _known(self.previous(kpi))
        thresholds = judged.thresholds(kpi, previous)
        sources = company.sources_of(kpi)
        read = self._last_read(kpi)
        reading = Reading(
            kpi=kpi,
            value=value,
            unknown=result if isinstance(result, Unknown) else None,
            status=None,
            previous=previous,
            breakdowns={} if moment is None else self._breakdowns(moment, dimensions),
            target=judged.levels(kpi, kpi.target, previous),
            thresholds=thresholds,
            plan=judged.planned(kpi),
            period=None if moment is None else kpi.window.period(moment.as_of, company.calendar),
            as_of=min(judged.now, *read.values()) if read and len(read) == len(sources) else None,
            stale_after=self._stale_after(kpi),
            sources=sources,
            scenarios=scenarios,
            segment_plan=judged.segments_planned(kpi),
            in_force=judged.in_force(kpi),
            withheld=() if moment is None else tuple(each for each in kpi.by if self.evaluator.withheld(moment, each)),
            held=tuple(each for each in judged.polls.held if company.rests_on(kpi, each.source, each.table)),
            rejected=tuple(each for each in judged.polls.rejected if company.rests_on(kpi, each.source, each.table)),
        )
        if value is None:
            return reading
        crossed = diverging(kpi, lambda id_: _known(self.published(company.kpis[id_])))
        return replace(reading, status=status(value, thresholds, reading.segments, crossed))

    def _breakdowns(self, moment: KpiAt, dimensions: Collection[str]) -> Mapping[str, Mapping[str, float]]:
        found: dict[str, dict[str, float]] = {}
        for dimension in dimensions:
            if self.evaluator.withheld(moment, dimension):
                continue
            for label in self.evaluator.labels(moment, dimension):
                number = _published(self.evaluator, moment, (dimension, label))
                if not isinstance(number, Unknown):
                    found.setdefault(dimension, {})[label] = number
        return found

    def _last_read(self, kpi: Kpi) -> Mapping[str, datetime]:
        """When what the KPI rests on was read last, by the sources that were ever read."""
        company, polls = self.judged.company, self.judged.polls
        found = {each: polls.last_read(each, company.tables_of(kpi, each)) for each in company.sources_of(kpi)}
        return {source: at for source, at in found.items() if at is not None}

    def _stale_after(self, kpi: Kpi) -> float | None:
        """The age of the oldest data, in seconds, at which the first of the sources is overdue by its own schedule.

        So a source that is read often is not waited for as long as one that is read daily.
        """
        company, read = self.judged.company, self._last_read(kpi)
        limits = {each: company.sources[each].stale_after(company.timezone) for each in company.sources_of(kpi)}
        if not read or len(read) < len(limits):
            return max(limits.values(), default=None)
        oldest = min(read.values())
        return min((at - oldest).total_seconds() + limits[source] for source, at in read.items())

    def published(self, kpi: Kpi, part: Part | None = None) -> float | Unknown:
        """Its value as it goes out, or that of one label of a breakdown."""
        as_of = self.as_of[kpi.id]
        return as_of if isinstance(as_of, Unknown) else _published(self.evaluator, KpiAt(kpi, as_of), part)

    def previous(self, kpi: Kpi) -> float | Unknown:
        """The same of one period before; shocks do not reach it."""
        as_of = self.as_of[kpi.id]
        if isinstance(as_of, Unknown):
            return as_of
        return _published(self.evaluator.actual, previous_window(self.judged.company, KpiAt(kpi, as_of)))


def evaluate(company: Company, store: Store, asked: KpisByInstant) -> Sequence[CompanyEvaluation]:
    """All that is needed to read KPIs, given by their ids, at each of some moments; the store is asked once.

    A moment of the past is told by the records that are known today, as `take` would have told it: a KPI is as old as
    its oldest source, and plans and the years of targets go by the moment.
    """
    with batch_evaluator(company, store) as ask:
        return ask(asked)


@contextmanager
def batch_evaluator(company: Company, store: Store) -> Iterator[Callable[[KpisByInstant], Sequence[CompanyEvaluation]]]:
    """What `evaluate` does, for as many questions as there are.

    Each question is answered from one state of the store, with the revenue ledger and the plans that belong to it.
    """
    polls = Polls.of(company, store)
    with open_session(company, store, polls) as session:

        def ask(asked: KpisByInstant) -> Sequence[CompanyEvaluation]:
            as_of = known_as_of(company, polls, {at: _with_rivals(company, ids) for at, ids in asked.items()})
            moments = [moment for known in as_of.values() for moment in _moments(company, known)]
            wanted = periods_by_measure(company, [*moments, *(previous_window(company, moment) for moment in moments)])
            with session.snapshot(measure_requests(company, wanted)) as results:
                plans = recorded_plans(session)
            evaluator = Evaluator(company, explained_failures(results))
            return [
                CompanyEvaluation(EvaluationContext(company, at, polls, plans), known, evaluator)
                for at, known in as_of.items()
            ]

        yield ask


def unread(kpi: Kpi, company: Company, why: Unknown) -> Reading:
    """A KPI of which nothing could be told."""
    return Reading(
        kpi=kpi,
        value=None,
        unknown=why,
        status=None,
        previous=None,
        breakdowns={},
        target=(),
        thresholds=dict.fromkeys(kpi.thresholds, ()),
        plan={},
        period=None,
        as_of=None,
        stale_after=None,
        sources=company.sources_of(kpi),
    )


def _with_rivals(company: Company, ids: Collection[str]) -> list[Kpi]:
    """The KPIs, and those that decide on their status."""
    rivals = {rival for id_ in ids for rival in company.kpis[id_].rivals}
    return [kpi for id_, kpi in company.kpis.items() if id_ in ids or id_ in rivals]


def _moments(company: Company, as_of: Mapping[str, datetime | Unknown]) -> list[KpiAt]:
    return [KpiAt(company.kpis[id_], at) for id_, at in as_of.items() if not isinstance(at, Unknown)]


def previous_window(company: Company, moment: KpiAt) -> KpiAt:
    """The same KPI one period before."""
    return KpiAt(moment.kpi, moment.kpi.window.before(moment.as_of, company.calendar))


def _published(evaluator: Evaluator, moment: KpiAt, part: Part | None = None) -> float | Unknown:
    result = evaluator.value(moment, part)
    return result if isinstance(result, Unknown) else published(result, moment.kpi.unit)


def _known(number: float | Unknown) -> float | None:
    return None if isinstance(number, Unknown) else number


def _sources(judged: EvaluationContext) -> tuple[SourceReading, ...]:
    company, polls = judged.company, judged.polls
    readings = []
    for name, options in company.sources.items():
        state = polls.states.get(name)
        rows = {table: counts[name] for table, counts in polls.fillers.items() if name in counts}
        readings.append(
            SourceReading(
                name=name,
                type=options.type,
                up=state.up if state else None,
                last_success=state.last_success if state else None,
                last_attempt=state.last_attempt if state else None,
                error=state.error if state else None,
                rejected={each.table: each.count for each in polls.rejected if each.source == name},
                rows=rows,
                reasons={each.table: each.reason for each in polls.rejected if each.source == name},
                held={each.table: each for each in polls.held if each.source == name},
            )
        )
    return tuple(readings)
