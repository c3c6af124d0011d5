"""The tables of a KPI's page: thresholds, breakdowns and inputs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from math import fsum, isclose

from exporter.analysis.explain.answer import Explanation, Input, Origin
from exporter.catalogue.language.plans import Scenario
from exporter.catalogue.language.thresholds import with_unit
from exporter.catalogue.model import Company
from exporter.kpis.reading import Level, Reading
from exporter.quantities import display
from exporter.web.pages import kpi_text
from exporter.web.pages.links import PageLinks
from exporter.web.pages.tables import Amount, Cell, Link, TableView

PARTS_SHOWN = 50
"""The number of largest parts on the page; the CSV has all."""


def levels_table(explanation: Explanation, csv: str) -> TableView:
    """Return target, thresholds, plans and comparisons: as the catalogue writes them, in numbers, and the result."""
    return TableView(
        "Target, thresholds and plans",
        ("level", "definition", "now", "result"),
        list(_levels(explanation)),
        csv,
        empty="The catalogue defines no target, threshold or plan for this KPI.",
    )


def _levels(explanation: Explanation) -> Iterator[Sequence[Cell]]:
    reading, kpi = explanation.reading, explanation.reading.kpi
    if kpi.target:
        yield from _condition("target", kpi.target.text, reading.target, reading, ("met", "missed"))
    for severity, condition in kpi.thresholds.items():
        crossed = ("crossed", "not crossed")
        yield from _condition(severity, condition.text, reading.thresholds[severity], reading, crossed)
    for scenario, plan in explanation.plans.items():
        text = f"{display.percentage(round(reading.attainment, 3))} of it" if reading.attainment else None
        planned = reading.plan.get(scenario)
        amount = None if planned is None else Amount(planned, kpi.unit)
        yield f"plan, {scenario}", plan.text, amount, text if scenario is Scenario.BASE else None
    for label, plan in kpi.segment_plans.items():
        segment = reading.segment_plan.get(label)
        yield f"plan of {label}", plan.text, None if segment is None else Amount(segment, kpi.unit), None
    for each in kpi.classes:
        yield f"class {display.words(each.name)}", each.text, None, _holds(reading.classes.get(each.name))
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
        yield f"what if: {display.words(scenario_name)}", None, Amount(value, kpi.unit), None


def _holds(holds: bool | None) -> str | None:
    return "current class" if holds else None


def _condition(
    name: str, text: str, levels: Sequence[Level], reading: Reading, words: tuple[str, str]
) -> Iterator[Sequence[Cell]]:
    text = " ".join(text.split())
    if not levels:
        yield name, with_unit(text, reading.kpi.unit), None, None if "while" in text else "not in force now"
    for level in levels:
        segment = level.bound.scope.segment
        whose = f"{name} of {segment}" if segment else name
        value = reading.segments.get(segment) if segment else reading.value
        holds = None if value is None else level.bound.comparison.holds(value, level.limit)
        result = None if holds is None else words[0] if holds else words[1]
        if result and segment and value is not None:
            result = f"{result}, at {display.amount(value, reading.kpi.unit)}"
        definition = with_unit(level.bound.text or text, reading.kpi.unit)
        yield whose, definition, Amount(level.limit, reading.kpi.unit), result


def breakdown_tables(reading: Reading, path: str) -> Sequence[TableView]:
    """Return a table per dimension, the largest values first; a withheld one says why."""
    return [_breakdown(reading, dimension, path) for dimension in breakdowns_shown(reading)]


def breakdowns_shown(reading: Reading) -> Sequence[str]:
    """Return the dimensions of the tables."""
    return tuple(dict.fromkeys((*reading.breakdowns, *reading.withheld)))


def _breakdown(reading: Reading, dimension: str, path: str) -> TableView:
    unit, by_label = reading.kpi.unit, reading.breakdowns.get(dimension, {})
    parts = sorted(by_label.items(), key=lambda each: -each[1])
    withheld = reading.why_withheld(dimension) if dimension in reading.withheld else ""
    return TableView(
        f"By {display.words(dimension)}",
        (dimension, "value", "plan") if _planned(reading, dimension) else (dimension, "value"),
        [_part(label, Amount(value, unit), reading, dimension) for label, value in parts],
        f"{path}/by-{dimension}.csv",
        limit=PARTS_SHOWN,
        foremost="largest",
        rest="; ".join(filter(None, (_rest(reading, [value for _, value in parts]), withheld))),
        empty=f"{withheld[:1].upper()}{withheld[1:]}.",
    )


def _rest(reading: Reading, values: Sequence[float]) -> str:
    """Describe the sum of the parts below the limit; empty where the parts do not add up to the KPI."""
    left, unit = values[PARTS_SHOWN:], reading.kpi.unit
    rounding = len(values) * 10.0 ** -(unit.decimals or 9)
    if not left or reading.value is None or not isclose(fsum(values), reading.value, rel_tol=1e-9, abs_tol=rounding):
        return ""
    return f"the other {len(left):,} are {display.amount(fsum(left), unit)} together"


def _planned(reading: Reading, dimension: str) -> bool:
    return dimension == reading.kpi.segments and bool(reading.segment_plan)


def _part(label: str, amount: Amount, reading: Reading, dimension: str) -> Sequence[Cell]:
    if not _planned(reading, dimension):
        return label, amount
    planned = reading.segment_plan.get(label)
    return label, amount, None if planned is None else Amount(planned, amount.unit)


def inputs_table(explanation: Explanation, links: PageLinks, now: datetime, csv: str) -> TableView:
    """Return the measures behind the value, with the sources and rows of each."""
    rows = [
        _origin(explanation.company, each, origin, links, now)
        for each in explanation.inputs
        for origin in each.origins or (None,)
    ]
    columns = ("measure", "unit", "meaning", "table", "source", "rows", "last read", "last error", "data issues")
    return TableView("Measures and sources", columns, rows, csv, grouped=3, empty="The formula uses no measures.")


def _origin(company: Company, of: Input, origin: Origin | None, links: PageLinks, now: datetime) -> Sequence[Cell]:
    head = (of.measure.name, of.measure.unit.text, of.measure.doc or None)
    if origin is None or origin.source is None:
        table = origin.table if origin else None
        return (*head, table, "no source fills this table" if table else None, None, None, None, None)
    state = origin.state
    return (
        *head,
        origin.table or "direct query",
        Link(origin.source, links.sources(company.name, origin.source)),
        origin.rows,
        kpi_text.age(origin.last_read, now, company.calendar.zone),
        (state.error if state else None) or None,
        "; ".join(each.text for each in origin.shortfalls) or None,
    )
