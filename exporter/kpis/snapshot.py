"""The snapshot: every KPI of a company read at one moment, from what the store holds."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from exporter.catalogue.model import Company, Kpi
from exporter.kpis.arithmetic import Result, published
from exporter.kpis.evaluation import Evaluator, Moment, answers, needed
from exporter.kpis.freshness import Polls, kpi_as_of
from exporter.kpis.judgement import Sitting, sitting, status
from exporter.kpis.reading import CompanyReading, Reading, SourceReading, Unknown
from exporter.polling.staleness import stale_after
from exporter.records.store import Store


def take(company: Company, store: Store, now: datetime) -> CompanyReading:
    """Read every KPI and source of the company. Waits for no source and never raises for a KPI's sake.

    Each KPI is evaluated as of the oldest last success among its sources. So a source that fails freezes its KPIs
    at their last true value, and a month is over for a KPI when its data was read after the month's end. Plans and
    the years of targets go by `now`.
    """
    polls = Polls.of(company, store)
    as_of = {kpi.id: kpi_as_of(company, kpi, polls, now) for kpi in company.kpis.values()}
    moments = [Moment(company.kpis[id_], at) for id_, at in as_of.items() if not isinstance(at, Unknown)]
    wanted = needed(company, [*moments, *(_before(company, moment) for moment in moments)])
    with sitting(company, store, polls, now) as (judged, cursor):
        evaluator = Evaluator(company, answers(cursor, company, wanted))
    readings = tuple(_reading(judged, kpi, as_of[kpi.id], evaluator) for kpi in company.kpis.values())
    return CompanyReading(company, now, readings, _sources(judged, store))


def _before(company: Company, moment: Moment) -> Moment:
    return Moment(moment.kpi, moment.kpi.window.before(moment.as_of, company.calendar))


def _reading(judged: Sitting, kpi: Kpi, as_of: datetime | Unknown, evaluator: Evaluator) -> Reading:
    company = judged.company
    plan = {
        scenario: published(planned, kpi.unit)
        for scenario, each in judged.plans(kpi).items()
        if (planned := each.at(judged.now, company.timeline)) is not None
    }
    thresholds = judged.thresholds(kpi)
    sources = company.sources_of(kpi)
    moment = None if isinstance(as_of, Unknown) else Moment(kpi, as_of)
    result: Result = as_of if isinstance(as_of, Unknown) else evaluator.value(Moment(kpi, as_of))
    value = None if isinstance(result, Unknown) else published(result, kpi.unit)
    known = [judged.polls.states[s].last_success for s in sources if s in judged.polls.states]
    read = [at for at in known if at is not None]
    return Reading(
        kpi=kpi,
        value=value,
        unknown=result if isinstance(result, Unknown) else None,
        status=None if value is None else status(value, thresholds),
        previous=_previous(company, moment, evaluator),
        breakdowns=_breakdowns(moment, evaluator),
        target=judged.levels(kpi, kpi.target),
        thresholds=thresholds,
        plan=plan,
        period=None if moment is None else kpi.window.period(moment.as_of, company.calendar),
        as_of=min(read) if read and len(read) == len(sources) else None,
        stale_after=max((stale_after(company.sources[s], company.timezone) for s in sources), default=None),
        sources=sources,
    )


def _previous(company: Company, moment: Moment | None, evaluator: Evaluator) -> float | None:
    if moment is None:
        return None
    result = evaluator.value(_before(company, moment))
    return None if isinstance(result, Unknown) else published(result, moment.kpi.unit)


def _breakdowns(moment: Moment | None, evaluator: Evaluator) -> Mapping[str, Mapping[str, float]]:
    if moment is None:
        return {}
    found: dict[str, dict[str, float]] = {}
    for dimension in moment.kpi.by:
        for label in sorted(evaluator.labels(moment, dimension)):
            result = evaluator.value(moment, (dimension, label))
            if not isinstance(result, Unknown):
                found.setdefault(dimension, {})[label] = published(result, moment.kpi.unit)
    return found


def _sources(judged: Sitting, store: Store) -> tuple[SourceReading, ...]:
    company, polls = judged.company, judged.polls
    rejected: dict[str, dict[str, int]] = {}
    for each in store.rejected(company.name, examples=1):
        rejected.setdefault(each.source, {})[each.table] = each.count
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
                rejected=rejected.get(name, {}),
                rows=rows,
            )
        )
    return tuple(readings)
