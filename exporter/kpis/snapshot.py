"""The snapshot: every KPI of a company read at one moment, from what the store holds."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime

from exporter.catalogue.model import Company, Kpi
from exporter.conventions import MOST_PARTS
from exporter.kpis.ages import DataAge, age
from exporter.kpis.arithmetic import published
from exporter.kpis.basis import bases, carried_on
from exporter.kpis.estimates import estimates
from exporter.kpis.evaluation import (
    Evaluator,
    Part,
    explained_failures,
    failed,
    measure_requests,
    periods_by_measure,
)
from exporter.kpis.freshness import Polls, known_as_of
from exporter.kpis.levels import EvaluationContext, diverging, open_session, recorded_plans, status
from exporter.kpis.moments import KpiAt, last_close, previous_window, read_with
from exporter.kpis.reading import CompanyReading, Reading, Reason, ToDate, Unknown
from exporter.kpis.scenario import scenario_values
from exporter.kpis.source_readings import source_readings
from exporter.kpis.youth import with_youth
from exporter.measures.grain import minute_of
from exporter.records.store import Store


def take_snapshot(company: Company, store: Store, now: datetime, last: CompanyReading | None = None) -> CompanyReading:
    """Read every KPI and source of the company. Waits for no source and never raises for a KPI's sake.

    Each KPI is evaluated as of the oldest last success among its sources. So a source that fails freezes its KPIs
    at their last true value, and a month is over for a KPI when its data was read after the month's end. Plans and
    the years of targets go by `now`. A KPI whose values follow from the
    same as in the `last` reading only becomes older.
    """
    polls = Polls.of(company, store)
    ages = {id_: age(company, kpi, polls, now) for id_, kpi in company.kpis.items()}
    present = bases(company, polls, now, ages)
    before = {} if last is None or last.company is not company else _by_basis(last)
    same = {id_ for id_, basis in present.items() if id_ in before and before[id_][0] == basis}
    fresh: Mapping[str, Reading] = {}
    evaluation = None
    if len(same) < len(company.kpis):
        with batch_evaluator(company, store, polls) as evaluate_batch:
            [evaluation] = evaluate_batch({now: company.kpis.keys() - same})
        readings = with_youth(company, store, evaluation.readings(), evaluation.as_of)
        fresh = {each.kpi.id: each for each in readings}
    return CompanyReading(
        company,
        now,
        tuple(carried_on(before[id_][1], ages[id_]) if id_ in same else fresh[id_] for id_ in company.kpis),
        source_readings(company, polls),
        present if last is None or evaluation is not None else last.bases,
        computed=len(evaluation.computed) if evaluation else 0,
        reused=len(evaluation.measures - evaluation.computed) if evaluation else 0,
    )


def _by_basis(last: CompanyReading) -> Mapping[str, tuple[object, Reading]]:
    """Return the readings of KPIs, with what each follows from."""
    return {each.kpi.id: (last.bases.get(each.kpi.id), each) for each in last.kpis}


def unreadable(company: Company, now: datetime, error: Exception) -> CompanyReading:
    """Return a company of which nothing could be told: every KPI is unknown, and no source is spoken of."""
    why = failed(f"the company {company.name}", error)
    return CompanyReading(company, now, tuple(unread(kpi, company, why) for kpi in company.kpis.values()), ())


KpisByInstant = Mapping[datetime, Collection[str]]
"""The ids of KPIs that are to be read, by instant."""


@dataclass(frozen=True)
class CompanyEvaluation:
    """A company at one moment: for each KPI the instant it is known for, and what computes them all.

    `measures` are those that it was computed from, `computed` those of which something was not known before.
    """

    context: EvaluationContext
    as_of: Mapping[str, datetime | Unknown]
    evaluator: Evaluator
    measures: frozenset[str] = frozenset()
    computed: frozenset[str] = frozenset()

    def readings(self) -> tuple[Reading, ...]:
        """Return the reading of every KPI, in the order of the catalogue."""
        company = self.context.company
        scenarios = scenario_values(company, _moments(company, self.as_of), self.evaluator)
        kpis = [kpi for kpi in company.kpis.values() if kpi.id in self.as_of]
        return tuple(self.reading(kpi, scenarios.get(kpi.id, {})) for kpi in kpis)

    def reading(
        self, kpi: Kpi, scenarios: Mapping[str, float] | None = None, by: Collection[str] | None = None
    ) -> Reading:
        """Return the reading of one KPI.

        `scenarios` are its values in the catalogue's scenarios, `by` the dimensions to break down by; None means all.

        What goes wrong makes this KPI unknown, and no other.
        """
        try:
            return self._reading(kpi, scenarios or {}, kpi.by if by is None else by)
        except Exception as error:
            return unread(kpi, self.context.company, failed(f"the KPI {kpi.id}", error))

    def _reading(self, kpi: Kpi, scenarios: Mapping[str, float], dimensions: Collection[str]) -> Reading:
        context, company, as_of = self.context, self.context.company, self.as_of[kpi.id]
        moment = None if isinstance(as_of, Unknown) else KpiAt(kpi, as_of)
        result = self.published(kpi)
        value = _number(result)
        previous = _number(self.previous(kpi))
        thresholds = context.thresholds(kpi, previous)
        aged = age(company, kpi, context.polls, context.now)
        reading = Reading(
            kpi=kpi,
            value=value,
            unknown=result if isinstance(result, Unknown) else None,
            status=None,
            previous=previous,
            breakdowns={} if moment is None else self._breakdowns(moment, dimensions),
            target=context.levels(kpi, kpi.target, previous),
            thresholds=thresholds,
            plan=context.planned(kpi),
            period=None if moment is None else kpi.window.period(moment.as_of, company.calendar),
            as_of=aged.as_of,
            stale_after=aged.stale_after,
            sources=company.sources_of(kpi),
            scenarios=scenarios,
            segment_plan=context.segments_planned(kpi),
            in_force=context.in_force(kpi),
            withheld=() if moment is None else tuple(each for each in kpi.by if self._withheld(moment, each)),
            held=tuple(each for each in context.polls.held if company.rests_on(kpi, each.source, each.table)),
            rejected=tuple(each for each in context.polls.rejected if company.rests_on(kpi, each.source, each.table)),
            estimated=() if moment is None else estimates(company, context.polls, moment),
            connected_until=aged.connected_until,
            at_close=self._at_close(moment) if moment else None,
        )
        reading = replace(reading, to_date=self._to_date(reading, aged))
        if value is None:
            return reading
        crossed = diverging(kpi, lambda id_: _number(self.published(company.kpis[id_])))
        return replace(reading, status=status(value, thresholds, reading.segments, crossed, reading.accumulated))

    def _withheld(self, moment: KpiAt, dimension: str) -> bool:
        return self.evaluator.withheld(moment, dimension) or len(self.evaluator.labels(moment, dimension)) > MOST_PARTS

    def _breakdowns(self, moment: KpiAt, dimensions: Collection[str]) -> Mapping[str, Mapping[str, float]]:
        values: dict[str, dict[str, float]] = {}
        for dimension in dimensions:
            if self.evaluator.withheld(moment, dimension):
                continue
            for label in self.evaluator.labels(moment, dimension):
                number = _published(self.evaluator, moment, (dimension, label))
                if not isinstance(number, Unknown):
                    values.setdefault(dimension, {})[label] = number
        return values

    def published(self, kpi: Kpi, part: Part | None = None) -> float | Unknown:
        """Return the published value of a KPI, or of one label of a breakdown."""
        as_of = self.as_of[kpi.id]
        return as_of if isinstance(as_of, Unknown) else _published(self.evaluator, KpiAt(kpi, as_of), part)

    def previous(self, kpi: Kpi) -> float | Unknown:
        """Return the published value of one period before; shocks do not reach it."""
        as_of = self.as_of[kpi.id]
        if isinstance(as_of, Unknown):
            return as_of
        return _published(self.evaluator.actual, previous_window(self.context.company, KpiAt(kpi, as_of)))

    def to_date(self, kpi: Kpi) -> float | Unknown:
        """Return the published value of the part that has passed of a KPI's calendar period."""
        as_of = self.as_of[kpi.id]
        if isinstance(as_of, Unknown):
            return as_of
        return _published(self.evaluator.actual, KpiAt(kpi, as_of, to_date=True))

    def _at_close(self, moment: KpiAt) -> float | None:
        closing = last_close(self.context.company, moment)
        return None if closing is None else _number(_published(self.evaluator.actual, closing))

    def _to_date(self, reading: Reading, aged: DataAge) -> ToDate | None:
        """Return the KPI over the part of its calendar period that has passed."""
        kpi, context = reading.kpi, self.context
        if kpi.window.running is None:
            return None
        as_of = self._known_to_date(kpi, aged)
        period = kpi.window.running.period(
            minute_of(context.now) if isinstance(as_of, Unknown) else as_of, context.company.calendar
        )
        if isinstance(as_of, Unknown):
            return ToDate(period, None, as_of, context.plan_to_date(kpi, period))
        result = self.to_date(kpi)
        return ToDate(
            period=period,
            value=_number(result),
            unknown=result if isinstance(result, Unknown) else None,
            plan=context.plan_to_date(kpi, period),
        )

    def _known_to_date(self, kpi: Kpi, aged: DataAge) -> datetime | Unknown:
        """Return the instant as of which the running period is known, or why not: what an overdue source has added."""
        as_of = self.as_of[kpi.id]
        if isinstance(as_of, Unknown) or not aged.overdue:
            return as_of
        last = f"{aged.as_of:%Y-%m-%d %H:%M} UTC"
        return Unknown(Reason.STALE, f"its data was last read on {last}; what came since is unknown")


