"""The peers: one Grafana board per company that knows benchmarks, each drawn as lines beside the KPI over time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from exporter import conventions
from exporter.catalogue.model import Company, Kpi
from exporter.generate.amounts import style
from exporter.generate.grafana.board import COLUMNS, DATASOURCE, Panel, board, query
from exporter.generate.promql import selector, values

PEERS = "peers"

_PER_LINE = 3
_HEIGHT = 8


def generate(companies: Sequence[Company]) -> Mapping[str, str]:
    return {
        conventions.dashboard_file(company.name, PEERS): board(
            company,
            PEERS,
            f"{company.title}: against peers",
            f"{company.title}: every KPI for which the catalogue has a benchmark.",
            list(_panels(company)),
            since="now-90d",
        )
        for company in companies
        if any(kpi.benchmarks for kpi in company.kpis.values())
    }


def _panels(company: Company) -> Iterator[Panel]:
    """Ids are the positions in the catalogue, as on the wall."""
    compared = [(number, kpi) for number, kpi in enumerate(company.kpis.values(), 1) if kpi.benchmarks]
    width = COLUMNS // _PER_LINE
    for index, (id_, kpi) in enumerate(compared):
        line, place = divmod(index, _PER_LINE)
        yield _panel(company, kpi, id_, {"h": _HEIGHT, "w": width, "x": place * width, "y": line * _HEIGHT})


def _panel(company: Company, kpi: Kpi, id_: int, position: Mapping[str, int]) -> Panel:
    benchmark = f"max by (name, bound) ({selector(conventions.BENCHMARK, company=company.name, kpi=kpi.id)})"
    return {
        "datasource": DATASOURCE,
        "description": " ".join([kpi.definition, *(f"{each.name}: {each.text}." for each in kpi.benchmarks)]),
        "fieldConfig": {
            "defaults": {"custom": {"lineWidth": 2}, "noValue": "unknown", "unit": style(kpi.unit).grafana},
            "overrides": [
                {
                    "matcher": {"id": "byFrameRefID", "options": "B"},
                    "properties": [{"id": "custom.lineStyle", "value": {"dash": [8, 6], "fill": "dash"}}],
                }
            ],
        },
        "gridPos": dict(position),
        "id": id_,
        "interval": "5m",
        "options": {
            "legend": {"calcs": ["lastNotNull"], "displayMode": "list", "placement": "bottom", "showLegend": True},
            "tooltip": {"mode": "multi", "sort": "none"},
        },
        "targets": [
            query("A", f"max by (company) ({values(company, kpi)})", kpi.title),
            query("B", benchmark, "{{name}} {{bound}}"),
        ],
        "title": kpi.title,
        "type": "timeseries",
    }
