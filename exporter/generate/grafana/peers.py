"""The board of peers: KPIs over time beside their benchmarks, one per company that has any."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from exporter.catalogue.model import Company, Kpi
from exporter.generate.grafana.board import COLUMNS, Layout, board
from exporter.generate.grafana.fields import DASHED, override_by_query, query
from exporter.generate.grafana.links import to_kpi
from exporter.generate.grafana.panels import Panel, timeseries
from exporter.generate.grafana.queries import benchmark, value
from exporter.quantities.prometheus import style

PEERS = "peers"

_WIDTH, _HEIGHT = COLUMNS // 3, 8


def generate(companies: Sequence[Company]) -> Mapping[str, str]:
    """Return the boards by path, one per company that has a benchmark."""
    return dict(
        board(
            company,
            PEERS,
            "against peers",
            f"{company.title}: every KPI for which the catalogue has a benchmark.",
            _panels(company),
            since="now-90d",
        )
        for company in companies
        if any(kpi.benchmarks for kpi in company.kpis.values())
    )


def _panels(company: Company) -> Sequence[Panel]:
    layout = Layout()
    for kpi in company.kpis.values():
        if kpi.benchmarks:
            layout.add(kpi.id, _panel(company, kpi), _WIDTH, _HEIGHT)
    return layout.panels


def _panel(company: Company, kpi: Kpi) -> Panel:
    """Return a panel with the benchmarks of the range's end, since they have no history of their own."""
    series = benchmark(company, kpi)
    return timeseries(
        kpi.title,
        " ".join([kpi.definition, *(f"{each.name}: {each.text}." for each in kpi.benchmarks)]),
        [
            query("value", value(company, kpi).over_time(company), kpi.title),
            query("benchmark", series.at_end, series.legend),
        ],
        style(kpi.unit).grafana,
        overrides=[override_by_query("benchmark", custom__lineStyle=DASHED)],
        links=[to_kpi(company, kpi)],
    )
