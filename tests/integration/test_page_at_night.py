"""The main job, with the real programs: a row changes in PostgreSQL, and Alertmanager's receiver is notified.

Every interval is set to a second: the poll, the scrape, the evaluation of rules. What the exporter adds to them is
what is measured.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.servers.alertmanager import Alertmanager
from tests.servers.exporter_process import Exporter
from tests.servers.postgres import PASSWORD, Postgres
from tests.servers.process import wait_until
from tests.servers.prometheus import Prometheus
from tests.servers.standin import HttpResponse, Standin
from tests.servers.webhook import Notification, Webhook

pytestmark = [pytest.mark.integration, pytest.mark.newest]

EXAMPLE = Path(__file__).parents[2] / "docs" / "examples" / "acme.yaml"
"""The company of the documentation."""

POLL = SCRAPE = EVALUATION = 1.0
CONFIGURED = POLL + SCRAPE + EVALUATION
ALLOWED_BEYOND = 2.0
"""Seconds beyond the configured intervals that the way from a row to the receiver may take."""

SCHEMA = """
DROP TABLE IF EXISTS downtime, cluster, team;
CREATE TABLE downtime (id text PRIMARY KEY, began timestamptz NOT NULL, ended timestamptz);
CREATE TABLE cluster (name text PRIMARY KEY, size text NOT NULL, since timestamptz NOT NULL);
CREATE TABLE team (team text, since date, people numeric, PRIMARY KEY (team, since));
INSERT INTO downtime VALUES ('D1', now() - interval '9 days', now() - interval '9 days' + interval '10 minutes');
INSERT INTO cluster SELECT 'C' || n, 'production standard', '2024-02-01' FROM generate_series(1, 102) AS n;
INSERT INTO team VALUES ('engineering', '2024-01-01', 6), ('support', '2024-01-01', 2);
"""

PROMETHEUS = """
global: {{{{scrape_interval: 1s, evaluation_interval: 1s}}}}
rule_files: [{rules}]
alerting:
  alertmanagers: [{{{{static_configs: [{{{{targets: ["127.0.0.1:{alertmanager}"]}}}}]}}}}]
scrape_configs:
  - job_name: kpi-exporter
    static_configs: [{{{{targets: ["127.0.0.1:{exporter}"]}}}}]
  - job_name: velero
    static_configs: [{{{{targets: ["127.0.0.1:{velero}"]}}}}]
"""

ALERTMANAGER = """
route: {{receiver: hook, group_by: [alertname, severity, source, kpi], group_wait: 0s, group_interval: 1s}}
receivers:
  - name: hook
    webhook_configs: [{{url: "{url}", send_resolved: true}}]
"""


@dataclass
class Night:
    """Everything that runs."""

    postgres: Postgres
    exporter: Exporter
    prometheus: Prometheus
    webhook: Webhook


@pytest.fixture(scope="module")
def night(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Night]:
    folder = tmp_path_factory.mktemp("night")
    catalogue = EXAMPLE
    exporter = Exporter(folder, [catalogue])
    monitored = folder / "prometheus"
    monitored.mkdir()
    alerting = folder / "alertmanager"
    alerting.mkdir()
    sample = HttpResponse(pieces=[b"velero_backup_success_ratio 0.999\n"], headers={"Content-Type": "text/plain"})
    velero = Standin(lambda request: sample)
    with Postgres() as postgres, Webhook() as webhook, velero:
        postgres.execute(SCHEMA)
        environ = {"ACME_PLATFORM_DSN": postgres.dsn()}
        with Alertmanager(alerting, ALERTMANAGER.format(url=webhook.url)) as alertmanager:
            rules = _rules(exporter, catalogue, folder, environ)
            config = PROMETHEUS.format(
                rules=rules, alertmanager=alertmanager.port, exporter=exporter.port, velero=velero.port
            )
            with Prometheus(monitored, config) as prometheus:
                exporter.environ = {**environ, "ACME_PROMETHEUS_URL": prometheus.url}
                with exporter:
                    wait_until(
                        lambda: exporter.value("kpi_backup_success_ratio", company="acme") == 0.999, "all sources"
                    )
                    yield Night(postgres, exporter, prometheus, webhook)


def _rules(exporter: Exporter, catalogue: Path, folder: Path, environ: dict[str, str]) -> Path:
    """Write the company's generated rules, evaluated every second, and with short limits for sources."""
    exporter.environ = {**environ, "ACME_PROMETHEUS_URL": "http://127.0.0.1:1"}
    done = exporter.command("generate", "--out", str(folder / "generated"), str(catalogue))
    assert done.returncode == 0, done.stderr
    file = folder / "generated" / "rules" / "acme.rules.yml"
    text = file.read_text()
    assert "interval: 1m" in text
    assert "for: 5m" in text
    file.write_text(
        text.replace("interval: 1m", "interval: 1s")
        .replace("for: 5m", "for: 2s")
        .replace("keep_firing_for: 10m", "keep_firing_for: 1s")
    )
    return file


def _tells(name: str, severity: str, status: str, since: float) -> Callable[[Notification], bool]:
    def wanted(notification: Notification) -> bool:
        return notification.at >= since and any(
            alert["status"] == status
            and alert["labels"]["alertname"] == name
            and alert["labels"]["severity"] == severity
            for alert in notification.alerts
        )

    return wanted


