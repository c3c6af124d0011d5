"""The board of benchmarks: a panel for each KPI that has one, with the KPI and its benchmarks as queries."""

from __future__ import annotations

import json

from exporter.catalogue.loading import load, shipped, shipped_file
from exporter.generate.grafana.peers import generate

COMPANIES = [load(shipped_file(name)) for name in shipped()]
BOARDS = {path: json.loads(text) for path, text in generate(COMPANIES).items()}


def test_only_companies_with_benchmarks_have_a_board() -> None:
    with_benchmarks = {c.name for c in COMPANIES if any(kpi.benchmarks for kpi in c.kpis.values())}
    assert with_benchmarks
    assert set(BOARDS) == {f"grafana/dashboards/{name}/peers.json" for name in with_benchmarks}


def test_each_benchmark_is_drawn_beside_its_kpi() -> None:
    vmcloud = next(company for company in COMPANIES if company.name == "vmcloud")
    panels = {panel["title"]: panel for panel in BOARDS["grafana/dashboards/vmcloud/peers.json"]["panels"]}
    compared = [kpi for kpi in vmcloud.kpis.values() if kpi.benchmarks]
    assert set(panels) == {kpi.title for kpi in compared}
    value, benchmark = (target["expr"] for target in panels["Gross margin"]["targets"])
    assert 'kpi_gross_margin_ratio{company="vmcloud"}' in value
    assert benchmark == 'max by (name, bound) (kpi_benchmark{company="vmcloud",kpi="gross_margin"} @ end())'
