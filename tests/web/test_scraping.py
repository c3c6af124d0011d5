"""A real Prometheus scrapes the server."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.servers.process import wait_until
from tests.servers.prometheus import Prometheus
from tests.support.readings import acme, company_reading, kpi, reading, snapshot
from tests.support.web_server import StandInExporter, serve_exporter

pytestmark = [pytest.mark.integration, pytest.mark.newest]
CONFIG = """
global: {{scrape_interval: 1s, scrape_timeout: 1s}}
scrape_configs:
  - job_name: kpi-exporter
    static_configs: [{{targets: ["ADDRESS"]}}]
"""


def test_prometheus_takes_the_series(tmp_path: Path) -> None:
    zeta = company_reading([reading(kpi("mrr", "EUR", title='Say "MRR"\n\\ in €'), 1.5)], "zeta")
    with (
        serve_exporter(StandInExporter(snapshot(acme(), zeta))) as address,
        Prometheus(tmp_path, CONFIG.replace("ADDRESS", address.removeprefix("http://"))) as server,
    ):
        wait_until(lambda: bool(server.query('up{job="kpi-exporter"} == 1')), "the first scrape")
        values = {sample["metric"]["company"]: sample["value"][1] for sample in server.query("kpi_mrr_eur")}
        assert values == {"acme": "26353.21", "zeta": "1.5"}
        (info,) = server.query('kpi_info{company="zeta"}')
        assert info["metric"]["title"] == 'Say "MRR"\n\\ in €'
        assert not server.query('kpi_status{kpi="nps"}')
        (total,) = server.query("sum(kpi_mrr_by_tier_eur) == bool on() sum(kpi_mrr_eur{company='acme'})")
        assert total["value"][1] == "1"
