"""The demonstration while its month runs: a new row in the billing file, followed to wherever people look."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from exporter.catalogue.loading import load
from exporter.generate.registry import generated
from tests.servers.alertmanager import Alertmanager
from tests.servers.exporter_process import Exporter
from tests.servers.process import wait_until
from tests.servers.prometheus import Prometheus
from tests.support.boards import of_texts, queries

pytestmark = [pytest.mark.integration, pytest.mark.process, pytest.mark.newest]

COMPANY = "managed-kubernetes"
POLL = 15
"""Seconds between two polls of the billing files, as the demonstration's catalogue has it."""
ARRIVED = 120
"""Customers who begin to pay 1 EUR a month: revenue per customer falls below its critical limit."""

SERVERS = """
global: {{{{scrape_interval: 1s, evaluation_interval: 1s}}}}
rule_files: ["{rules}"]
alerting: {{{{alertmanagers: [{{{{static_configs: [{{{{targets: ["{alertmanager}"]}}}}]}}}}]}}}}
scrape_configs:
  - job_name: kpi-exporter
    static_configs: [{{{{targets: ["{exporter}"]}}}}]
"""


@dataclass(frozen=True)
class Followed:
    """The demonstration with a Prometheus, which has the generated rules, and an Alertmanager."""

    demo: Exporter
    prometheus: Prometheus
    alertmanager: Alertmanager
    folder: Path

    def value(self, name: str) -> float:
        number = self.demo.value(name, company=COMPANY)
        assert number is not None
        return number

    def polls(self) -> float:
        return self.demo.value("kpi_source_polls_total", company=COMPANY, source="billing") or 0

    def firing(self) -> set[tuple[str, str]]:
        """Return the alerts of revenue per customer that Alertmanager was told of, each with its severity."""
        labels = [alert["labels"] for alert in self.alertmanager.alerts()]
        return {(each["alertname"], each["severity"]) for each in labels if each.get("kpi") == "revenue_per_customer"}


@pytest.fixture(scope="module")
def followed(demo: Exporter, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Followed]:
    (file,) = demo.store.parent.glob(f"{COMPANY}/company.y*ml")
    texts = generated([load(file, {})])
    folder = tmp_path_factory.mktemp("servers")
    rules = folder / "rules.yml"
    rules.write_text(texts[f"rules/{COMPANY}.rules.yml"].replace("interval: 1m", "interval: 1s"))
    (folder / "boards.json").write_text(json.dumps(texts))
    (folder / "alertmanager").mkdir()
    (folder / "prometheus").mkdir()
    silent = "route: {receiver: nobody}\nreceivers: [{name: nobody}]\n"
    with Alertmanager(folder / "alertmanager", silent) as alertmanager:
        config = SERVERS.format(rules=rules, alertmanager=f"127.0.0.1:{alertmanager.port}", exporter=demo.address)
        with Prometheus(folder / "prometheus", config) as prometheus:
            wait_until(lambda: bool(prometheus.query("kpi_status")), "a first scrape")
            yield Followed(demo, prometheus, alertmanager, folder)


def arrive(demo: Exporter) -> None:
    """Let customers begin to pay since yesterday, as new rows of the billing files."""
    path = demo.store.parent / COMPANY / "billing/subscription_items.csv"
    with path.open(encoding="utf-8", newline="") as file:
        reader = csv.DictReader(file)
        *_, latest = reader
    began = (datetime.now(UTC) - timedelta(days=1)).isoformat()
    pattern = {**latest, "start_date": began, "ended_at": "", "unit_amount": "1", "currency": "EUR", "cluster": ""}
    new = [
        {**pattern, **dict.fromkeys(("id", "subscription", "customer"), f"new-{number}")} for number in range(ARRIVED)
    ]
    with path.open("a", encoding="utf-8", newline="") as file:
        csv.DictWriter(file, reader.fieldnames or ()).writerows(new)


def test_a_new_row_moves_what_is_now_within_two_polls_and_reaches_on_call(followed: Followed) -> None:
    demo = followed.demo
    before: Mapping[str, float] = {
        name: followed.value(name) for name in ("kpi_mrr_eur", "kpi_arr_eur", "kpi_customers")
    }
    assert ("KpiRevenuePerCustomerLow", "critical") not in followed.firing()
    polls, began = followed.polls(), datetime.now(UTC)
    arrive(demo)
    wait_until(lambda: followed.value("kpi_customers") == before["kpi_customers"] + ARRIVED, "the new customers", 60)
    assert followed.polls() - polls <= 2
    assert followed.value("kpi_mrr_eur") == before["kpi_mrr_eur"] + ARRIVED
    assert followed.value("kpi_arr_eur") == pytest.approx(before["kpi_arr_eur"] + 12 * ARRIVED)
    wait_until(lambda: ("KpiRevenuePerCustomerLow", "critical") in followed.firing(), "the alert", 60)
    print(f"\non-call was told {(datetime.now(UTC) - began).total_seconds():.1f} s after the rows; a poll is {POLL} s")
    assert followed.polls() - polls <= 2


def test_the_page_and_the_boards_show_the_same(followed: Followed) -> None:
    mrr = followed.value("kpi_mrr_eur")
    page = followed.demo.page(f"/kpi/{COMPANY}/mrr")
    assert f'title="{mrr:,} EUR"' in page
    assert "At the last close" in page
    assert re.search(rf'title="{mrr:,} EUR"', followed.demo.page(f"/?company={COMPANY}"))
    values = [
        float(sample["value"][1])
        for board in of_texts(json.loads((followed.folder / "boards.json").read_text())).values()
        for query in queries(board)
        if query.panel == "Value" and query.chosen == "mrr"
        for sample in followed.prometheus.query(query.expression)
    ]
    assert mrr in values


def test_what_runs_is_beside_the_last_complete_month(followed: Followed) -> None:
    about = {"company": COMPANY, "kpi": "net_new_mrr"}
    so_far = followed.demo.value("kpi_to_date", **about)
    assert so_far is not None
    assert "so far" in followed.demo.page(f"/kpi/{COMPANY}/net_new_mrr")
    text = followed.demo.command("explain", COMPANY, "net_new_mrr", "--listen", followed.demo.address).stdout
    assert f"so far; {datetime.now(UTC):%Y-%m}" in text
