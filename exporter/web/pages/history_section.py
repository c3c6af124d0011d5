"""A KPI's past as its own page shows it: the chart with the levels that were in force, and the table of values."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

from exporter.analysis.explain.answer import Explanation
from exporter.catalogue.language.plans import Scenario
from exporter.catalogue.language.thresholds import Bound, Condition
from exporter.catalogue.model import Company, Kpi
from exporter.charts.timeseries import Chart, Curve, chart
from exporter.kpis.kpi_series import KpiSeries
from exporter.kpis.levels import in_force
from exporter.quantities import display
from exporter.web.pages.tables import Age, Amount, Cell, Table

ROWS_SHOWN = 14
"""The latest; the file has all."""


def past_chart(found: Explanation, track: KpiSeries) -> Chart | None:
    """The KPI over time with its target, thresholds and plans; None where nothing is known."""
    kpi, company = found.reading.kpi, found.company
    curves = [*_plans(found, track), *_levels(company, kpi, track)]
    return chart(kpi.title, track, curves, kpi.unit, company.calendar.zone)


def _plans(found: Explanation, track: KpiSeries) -> Iterator[Curve]:
    """The base plan as it was published, and the others by what they say of each moment."""
    timeline = found.company.timeline
    if any(value is not None for value in track.plan):
        yield Curve("plan", "Plan", track.plan)
    for scenario, plan in found.plans.items():
        if scenario is not Scenario.BASE:
            values = [plan.at(datetime.fromtimestamp(at, UTC), timeline) for at in track.at]
            yield Curve("scenario", f"Plan, {scenario}", [None if value is None else float(value) for value in values])


def _levels(company: Company, kpi: Kpi, track: KpiSeries) -> Iterator[Curve]:
    conditions: dict[str, Condition | None] = {"target": kpi.target, **kpi.thresholds}
    for name, condition in conditions.items():
        for bound in condition.bounds if condition else ():
            # A target that is the plan is drawn as the plan.
            if not bound.scope.segment and not (name == "target" and bound.share == 1):
                yield Curve(name, f"{name.capitalize()} {_written(bound)}", _limits(company, bound, track))


def _written(bound: Bound) -> str:
    return f"{bound.text} (SLA)" if bound.scope.sla else bound.text


def _limits(company: Company, bound: Bound, track: KpiSeries) -> Sequence[float | None]:
    """The bound's limit at each moment, by the plan and the previous value of then."""
    return [
        bound.limit(plan, previous)
        if in_force(company.timeline, bound.scope, datetime.fromtimestamp(at, UTC))
        else None
        for at, plan, previous in zip(track.at, track.plan, track.previous, strict=True)
    ]


def values_table(company: Company, kpi: Kpi, track: KpiSeries, csv: str) -> Table:
    """The values, the latest first."""
    zone = company.calendar.zone
    rows: list[Sequence[Cell]] = []
    for at, value, status, plan, previous in zip(
        track.at, track.value, track.status, track.plan, track.previous, strict=True
    ):
        moment = datetime.fromtimestamp(at, UTC)
        age = Age(moment, f"{moment.astimezone(zone):%-d %b %Y %H:%M}", display.moment(moment, zone))
        amounts = (None if number is None else Amount(number, kpi.unit) for number in (value, plan, previous))
        known, planned, before = amounts
        rows.append((age, known, "unknown" if status is None else status.words, planned, before))
    columns = ("time", "value", "status", "plan", "previous")
    return Table("Values over time", columns, rows[::-1], csv, shown=ROWS_SHOWN)
