"""Why a KPI is what it is: its reading, the formula with its numbers, and what each number rests on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from exporter.analysis.explain.as_reported import check_instant, check_known
from exporter.analysis.explain.mrr_bridge import bridge_period, has_bridge, kpi_bridge
from exporter.analysis.explain.request import ExplainRequest
from exporter.catalogue.language.formula import Name
from exporter.catalogue.language.plans import Plan, Scenario
from exporter.catalogue.model import Company, Kpi
from exporter.history.projector import Projector
from exporter.kpis.arithmetic import Result
from exporter.kpis.evaluation import (
    Evaluator,
    explained_failures,
    measure_requests,
    periods_by_measure,
)
from exporter.kpis.freshness import Polls, kpi_as_of
from exporter.kpis.levels import EvaluationContext, open_session, recorded_plans
from exporter.kpis.moments import KpiAt, read_with, term_moment, term_period
from exporter.kpis.reading import CompanyReading, Reading, Unknown
from exporter.kpis.snapshot import CompanyEvaluation
from exporter.kpis.youth import with_youth
from exporter.measures.library import LEDGER_LOOKUPS
from exporter.measures.model import Measure
from exporter.measures.mrr_bridge import Bridge
from exporter.records.database_schema import ANSWERS
from exporter.records.state import EstimatedTable, Held, Rejected, SourceState
from exporter.records.store import Store

Shortfall = TypeVar("Shortfall", Held, Rejected, EstimatedTable)


@dataclass(frozen=True)
class Term:
    """A name in a formula with its number in `unit`; `text` is as it stands there, `previous(mrr)`.

    For a measure, `until` is the end of its period, in UTC. For a KPI, `formula` is its own, empty
    where that is just its name, and `terms` are those of it.
    """

    text: str
    name: str
    value: Result
    unit: str
    until: datetime | None = None
    formula: str = ""
    terms: tuple[Term, ...] = ()


@dataclass(frozen=True)
class Origin:
    """Where records or answers come from: the rows that a source has of a table, or its answer to a query.

    `table` is empty for an answer; `source` is None where no source fills the table, `rows` and `state` where it was
    not read yet. `held` and `rejected` are there where the last poll is not believed, or has bad rows, `estimated`
    where rows were reconstructed.
    """

    table: str
    source: str | None = None
    rows: int | None = None
    state: SourceState | None = None
    held: Held | None = None
    rejected: Rejected | None = None
    estimated: EstimatedTable | None = None

    @property
    def shortfalls(self) -> tuple[Held | Rejected | EstimatedTable, ...]:
        """What is wrong with its rows, and which of them were reconstructed."""
        return tuple(each for each in (self.held, self.rejected, self.estimated) if each)

    @property
    def last_read(self) -> datetime | None:
        """When what counts was read."""
        if self.held is not None:
            return self.held.as_of
        return self.state.last_success if self.state else None


@dataclass(frozen=True)
class Input:
    """A measure that the KPI rests on, and where its numbers come from."""

    measure: Measure
    origins: tuple[Origin, ...]


@dataclass(frozen=True)
class Explanation:
    """Explains a KPI's value as of `moment`, None where it is unknown at any; `now` is the instant of the request.

    `plans` are those in force, of records too; `revenue` is there for what rests on the ledger. `known_at` is set where
    the records of then count.
    """

    company: Company
    reading: Reading
    now: datetime
    moment: KpiAt | None
    terms: tuple[Term, ...]
    inputs: tuple[Input, ...]
    plans: Mapping[Scenario, Plan]
    revenue: Bridge | Unknown | None
    known_at: datetime | None = None


def explanation(request: ExplainRequest, store: Store, now: datetime) -> Explanation:
    """Explain a KPI, for now or as of an instant in the past.

    The past is computed from today's records. With `known_at` it is computed from the records of then, as far as
    versions of them are kept: the number as it was reported, not as it is restated. Without `as_of` too, it is the
    latest number of then.

    Raises `ValueError` for an instant after the data was last read, and where nothing was known at `known_at`.
    """
    company, kpi, as_of, known_at = request.company, request.kpi, request.as_of, request.known_at
    if known_at is not None:
        check_instant(company, kpi, known_at, now)
        now = known_at
    polls = Polls.of(company, store)
    concerned = {id_: company.kpis[id_] for id_ in (kpi.id, *kpi.divergence_kpis)}
    instants = {id_: _instant(company, each, polls, now, as_of) for id_, each in concerned.items()}
    moments = [KpiAt(concerned[id_], at) for id_, at in instants.items() if not isinstance(at, Unknown)]
    moment = next((each for each in moments if each.kpi is kpi), None)
    on_ledger = moment if has_bridge(company, kpi) else None
    wanted = periods_by_measure(company, [each for moment_ in moments for each in read_with(company, moment_)])
    spans = [bridge_period(company, on_ledger)] if on_ledger else []
    with (
        open_session(company, store, polls, known_at) as session,
        session.snapshot(measure_requests(company, wanted), spans) as results,
    ):
        if known_at is not None:
            check_known(session, company, kpi, known_at)
        context = EvaluationContext(company, as_of or now, polls, recorded_plans(session))
        revenue = kpi_bridge(session, company, on_ledger) if on_ledger else None
    evaluator = Evaluator(company, explained_failures(results))
    [reading] = with_youth(company, store, [CompanyEvaluation(context, instants, evaluator).reading(kpi)], instants)
    if as_of is None and known_at is None:
        [reading] = Projector(store).with_projections(CompanyReading(company, now, (reading,), ())).kpis
    return Explanation(
        company=company,
        reading=reading,
        now=context.now,
        moment=moment,
        terms=tuple(_terms(company, moment, evaluator)) if moment else (),
        inputs=tuple(
            Input(each, tuple(_origins(company, context.polls, each))) for each in company.inputs(kpi).values()
        ),
        plans=context.plans(kpi),
        revenue=revenue,
        known_at=known_at,
    )


def _instant(company: Company, kpi: Kpi, polls: Polls, now: datetime, as_of: datetime | None) -> datetime | Unknown:
    """Return the instant that is explained, or why there is none. Stale data may still explain the past."""
    latest = kpi_as_of(company, kpi, polls, now if as_of is None else min(as_of, now))
    if as_of is None or (isinstance(latest, Unknown) and as_of <= now):
        return latest
    if isinstance(latest, Unknown) or latest < as_of:
        last = now if isinstance(latest, Unknown) else latest
        raise ValueError(f"{kpi.id} is known up to {last:%Y-%m-%d %H:%M:%S} UTC, not as of {as_of:%Y-%m-%d %H:%M:%S}")
    return latest


def _terms(company: Company, moment: KpiAt, evaluator: Evaluator) -> Iterator[Term]:
    """Yield each name of the KPI's formula and conditions once, with its number, and below each KPI its own."""
    seen: set[str] = set()
    for name, previous in moment.kpi.terms():
        text = f"previous({name.text})" if previous else name.text
        if text not in seen:
            seen.add(text)
            yield _term(company, moment, evaluator, text, name, previous)


