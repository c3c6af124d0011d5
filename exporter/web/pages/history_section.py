"""The history on a KPI's page: the chart with the levels in force at each moment, and the table of values."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

from exporter.analysis.explain.answer import Explanation
from exporter.catalogue.language.plans import Scenario
from exporter.catalogue.language.thresholds import Bound, Condition
from exporter.catalogue.model import Company, Kpi
from exporter.charts.timeseries import Chart, Curve, chart
from exporter.kpis.display_status import DisplayStatus, status_by_limits
from exporter.kpis.kpi_series import KpiSeries
from exporter.kpis.levels import in_force
from exporter.quantities import display
from exporter.web.pages.tables import Age, Amount, Cell, TableView

ROWS_SHOWN = 14
"""The number of latest values on the page; the CSV has all."""


def history_chart(explanation: Explanation, series: KpiSeries) -> Chart | None:
    """Draw the KPI over time with its target, thresholds and plans; None where no value is known."""
    kpi, company = explanation.reading.kpi, explanation.company
    curves = [*_so_far(series), *_plans(explanation, series), *_levels(company, kpi, series)]
    return chart(kpi.title, series, curves, kpi.unit, company.calendar.zone)


def _so_far(series: KpiSeries) -> Iterator[Curve]:
    """Yield what each period had come to while it ran."""
    if any(value is not None for value in series.to_date):
        yield Curve("so-far", "So far in the period", series.to_date)


def _plans(explanation: Explanation, series: KpiSeries) -> Iterator[Curve]:
    """Yield the base plan as it was published, and each other plan at the same moments."""
    timeline = explanation.company.timeline
    if any(value is not None for value in series.plan):
        yield Curve("plan", "Plan", series.plan)
    for scenario, plan in explanation.plans.items():
        if scenario is not Scenario.BASE:
            values = [plan.at(datetime.fromtimestamp(at, UTC), timeline) for at in series.at]
            yield Curve("scenario", f"Plan, {scenario}", [None if value is None else float(value) for value in values])


def _levels(company: Company, kpi: Kpi, series: KpiSeries) -> Iterator[Curve]:
    conditions: dict[str, Condition | None] = {"target": kpi.target, **kpi.thresholds}
    for name, condition in conditions.items():
        for bound in condition.bounds if condition else ():
            # A target that is the plan is drawn as the plan.
            if not bound.scope.segment and not (name == "target" and bound.share == 1):
                yield Curve(name, f"{name.capitalize()} {_written(bound)}", _limits(company, bound, series))


def _written(bound: Bound) -> str:
    return f"{bound.text} (SLA)" if bound.scope.sla else bound.text


def _limits(company: Company, bound: Bound, series: KpiSeries) -> Sequence[float | None]:
    """Return the limit at each moment, by the plan and the previous value of that moment; None where not in force."""
    return [
        bound.limit(plan, previous)
        if in_force(company.timeline, bound.scope, datetime.fromtimestamp(at, UTC))
        else None
        for at, plan, previous in zip(series.at, series.plan, series.previous, strict=True)
    ]


def values_table(company: Company, kpi: Kpi, series: KpiSeries, csv: str) -> TableView:
    """Return the values, the latest first."""
    zone = company.calendar.zone
    rows: list[Sequence[Cell]] = []
    statuses = _statuses(company, kpi, series)
    for at, value, status, plan, previous, to_date in zip(
        series.at, series.value, statuses, series.plan, series.previous, series.to_date, strict=True
    ):
        moment = datetime.fromtimestamp(at, UTC)
        age = Age(moment, f"{moment.astimezone(zone):%-d %b %Y %H:%M}", display.moment(moment, zone))
        numbers = (value, plan, previous, to_date)
        known_value, *others = (None if number is None else Amount(number, kpi.unit) for number in numbers)
        rows.append((age, known_value, status, *others))
    columns = ("time", "value", "status", "plan", "previous", "so far")
    return TableView("Values over time", columns, rows[::-1], csv, limit=ROWS_SHOWN)


def _statuses(company: Company, kpi: Kpi, series: KpiSeries) -> Iterator[DisplayStatus | None]:
    """Yield the status at each moment; None where it rests on the target of a segment, whose past is not stored."""
    targets = kpi.target.bounds if kpi.target else ()
    thresholds = [bound for condition in kpi.thresholds.values() for bound in condition.bounds]
    aims, limits = ([_limits(company, bound, series) for bound in bounds] for bounds in (targets, thresholds))
    for place, (value, status) in enumerate(zip(series.value, series.status, strict=True)):
        missed, in_doubt = False, False
        for bound, limit in ((bound, limit[place]) for bound, limit in zip(targets, aims, strict=True)):
            if bound.scope.segment:
                in_doubt = True
            elif value is not None and limit is not None and not bound.comparison.holds(value, limit):
                missed = True
        has_limits = bool(kpi.divergence_kpis) or any(limit[place] is not None for limit in (*aims, *limits))
        judgement = status_by_limits(status, target_missed=missed, has_limits=has_limits)
        yield None if in_doubt and judgement in (DisplayStatus.OK, DisplayStatus.NO_TARGET) else judgement
