"""An explanation as plain text: the definition, the formula with its numbers, and what they rest on."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from decimal import Decimal

from exporter.analysis.explain.answer import Explanation, Origin, Term, written
from exporter.analysis.explain.as_reported import reported
from exporter.analysis.explain.mrr_bridge_text import revenue_lines
from exporter.analysis.explain.projection_text import projection_lines
from exporter.catalogue.language.thresholds import Condition
from exporter.catalogue.model import Company, Kpi
from exporter.kpis.display_status import display_status
from exporter.kpis.reading import Level, Reading, Unknown
from exporter.kpis.so_far import so_far, why_not_so_far
from exporter.quantities.counts import counted
from exporter.quantities.units import LARGEST


def explanation_text(answer: Explanation) -> str:
    """Return the explanation as plain text."""
    kpi = answer.reading.kpi
    lines = [*_head(answer), ""]
    if answer.moment:
        formula = [f"  {kpi.id} = {written(kpi)}"] if written(kpi) else []
        lines += ["Formula", *formula, *_computation(answer.company, answer.terms, "    "), ""]
    lines += ["Inputs", *_inputs(answer), ""]
    if answer.revenue:
        lines += [*revenue_lines(answer.company, answer.revenue), ""]
    lines += projection_lines(answer.company, answer.reading)
    return "\n".join([*lines, *_levels(answer)]) + "\n"


def _head(answer: Explanation) -> Iterator[str]:
    company, kpi, reading = answer.company, answer.reading.kpi, answer.reading
    yield f"{kpi.title} ({company.name}, {kpi.id})"
    if reading.unknown is not None and not reading.connected:
        yield f"  {reading.unknown.detail}"
    elif reading.unknown is not None:
        yield f"  unknown ({reading.unknown.reason}): {reading.unknown.detail}"
    elif reading.value is not None:
        yield f"  {number(reading.value)} {kpi.unit.text}"
    if answer.moment:
        period = kpi.window.period(answer.moment.as_of, company.calendar)
        starts, ends = (at.astimezone(company.calendar.zone) for at in (period.starts, period.ends))
        span = f"{ends:%Y-%m-%d %H:%M:%S}" if starts == ends else f"{starts:%Y-%m-%d %H:%M} up to {ends:%Y-%m-%d %H:%M}"
        yield f"  window {kpi.window.text}: {span} {company.timezone}"
    yield from _beside(company, reading)
    if answer.known_at is not None:
        yield from reported(company, kpi, answer.known_at)
    for dimension in reading.withheld:
        yield f"  by {dimension}: {reading.why_withheld(dimension)}"
    yield ""
    yield f"  {kpi.definition}"
    if kpi.note:
        yield f"  Note: {' '.join(kpi.note.split())}"


def _beside(company: Company, reading: Reading) -> Iterator[str]:
    """Yield the value in the period that runs, or why nobody knows it, and the value at the last close."""
    if reading.to_date and (text := so_far(reading)):
        period, zone = reading.to_date.period, company.calendar.zone
        starts, ends = (at.astimezone(zone) for at in (period.starts, period.ends))
        yield f"  {text}; {starts:%Y-%m-%d %H:%M} up to {ends:%Y-%m-%d %H:%M}"
    elif why := why_not_so_far(reading):
        yield f"  so far unknown: {why}"
    if reading.at_close is not None:
        yield f"  {number(reading.at_close)} {reading.kpi.unit.text} at the last close"


def _computation(company: Company, terms: Sequence[Term], indent: str) -> Iterator[str]:
    """Yield the number of each name, and below each KPI its formula and the numbers of that."""
    for term in terms:
        value = term.value
        text = f"unknown: {value.detail}" if isinstance(value, Unknown) else f"{number(value)} {term.unit}".rstrip()
        until = f"   (up to {term.until.astimezone(company.calendar.zone):%Y-%m-%d %H:%M})" if term.until else ""
        yield f"{indent}{term.text} = {text}{until}"
        if term.formula:
            yield f"{indent}  {term.name} = {term.formula}"
        yield from _computation(company, term.terms, indent + "    ")


def _inputs(answer: Explanation) -> Iterator[str]:
    """Yield each measure with its meaning, and the sources, rows and ages behind it."""
    for each in answer.inputs:
        yield f"  {each.measure.name} [{each.measure.unit.text}]: {each.measure.doc}"
        for origin in each.origins:
            yield f"    {_origin(origin, answer.now)}"
            yield from (f"      ! {shortfall.text}" for shortfall in origin.shortfalls)


def _origin(origin: Origin, now: datetime) -> str:
    if origin.source is None:
        return f"{origin.table}: no source fills this table"
    if not origin.table:
        return f"asked of {origin.source}{_age(origin, now)}"
    rows = origin.rows
    count = "not read yet" if rows is None else counted(rows, "row")
    return f"{origin.table}: {count} from {origin.source}{_age(origin, now)}"


def _age(origin: Origin, now: datetime) -> str:
    last_read = origin.last_read
    if last_read is None:
        return ", never read successfully"
    age = now - last_read
    ago = f", {timedelta(seconds=round(age.total_seconds()))} ago" if age >= timedelta() else ""
    failed = f"; the last poll failed: {origin.state.error}" if origin.state and origin.state.error else ""
    return f", read {last_read:%Y-%m-%d %H:%M:%S} UTC{ago}{failed}"


def _levels(answer: Explanation) -> Iterator[str]:
    """Yield target, plan and thresholds as written and in numbers, and what they make of the value."""
    reading, kpi = answer.reading, answer.reading.kpi
    if kpi.target:
        yield f"Target    {kpi.target.text}{_in_numbers(kpi.target, reading.target)}"
    for scenario, plan in answer.plans.items():
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
    yield f"Status    {display_status(reading).text}"
    if reading.status is None:
        return
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


def _in_numbers(condition: Condition, levels: tuple[Level, ...]) -> str:
    if condition.divergence:
        return ""
    if not levels:
        return "   (not in force now)"
    return "   (" + ", ".join(_level(level) for level in levels) + ")"


def _level(level: Level) -> str:
    segment = level.bound.scope.segment
    return f"{segment + ' ' if segment else ''}{level.bound.comparison} {number(level.limit)}"


def number(value: Decimal | float) -> str:
    """Write at most six decimals, thousands set apart, without trailing zeros; a large number in powers of ten."""
    if not abs(float(value)) < LARGEST:
        return f"{value:.6e}"
    text = f"{value:,.6f}"
    return text.rstrip("0").rstrip(".")
