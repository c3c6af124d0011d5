"""The boards of areas: every KPI over time with its thresholds, plan and target, and its breakdowns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from exporter.catalogue.model import Company, Kpi
from exporter.generate.grafana.board import COLUMNS, Layout, board
from exporter.generate.grafana.colours import COLOURS, kpi_steps
from exporter.generate.grafana.fields import DASHED, Override, fixed_colour, override_by_query, query
from exporter.generate.grafana.gaps import gaps
from exporter.generate.grafana.links import to_kpi
from exporter.generate.grafana.panels import Panel, timeseries
from exporter.generate.grafana.queries import breakdown, levels, value
from exporter.generate.grafana.words import kpi_description
from exporter.quantities import display
from exporter.quantities.prometheus import style

_WIDTH, _HEIGHT = COLUMNS // 2, 8


def generate(companies: Sequence[Company]) -> Mapping[str, str]:
    """Return the boards by path, one per company and area."""
    return dict(
        board(
            company,
            board_name(area),
            display.words(area),
            f"The KPIs of {company.title} in the area {display.words(area)}, over time.",
            _panels(company, kpis),
            since="now-90d",
        )
        for company in companies
        for area, kpis in company.areas().items()
    )


def board_name(area: str) -> str:
    """Return the name of an area's board."""
    return f"area-{area}"


def _panels(company: Company, kpis: Sequence[Kpi]) -> Sequence[Panel]:
    layout = Layout()
    for kpi in kpis:
        layout.add(kpi.id, over_time(company, kpi), _WIDTH, _HEIGHT)
        for dimension in kpi.by:
            layout.add(f"{kpi.id} by {dimension}", parts_over_time(company, kpi, dimension), _WIDTH, _HEIGHT)
    layout.new_line()
    layout.add("gaps", gaps(company, kpis), COLUMNS, _HEIGHT)
    return layout.panels


def over_time(company: Company, kpi: Kpi) -> Panel:
    """Return a panel of the value: fixed thresholds as dashed lines, all other levels as series."""
    steps = kpi_steps(kpi)
    drawn = [series for series in levels(company, kpi) if steps is None or series.name not in kpi.thresholds]
    return timeseries(
        kpi.title,
        kpi_description(kpi),
        [
            query("value", value(company, kpi).over_time(company), kpi.title),
            *(query(series.name, series.over_time(company), series.legend) for series in drawn),
        ],
        style(kpi.unit).grafana,
        steps=steps,
        overrides=[_override(series.name) for series in drawn],
        links=[to_kpi(company, kpi)],
    )


def parts_over_time(company: Company, kpi: Kpi, dimension: str) -> Panel:
    """Return a panel with a line for each part of a breakdown."""
    series = breakdown(company, kpi, dimension)
    return timeseries(
        f"{kpi.title} by {display.words(dimension)}",
        kpi_description(kpi),
        [query("parts", series.over_time(company), series.legend)],
        style(kpi.unit).grafana,
        links=[to_kpi(company, kpi)],
    )


def _override(name: str) -> Override:
    colour = COLOURS.get(name, {"plan": "blue", "target": "green"}.get(name, "text"))
    return override_by_query(name, custom__lineStyle=DASHED, custom__lineWidth=1, color=fixed_colour(colour))
