"""A KPI's own page: what it is, how its number comes about, how it went, and what is done when it goes wrong."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from exporter.catalogue.model import Company, Kpi
from exporter.catalogue.plans import Scenario
from exporter.kpis.explained import Explanation, Input, Origin, Term, written
from exporter.kpis.explanation import number
from exporter.kpis.reading import Level, Reading, Unknown
from exporter.kpis.revenue_explained import revenue_lines
from exporter.kpis.track import Track
from exporter.web import formatting
from exporter.web.charts import Chart
from exporter.web.pages import said
from exporter.web.pages.alerts import AlertView, alerts
from exporter.web.pages.links import Links
from exporter.web.pages.past import past_chart, values_table
from exporter.web.pages.reach import REACHES
from exporter.web.pages.tables import Age, Amount, Cell, Link, Table
from exporter.web.standing import Standing, standing


@dataclass(frozen=True)
class TermView:
    """A name of the formula with its number; `href` leads to the KPI or measure, `until` is the end of its period."""

    text: str
    href: str
    number: str
    until: str
    formula: str
    terms: Sequence[TermView]


@dataclass(frozen=True)
class KpiPage:
    """Texts are empty where there is nothing to say. `facts` are name and text; `uses` the KPIs that rest on it."""

    company: Company
    kpi: Kpi
    standing: Standing
    value: tuple[str, str]
    exact: str
    why_unknown: str
    change: str
    previous: str
    target: tuple[str, str]
    verdict: str
    crossed: str
    attainment: str
    class_: str
    window: str
    data: Age | None
    stale: bool
    note: str
    formula: str
    undefined_when: Sequence[tuple[str, str]]
    terms: Sequence[TermView]
    revenue: str
    reaches: Sequence[tuple[str, str, bool]]
    chart: Chart | None
    values: Table
    levels: Table
    breakdowns: Sequence[Table]
    inputs: Table
    alerts: Sequence[AlertView]
    uses: Sequence[Link]

    @property
    def area(self) -> str:
        return said.spaced(self.kpi.area)


def kpi_page(found: Explanation, track: Track, reach: str, links: Links, now: datetime) -> KpiPage:
    """The page for what is known of the KPI, with its past as far back as `reach`."""
    company, reading, kpi = found.company, found.reading, found.reading.kpi
    path = f"/kpi/{company.name}/{kpi.id}"
    return KpiPage(
        company=company,
        kpi=kpi,
        standing=standing(reading),
        value=said.value(reading),
        exact=said.exact(reading),
        why_unknown=said.why_unknown(reading),
        change=said.change(reading),
        previous="" if reading.previous is None else formatting.amount(reading.previous, kpi.unit),
        target=said.target(reading),
        verdict=said.verdict(reading),
        crossed=said.crossed(reading),
        attainment="" if reading.attainment is None else formatting.percentage(round(reading.attainment, 3)),
        class_=next((said.spaced(name) for name, holds in reading.classes.items() if holds), ""),
        window=said.window(reading, company.calendar.zone),
        data=said.age(reading.as_of, now, company.calendar.zone),
        stale=said.stale(reading, now),
        note=" ".join((kpi.note or "").split()),
        formula=written(kpi),
        undefined_when=[(test.text, reason) for test, reason in kpi.undefined_when],
        terms=[_term(company, each, links) for each in found.terms],
        revenue="\n".join(revenue_lines(company, found.revenue)) if found.revenue else "",
        reaches=[(name, links.kpi(company.name, kpi.id, name), name == reach) for name in REACHES],
        chart=past_chart(found, track),
        values=values_table(company, kpi, track, f"{path}/values.csv?range={reach}"),
        levels=levels_table(found, f"{path}/levels.csv"),
        breakdowns=breakdown_tables(reading, path),
        inputs=inputs_table(found, links, now, f"{path}/inputs.csv"),
        alerts=alerts(company, kpi),
        uses=[
            Link(each.title, links.kpi(company.name, each.id))
            for each in company.kpis.values()
            if each is not kpi and any(name.name == kpi.id for name in each.names())
        ],
    )


def _term(company: Company, term: Term, links: Links) -> TermView:
    is_kpi = term.name in company.kpis and term.name not in company.measures
    href = links.kpi(company.name, term.name) if is_kpi else "#inputs" if term.until else ""
    value = term.value
    return TermView(
        text=term.text,
        href=href,
        number=f"unknown: {value.detail}" if isinstance(value, Unknown) else f"{number(value)} {term.unit}".rstrip(),
        until=f"{term.until.astimezone(company.calendar.zone):%-d %b %Y %H:%M}" if term.until else "",
        formula=term.formula,
        terms=[_term(company, each, links) for each in term.terms],
    )


def levels_table(found: Explanation, csv: str) -> Table:
    """What the KPI is held against: as the catalogue writes it, in numbers now, and what that makes of the value."""
    return Table(
        "Held against",
        ("what", "as written", "now", "result"),
        list(_levels(found)),
        csv,
        empty="The catalogue gives this KPI no target, threshold or plan.",
    )


def _levels(found: Explanation) -> Iterator[Sequence[Cell]]:
    reading, kpi = found.reading, found.reading.kpi
    if kpi.target:
        yield from _condition("target", kpi.target.text, reading.target, reading, ("met", "missed"))
    for severity, condition in kpi.thresholds.items():
        crossed = ("crossed", "not crossed")
        yield from _condition(severity, condition.text, reading.thresholds[severity], reading, crossed)
    for scenario, plan in found.plans.items():
        text = f"{formatting.percentage(round(reading.attainment, 3))} of it" if reading.attainment else None
        planned = reading.plan.get(scenario)
        amount = None if planned is None else Amount(planned, kpi.unit)
        yield f"plan, {scenario}", plan.text, amount, text if scenario is Scenario.BASE else None
    for label, plan in kpi.segment_plans.items():
        segment = reading.segment_plan.get(label)
        yield f"plan of {label}", plan.text, None if segment is None else Amount(segment, kpi.unit), None
    for each in kpi.classes:
        yield f"class {said.spaced(each.name)}", each.text, None, _holds(reading.classes.get(each.name))
    for benchmark in kpi.benchmarks:
        yield f"benchmark, {benchmark.name}", benchmark.text, None, None
    for result in kpi.objectives:
        limit = result.bound.limit(plan=None)
        reached = (
            None if reading.value is None or limit is None else result.bound.comparison.holds(reading.value, limit)
        )
        words = None if reached is None else "reached" if reached else "not reached"
        yield f"{result.quarter} {result.name}: {result.objective}", result.text, None, words
    for scenario_name, value in reading.scenarios.items():
        yield f"what if: {said.spaced(scenario_name)}", None, Amount(value, kpi.unit), None


def _holds(holds: bool | None) -> str | None:
    return "it is this" if holds else None


def _condition(
    name: str, text: str, levels: Sequence[Level], reading: Reading, words: tuple[str, str]
) -> Iterator[Sequence[Cell]]:
    text = " ".join(text.split())
    if not levels:
        yield name, text, None, None if "while" in text else "not in force now"
    for level in levels:
        segment = level.bound.scope.segment
        whose = f"{name} of {segment}" if segment else name
        value = reading.segments.get(segment) if segment else reading.value
        holds = None if value is None else level.bound.comparison.holds(value, level.limit)
        result = None if holds is None else words[0] if holds else words[1]
        if result and segment and value is not None:
            result = f"{result}, at {formatting.amount(value, reading.kpi.unit)}"
        yield whose, level.bound.text or text, Amount(level.limit, reading.kpi.unit), result


def breakdown_tables(reading: Reading, path: str) -> Sequence[Table]:
    """A table for each dimension, the largest values first."""
    unit = reading.kpi.unit
    return [
        Table(
            f"By {said.spaced(dimension)}",
            (dimension, "value", "plan") if _planned(reading, dimension) else (dimension, "value"),
            [
                _part(label, Amount(value, unit), reading, dimension)
                for label, value in sorted(found.items(), key=lambda each: -each[1])
            ],
            f"{path}/by-{dimension}.csv",
        )
        for dimension, found in reading.breakdowns.items()
    ]


def _planned(reading: Reading, dimension: str) -> bool:
    return dimension == reading.kpi.segments and bool(reading.segment_plan)


def _part(label: str, amount: Amount, reading: Reading, dimension: str) -> Sequence[Cell]:
    if not _planned(reading, dimension):
        return label, amount
    planned = reading.segment_plan.get(label)
    return label, amount, None if planned is None else Amount(planned, amount.unit)


def inputs_table(found: Explanation, links: Links, now: datetime, csv: str) -> Table:
    """The measures that the number rests on, and the sources and rows behind each."""
    rows = [
        _origin(found.company, each, origin, links, now) for each in found.inputs for origin in each.origins or (None,)
    ]
    columns = ("measure", "unit", "meaning", "table", "source", "rows", "last read", "last error")
    return Table("Inputs", columns, rows, csv, grouped=3, empty="The formula needs no measure.")


def _origin(company: Company, of: Input, origin: Origin | None, links: Links, now: datetime) -> Sequence[Cell]:
    head = (of.measure.name, of.measure.unit.text, of.measure.doc or None)
    if origin is None or origin.source is None:
        table = origin.table if origin else None
        return (*head, table, "no source fills this table" if table else None, None, None, None)
    state = origin.state
    return (
        *head,
        origin.table or "asked directly",
        Link(origin.source, links.sources(company.name, origin.source)),
        origin.rows,
        said.age(state.last_success if state else None, now, company.calendar.zone),
        (state.error if state else None) or None,
    )