@pytest.mark.parametrize(
    ("break_it", "mend_it", "alert", "kpi", "area", "action", "sentence"),
    [
        (
            "UPDATE downtime SET ended = began + interval '5 hours' WHERE id = 'D1'",
            "UPDATE downtime SET ended = began + interval '10 minutes' WHERE id = 'D1'",
            "KpiUptimeLow",
            "uptime",
            "operations",
            "Invest in reliability, add redundancy",
            "99.5%",
        ),
        (
            "UPDATE team SET people = 12 WHERE team = 'engineering'",
            "UPDATE team SET people = 6 WHERE team = 'engineering'",
            "KpiClustersPerEngineerLow",
            "clusters_per_engineer",
            "operations",
            "Invest in automation, standardize blueprints",
            "10",
        ),
    ],
)
def test_a_changed_row_reaches_the_receiver_and_its_correction_too(
    night: Night, break_it: str, mend_it: str, alert: str, kpi: str, area: str, action: str, sentence: str
) -> None:
    began = time.time()
    night.postgres.execute(break_it)
    notification = night.webhook.wait_for(_tells(alert, "critical", "firing", began))
    took = notification.at - began
    (firing,) = [each for each in notification.alerts if each["labels"]["severity"] == "critical"]
    print(f"\n{alert}: {took:.2f}s from the UPDATE to the webhook; configured intervals add up to {CONFIGURED:g}s")
    labels = {"alertname": alert, "company": "acme", "kpi": kpi, "area": area, "severity": "critical", "notify": "page"}
    assert firing["labels"].items() >= labels.items()
    assert firing["annotations"]["action"].startswith(action)
    assert sentence in firing["annotations"]["description"]
    assert firing["annotations"]["runbook_url"] == f"https://runbooks.example.com/kpi/{alert}.md"
    assert firing["annotations"]["dashboard_url"].startswith("https://grafana.example.com/d/kpi-acme-kpi?var-kpi=")
    assert took <= CONFIGURED + ALLOWED_BEYOND

    repaired_at = time.time()
    night.postgres.execute(mend_it)
    night.webhook.wait_for(_tells(alert, "critical", "resolved", repaired_at))


def test_a_database_that_stops_freezes_its_numbers_and_is_reported(night: Night) -> None:
    exporter = night.exporter
    before = exporter.series()
    calm = _scrape_seconds(exporter)
    night.postgres.stop()
    try:
        stopped = time.time()
        wait_until(lambda: exporter.value("kpi_source_up", company="acme", source="platform") == 0, "the failed poll")
        night.webhook.wait_for(_tells("KpiSourceDown", "warning", "firing", stopped))
        after = exporter.series()
        frozen = ("kpi_uptime_ratio", "kpi_clusters", "kpi_clusters_per_engineer", "kpi_status")
        frozen_values = {key: value for key, value in before.items() if key[0] in frozen}
        assert len(frozen_values) >= 5
        for key, value in frozen_values.items():
            assert after[key] == pytest.approx(value, abs=1e-4), key
        age = ("kpi_data_timestamp_seconds", frozenset({("company", "acme"), ("kpi", "uptime")}))
        assert before[age] <= after[age] <= stopped + POLL
        time.sleep(2 * POLL)  # two more polls must fail and change nothing
        assert exporter.series()[age] == after[age]
        troubled = _scrape_seconds(exporter)
        print(f"\nmedian scrape {calm * 1000:.2f} ms with the database, {troubled * 1000:.2f} ms without")
    finally:
        started = time.time()
        night.postgres.start()
    wait_until(lambda: exporter.value("kpi_source_up", company="acme", source="platform") == 1, "the source to be back")
    wait_until(lambda: (exporter.series()[age]) > started, "fresh data")
    night.webhook.wait_for(_tells("KpiSourceDown", "warning", "resolved", started))
    firing = {alert["labels"]["alertname"] for alert in night.prometheus.get("alerts")["alerts"]}
    assert "KpiUptimeLow" not in firing


def _scrape_seconds(exporter: Exporter) -> float:
    taken = []
    for _ in range(50):
        began = time.perf_counter()
        exporter.scrape()
        taken.append(time.perf_counter() - began)
    return sorted(taken)[len(taken) // 2]


def test_the_documented_company_is_short_and_its_thresholds_are_its_own(night: Night) -> None:
    assert len(EXAMPLE.read_text().splitlines()) < 60
    series = night.exporter.series()

    def threshold(kpi: str, severity: str) -> float:
        labels = {"company": "acme", "kpi": kpi, "severity": severity}
        return series["kpi_threshold", frozenset(labels.items())]

    assert threshold("backup_success", "critical") == 0.99
    plan = series["kpi_plan", frozenset({("company", "acme"), ("kpi", "clusters"), ("scenario", "base")})]
    assert threshold("clusters", "warning") == 0.9 * plan
    assert threshold("uptime", "critical") == 0.995, "what is not overridden is inherited"


def test_explain_answers_while_the_exporter_runs(night: Night) -> None:
    explanation = night.exporter.command("explain", "acme", "clusters_per_engineer", "--listen", night.exporter.address)
    assert explanation.returncode == 0, explanation.stderr
    assert 'clusters_per_engineer = clusters / headcount["engineering"]' in explanation.stdout
    assert "102" in explanation.stdout
    assert "assets: 102 rows from platform" in explanation.stdout
    assert night.postgres.dsn() not in explanation.stdout


def test_no_secret_on_any_page_or_in_the_log(night: Night) -> None:
    texts = [night.exporter.page(path) for path in ("/", "/metrics", "/api/v1/kpis", "/-/ready")]
    texts.append(night.exporter.log.read_text())
    assert all(PASSWORD not in text for text in texts)