def evaluate(company: Company, store: Store, kpis_by_instant: KpisByInstant) -> Sequence[CompanyEvaluation]:
    """Evaluate KPIs at each of some moments, from one state of the store.

    The past is recomputed from today's records (restated): a KPI is as old as its oldest source, and plans and the
    years of targets go by the moment.
    """
    with batch_evaluator(company, store) as evaluate_batch:
        return evaluate_batch(kpis_by_instant)


@contextmanager
def batch_evaluator(
    company: Company, store: Store, polls_of_now: Polls | None = None
) -> Iterator[Callable[[KpisByInstant], Sequence[CompanyEvaluation]]]:
    """Open what evaluates KPIs as `evaluate` does, as often as it is called.

    Each call reads one state of the store, with the revenue ledger and the plans that belong to it. `polls_of_now`
    are given where they were read already, for a reading of now that later ones follow.
    """
    polls = polls_of_now or Polls.of(company, store)
    with open_session(company, store, polls) as session:

        def evaluate_batch(kpis_by_instant: KpisByInstant) -> Sequence[CompanyEvaluation]:
            as_of = known_as_of(
                company, polls, {at: _with_divergence_kpis(company, ids) for at, ids in kpis_by_instant.items()}
            )
            moments = [moment for instants in as_of.values() for moment in _moments(company, instants)]
            periods = periods_by_measure(company, [each for moment in moments for each in read_with(company, moment)])
            requests = measure_requests(company, periods)
            with session.snapshot(requests, moves_on=polls_of_now is not None) as results:
                plans = recorded_plans(session)
            evaluator = Evaluator(company, explained_failures(results))
            return [
                CompanyEvaluation(
                    EvaluationContext(company, at, polls, plans),
                    instants,
                    evaluator,
                    frozenset(results),
                    results.computed,
                )
                for at, instants in as_of.items()
            ]

        yield evaluate_batch


def unread(kpi: Kpi, company: Company, why: Unknown) -> Reading:
    """Return the reading of a KPI that could not be computed."""
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


def _with_divergence_kpis(company: Company, ids: Collection[str]) -> list[Kpi]:
    """Return the KPIs, and those that decide on their status."""
    divergence_kpis = {rival for id_ in ids for rival in company.kpis[id_].divergence_kpis}
    return [kpi for id_, kpi in company.kpis.items() if id_ in ids or id_ in divergence_kpis]


def _moments(company: Company, as_of: Mapping[str, datetime | Unknown]) -> list[KpiAt]:
    return [KpiAt(company.kpis[id_], at) for id_, at in as_of.items() if not isinstance(at, Unknown)]


def _published(evaluator: Evaluator, moment: KpiAt, part: Part | None = None) -> float | Unknown:
    result = evaluator.value(moment, part)
    return result if isinstance(result, Unknown) else published(result, moment.kpi.unit)


def _number(number: float | Unknown) -> float | None:
    return None if isinstance(number, Unknown) else number
