"""One board per area: every KPI over time with its thresholds, plan and target, and the parts it is made of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from exporter import conventions
from exporter.catalogue.model import Company, Kpi
from exporter.generate.grafana.board import COLUMNS, Layout, board, in_words
from exporter.generate.grafana.colours import COLOURS, of_kpi
from exporter.generate.grafana.links import to_kpi
from exporter.generate.grafana.panels import Override, Panel, answering, fixed, query, timeseries
from exporter.generate.grafana.queries import breakdown, levels, value
from exporter.generate.grafana.words import described
from exporter.quantities.prometheus import style

_WIDTH, _HEIGHT = COLUMNS // 2, 8
_DASHED = {"dash": [8, 6], "fill": "dash"}


def generate(companies: Sequence[Company]) -> Mapping[str, str]:
    return {
        conventions.dashboard_file(company.name, board_name(area)): board(
            company,
            board_name(area),
            in_words(area).lower(),
            f"The KPIs of {company.title} in the area {in_words(area).lower()}, over time.",
            _panels(company, kpis),
            since="now-90d",
        )
        for company in companies
        for area, kpis in company.areas().items()
    }


def board_name(area: str) -> str:
    return f"area-{area}"


def _panels(company: Company, kpis: Sequence[Kpi]) -> Sequence[Panel]:
    layout = Layout()
    for kpi in kpis:
        layout.add(kpi.id, over_time(company, kpi), _WIDTH, _HEIGHT)
        for dimension in kpi.by:
            layout.add(f"{kpi.id} by {dimension}", parts_over_time(company, kpi, dimension), _WIDTH, _HEIGHT)
    return layout.panels


def over_time(company: Company, kpi: Kpi) -> Panel:
    """The value, with thresholds that stand fixed as dashed lines, and with lines for all else it is held against."""
    steps = of_kpi(kpi)
    lines = [line for line in levels(company, kpi) if steps is None or line.name not in kpi.thresholds]
    return timeseries(
        kpi.title,
        described(kpi),
        [
            query("value", value(company, kpi).over_time(company), kpi.title),
            *(query(line.name, line.over_time(company), line.legend) for line in lines),
        ],
        style(kpi.unit).grafana,
        steps=steps,
        overrides=[_line(line.name) for line in lines],
        links=[to_kpi(company, kpi)],
    )


def parts_over_time(company: Company, kpi: Kpi, dimension: str) -> Panel:
    line = breakdown(company, kpi, dimension)
    return timeseries(
        f"{kpi.title} by {in_words(dimension).lower()}",
        described(kpi),
        [query("parts", line.over_time(company), line.legend)],
        style(kpi.unit).grafana,
        links=[to_kpi(company, kpi)],
    )


def _line(name: str) -> Override:
    colour = COLOURS.get(name, {"plan": "blue", "target": "green"}.get(name, "text"))
    return answering(name, custom__lineStyle=_DASHED, custom__lineWidth=1, color=fixed(colour))