def _term(company: Company, moment: KpiAt, evaluator: Evaluator, text: str, name: Name, previous: bool) -> Term:
    value = evaluator.term(moment, name, previous)
    if name.name in company.measures:
        until = term_period(company, moment, name, previous).ends
        return Term(text, name.name, value, company.measures[name.name].unit.text, until)
    if name.name in company.kpis:
        kpi = company.kpis[name.name]
        below = tuple(_terms(company, term_moment(company, moment, name, previous), evaluator))
        return Term(text, name.name, value, kpi.unit.text, formula=written(kpi), terms=below)
    return Term(text, name.name, value, "")


def written(kpi: Kpi) -> str:
    """Return the KPI's formula in one line; empty where it is just the KPI's name."""
    return "" if kpi.formula.text == kpi.id else " ".join(kpi.formula.text.split())


def _origins(company: Company, polls: Polls, measure: Measure) -> Iterator[Origin]:
    if measure.source is not None:
        state = polls.states.get(measure.source)
        yield Origin("", measure.source, state=state, rejected=_of(polls.rejected, measure.source, ANSWERS))
    for table in sorted(measure.tables | measure.lookups):
        sources = company.fillers(table)
        if not sources and table not in LEDGER_LOOKUPS:
            yield Origin(table)
        for source in sources:
            yield Origin(
                table=table,
                source=source,
                rows=polls.fillers.get(table, {}).get(source),
                state=polls.states.get(source),
                held=_of(polls.held, source, table),
                rejected=_of(polls.rejected, source, table),
                estimated=_of(polls.estimated, source, table),
            )


def _of(shortfalls: Sequence[Shortfall], source: str, table: str) -> Shortfall | None:
    """Return the shortfall of a source and table."""
    return next((each for each in shortfalls if (each.source, each.table) == (source, table)), None)
