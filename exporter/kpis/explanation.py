"""Why a KPI is what it is: its definition, the formula with its numbers, and what each number rests on."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from exporter.catalogue.formula import Name
from exporter.catalogue.model import Company, Kpi, Measure
from exporter.catalogue.thresholds import Condition
from exporter.kpis.as_reported import check_instant, check_known, reported
from exporter.kpis.evaluation import Evaluator, Moment, answers, needed, term_moment, term_period
from exporter.kpis.freshness import Polls, kpi_as_of
from exporter.kpis.judgement import Sitting, sitting
from exporter.kpis.reading import Level, Reading, Unknown
from exporter.kpis.revenue_bridge import bridge, rests_on_ledger, span
from exporter.kpis.revenue_explained import revenue_lines
from exporter.kpis.snapshot import Evaluation, before
from exporter.measures.library import LEDGER_LOOKUPS
from exporter.records.store import Store


def explain(
    company: Company,
    kpi: Kpi,
    store: Store,
    now: datetime,
    as_of: datetime | None = None,
    known_at: datetime | None = None,
) -> str:
    """The explanation as plain text, for now or as of an instant in the past.

    For the past it tells what the records that are known today say about that moment; with `known_at`, what those of
    which versions are kept said then: the number as it was reported, not as it is restated. Without `as_of` that is
    the latest number of then. Raises `ValueError` for an instant after the one at which the data was last read, and
    for what nothing was known of at `known_at`.
    """
    if known_at is not None:
        check_instant(company, kpi, known_at, now)
        now = known_at
    polls = Polls.of(company, store)
    concerned = {id_: company.kpis[id_] for id_ in (kpi.id, *kpi.rivals)}
    known = {id_: _known(company, each, polls, now, as_of) for id_, each in concerned.items()}
    moments = [Moment(concerned[id_], at) for id_, at in known.items() if not isinstance(at, Unknown)]
    moment = next((each for each in moments if each.kpi is kpi), None)
    on_ledger = moment if rests_on_ledger(company, kpi) else None
    wanted = needed(company, [*moments, *(before(company, each) for each in moments)])
    with sitting(company, store, polls, as_of or now, known_at) as (judged, cursor):
        if known_at is not None:
            check_known(cursor, company, kpi, known_at)
        spans = [span(company, on_ledger)] if on_ledger else []
        evaluator = Evaluator(company, answers(cursor, company, wanted, spans))
        revenue = bridge(cursor, company, on_ledger) if on_ledger else None
    reading = Evaluation(judged, known, evaluator).reading(kpi)
    lines = [*_head(judged, reading, moment, known_at), ""]
    if moment:
        lines += ["Formula", *_computation(judged, moment, evaluator, "  "), ""]
    lines += ["Inputs", *_inputs(judged, kpi), ""]
    if revenue:
        lines += [*revenue_lines(company, revenue), ""]
    return "\n".join([*lines, *_judgement(judged, reading)]) + "\n"


def _known(company: Company, kpi: Kpi, polls: Polls, now: datetime, as_of: datetime | None) -> datetime | Unknown:
    """The instant that is explained, or why there is none. What is stale now may still tell of the past."""
    known = kpi_as_of(company, kpi, polls, now if as_of is None else min(as_of, now))
    if as_of is None or (isinstance(known, Unknown) and as_of <= now):
        return known
    if isinstance(known, Unknown) or known < as_of:
        last = now if isinstance(known, Unknown) else known
        raise ValueError(f"{kpi.id} is known up to {last:%Y-%m-%d %H:%M:%S} UTC, not as of {as_of:%Y-%m-%d %H:%M:%S}")
    return known


def parse_as_of(text: str, zone: ZoneInfo) -> datetime:
    """The moment in UTC that a date or time means, in the zone if it names none; `ValueError` says what to write."""
    try:
        at = datetime.fromisoformat(text)
        return (at if at.tzinfo else at.replace(tzinfo=zone)).astimezone(UTC)
    except (ValueError, OverflowError):
        message = f"{text!r} is not a date or time; write 2026-03-31 or 2026-03-31T12:00:00Z"
        raise ValueError(message) from None


def _head(judged: Sitting, reading: Reading, moment: Moment | None, known_at: datetime | None) -> Iterator[str]:
    company, kpi = judged.company, reading.kpi
    yield f"{kpi.title} ({company.name}, {kpi.id})"
    if reading.unknown is not None:
        yield f"  unknown ({reading.unknown.reason}): {reading.unknown.detail}"
    elif reading.value is not None:
        yield f"  {number(reading.value)} {kpi.unit.text}"
    if moment:
        period = kpi.window.period(moment.as_of, company.calendar)
        starts, ends = (at.astimezone(company.calendar.zone) for at in (period.starts, period.ends))
        span = f"{ends:%Y-%m-%d %H:%M:%S}" if starts == ends else f"{starts:%Y-%m-%d %H:%M} up to {ends:%Y-%m-%d %H:%M}"
        yield f"  window {kpi.window.text}: {span} {company.timezone}"
    if known_at is not None:
        yield from reported(company, kpi, known_at)
    yield ""
    yield f"  {kpi.definition}"
    if kpi.note:
        yield f"  Note: {' '.join(kpi.note.split())}"


def _computation(judged: Sitting, moment: Moment, evaluator: Evaluator, indent: str) -> Iterator[str]:
    """The formula, the number of each name in it, and below each KPI its own formula."""
    kpi, company = moment.kpi, judged.company
    if kpi.formula.text != kpi.id:
        yield f"{indent}{kpi.id} = {' '.join(kpi.formula.text.split())}"
    seen: set[str] = set()
    for name, previous in kpi.terms():
        text = f"previous({name.text})" if previous else name.text
        if text in seen:
            continue
        seen.add(text)
        value = evaluator.term(moment, name, previous)
        unit = _unit(company, name)
        shown = f"unknown: {value.detail}" if isinstance(value, Unknown) else f"{number(value)} {unit}".rstrip()
        if name.name in company.measures:
            period = term_period(company, moment, previous)
            at = f"{period.ends.astimezone(company.calendar.zone):%Y-%m-%d %H:%M}"
            yield f"{indent}  {text} = {shown}   (up to {at})"
            continue
        yield f"{indent}  {text} = {shown}"
        if name.name in company.kpis:
            yield from _computation(judged, term_moment(company, moment, name, previous), evaluator, indent + "    ")


def _unit(company: Company, name: Name) -> str:
    if name.name in company.measures:
        return company.measures[name.name].unit.text
    return company.kpis[name.name].unit.text if name.name in company.kpis else ""


def _inputs(judged: Sitting, kpi: Kpi) -> Iterator[str]:
    """Each measure with its meaning, and the sources, rows and ages behind it."""
    for measure in judged.company.inputs(kpi).values():
        yield f"  {measure.name} [{measure.unit.text}]: {measure.doc}"
        yield from _origins(judged, measure)


def _origins(judged: Sitting, measure: Measure) -> Iterator[str]:
    company, polls = judged.company, judged.polls
    if measure.source is not None:
        yield f"    asked of {measure.source}{_age(judged, measure.source)}"
    for table in sorted(measure.tables | measure.lookups):
        sources = company.fillers(table)
        if not sources and table not in LEDGER_LOOKUPS:
            yield f"    {table}: no source fills this table"
        for source in sources:
            rows = polls.fillers.get(table, {}).get(source)
            count = "not read yet" if rows is None else f"{rows:,} row{'' if rows == 1 else 's'}"
            yield f"    {table}: {count} from {source}{_age(judged, source)}"


def _age(judged: Sitting, source: str) -> str:
    state = judged.polls.states.get(source)
    if state is None or state.last_success is None:
        return ", never read successfully"
    age = judged.now - state.last_success
    ago = f", {timedelta(seconds=round(age.total_seconds()))} ago" if age >= timedelta() else ""
    failed = f"; the last poll failed: {state.error}" if state.error else ""
    return f", read {state.last_success:%Y-%m-%d %H:%M:%S} UTC{ago}{failed}"


def _judgement(judged: Sitting, reading: Reading) -> Iterator[str]:
    """Target, plan, thresholds as written and in numbers, and what they make of the value."""
    kpi = reading.kpi
    if kpi.target:
        yield f"Target    {kpi.target.text}{_in_numbers(kpi.target, reading.target)}"
    for scenario, plan in judged.plans(kpi).items():
        yield f"Plan      {scenario}: {_planned(reading.plan.get(scenario))} ({plan.text})"
    for label, plan in kpi.segment_plans.items():
        yield f"Plan      {label}: {_planned(reading.segment_plan.get(label))} ({plan.text})"
    for severity, condition in kpi.thresholds.items():
        yield f"{severity.capitalize():<10}{condition.text}{_in_numbers(condition, reading.thresholds[severity])}"
    for benchmark in kpi.benchmarks:
        yield f"Benchmark {benchmark.name}: {benchmark.text}"
    for result in kpi.objectives:
        yield f"Objective {result.quarter} {result.objective}, {result.name}: {result.text}"
    for label in dict.fromkeys(label for each in _conditions(kpi) for label in each.segments):
        value = reading.segments.get(label)
        yield f"Segment   {label}: {'unknown' if value is None else number(value)}"
    if reading.status is None:
        yield "Status    unknown"
        return
    yield f"Status    {reading.status.words}"
    if kpi.classes:
        yield f"Class     {next((name for name, holds in reading.classes.items() if holds), 'none of those named')}"
    if kpi.action:
        yield f"Action    {kpi.action}"
    if kpi.owner:
        yield f"Owner     {kpi.owner}"


def _conditions(kpi: Kpi) -> Iterator[Condition]:
    if kpi.target:
        yield kpi.target
    yield from kpi.thresholds.values()


def _planned(value: float | None) -> str:
    return "no value yet" if value is None else f"{number(value)} now"


def _in_numbers(condition: Condition, found: tuple[Level, ...]) -> str:
    if condition.divergence:
        return ""
    if not found:
        return "   (not in force now)"
    return "   (" + ", ".join(_level(level) for level in found) + ")"


def _level(level: Level) -> str:
    segment = level.bound.scope.segment
    return f"{segment + ' ' if segment else ''}{level.bound.comparison} {number(level.limit)}"


def number(value: Decimal | float) -> str:
    """At most six decimals, thousands set apart, without trailing zeros."""
    text = f"{value:,.6f}"
    return text.rstrip("0").rstrip(".")
