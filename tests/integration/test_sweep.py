"""The status that the exporter publishes and the alerts that a real Prometheus fires agree, around every threshold.

All thresholds take minutes, for each step waits for a scrape and an evaluation. test_sweep_rules.py tries them all in
promtool's time; a few steps here show that a Prometheus which scrapes sees the same.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from exporter.alerts.kpi_alerts import kpi_alerts
from exporter.catalogue.model import Company
from exporter.generate.registry import generated
from exporter.kpis.reading import CompanyReading, Status
from exporter.web.exposition import Exposition
from exporter.web.interface import Reload, Snapshot
from tests.integration.sweep import Sweep, every_sweep
from tests.servers.process import wait_until
from tests.servers.prometheus import Prometheus
from tests.servers.standin import HttpRequest, HttpResponse, Standin
from tests.support.examples import first

pytestmark = [pytest.mark.integration, pytest.mark.newest]

SOME = 6
"""Steps of a sweep, far from each other, that show what there is to see of a Prometheus."""

BRIDGED = 1.0
"""Seconds for which rules take a value that is gone for the present one, instead of 5 minutes."""

PROMETHEUS = """
global: {{{{scrape_interval: 250ms, evaluation_interval: 500ms}}}}
rule_files: ["{rules}/*.rules.yml"]
scrape_configs:
  - job_name: kpi-exporter
    static_configs: [{{{{targets: ["127.0.0.1:{exporter}"]}}}}]
"""

Kpi = tuple[str, str]
"""Company and id."""

RANK = {"warning": Status.WARNING, "critical": Status.CRITICAL}
"""The status that an alert of a severity goes with."""


class Stage:
    """Shows one step of all the sweeps as the exporter does; a Prometheus watches."""

    def __init__(self) -> None:
        self._page = b"\n"
        self._number = 0
        self._series: frozenset[bytes] = frozenset()

    def answer(self, _: HttpRequest) -> HttpResponse:
        return HttpResponse(pieces=[self._page], headers={"Content-Type": "text/plain; version=0.0.4"})

    def show(self, readings: Sequence[CompanyReading], prometheus: Prometheus) -> None:
        """Until every rule was evaluated on it, and what is gone is gone for rules too."""
        snapshot = Snapshot(readings, Reload(True, datetime.now(UTC)))
        page = Exposition(lambda: snapshot).current.text.plain
        series = frozenset(line.rpartition(b" ")[0] for line in page.splitlines())
        self._number += 1
        self._page = page + b"sweep_step %d\n" % self._number
        wait_until(lambda: _values(prometheus.query("sweep_step")) == [self._number], "the scrape")
        since = time.time() + (BRIDGED if self._series - series else 0.0)
        self._series = series
        wait_until(lambda: all(_evaluated(group) > since for group in _groups(prometheus)), "the evaluation")


def _values(elements: Sequence[Mapping[str, Any]]) -> list[float]:
    return [float(each["value"][1]) for each in elements]


def _groups(prometheus: Prometheus) -> Sequence[Mapping[str, Any]]:
    groups: Sequence[Mapping[str, Any]] = prometheus.get("rules")["groups"]
    return groups


def _evaluated(group: Mapping[str, Any]) -> float:
    return datetime.fromisoformat(group["lastEvaluation"]).timestamp()


Alert = tuple[str, str, str, str]
"""Company, name, severity and segment of an alert on a KPI's value; all in its labels but for the name."""


def _alerts(company: Company) -> Iterator[Alert]:
    for alert in kpi_alerts(company):
        yield _alert({**alert.labels, "alertname": alert.name})


def _alert(labels: Mapping[str, str]) -> Alert:
    return labels["company"], labels["alertname"], labels["severity"], labels.get("segment", "")


def _firing(prometheus: Prometheus) -> Iterator[tuple[Alert, Kpi]]:
    """Yield all alerts on a KPI that fire, each with the KPI."""
    for alert in prometheus.get("alerts")["alerts"]:
        labels = alert["labels"]
        if alert["state"] == "firing" and "kpi" in labels:
            yield _alert(labels), (labels["company"], labels["kpi"])


@pytest.fixture(scope="module")
def sweeps(tmp_path_factory: pytest.TempPathFactory) -> Sequence[Sweep]:
    return every_sweep(tmp_path_factory.mktemp("acme"))


@pytest.fixture(scope="module")
def rules(sweeps: Sequence[Sweep], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write the rules of these companies, evaluated at the pace of this test."""
    folder = tmp_path_factory.mktemp("rules")
    for path, text in generated([sweep.company for sweep in sweeps]).items():
        if path.endswith(".rules.yml"):
            own = (
                text.replace("    interval: 1m\n", "")
                .replace("        keep_firing_for: 10m\n", "")
                .replace("[10m]", f"[{BRIDGED:g}s]")
            )
            assert own != text
            (folder / Path(path).name).write_text(own)
    return folder


Differing = list[tuple[Kpi, Status | None, Status | None]]
"""KPIs whose status is another than their alerts tell, with both; None where there is nothing to tell."""


@dataclass
class Comparison:
    """The statuses of one step held against the alerts of these that fire."""

    readings: Sequence[CompanyReading]
    alerts: set[Alert]
    fired: set[Alert] = field(default_factory=set)

    def differing(self, prometheus: Prometheus) -> Differing:
        worst: dict[Kpi, Status] = {}
        for alert, kpi in _firing(prometheus):
            if alert in self.alerts:
                self.fired.add(alert)
                worst[kpi] = max(worst.get(kpi, Status.OK), RANK[alert[2]])
        wanted = {(each.company.name, kpi.kpi.id): kpi.status or None for each in self.readings for kpi in each.kpis}
        return [(kpi, status, worst.get(kpi)) for kpi, status in wanted.items() if worst.get(kpi) != status]

    def settled(self, prometheus: Prometheus) -> Differing:
        """Return what differs and goes on differing; a failed scrape is corrected by the next one."""
        with suppress(TimeoutError):
            wait_until(lambda: not self.differing(prometheus), "agreement", timeout=10)
        return self.differing(prometheus)


@pytest.mark.parametrize("every", first(1, (False, True)), ids=["some steps", "every step"])
def test_status_and_alerts_agree(sweeps: Sequence[Sweep], rules: Path, tmp_path: Path, every: bool) -> None:
    began, stage, compared = time.monotonic(), Stage(), 0
    steps = max(len(sweep.steps) for sweep in sweeps)
    alerts = {alert for sweep in sweeps for alert in _alerts(sweep.company)}
    fired: set[Alert] = set()
    with (
        Standin(stage.answer) as exporter,
        Prometheus(tmp_path, PROMETHEUS.format(rules=rules, exporter=exporter.port)) as prometheus,
    ):
        for number in range(0, steps, 1 if every else steps // SOME):
            readings = [sweep.reading(sweep.steps[min(number, len(sweep.steps) - 1)]) for sweep in sweeps]
            stage.show(readings, prometheus)
            step = Comparison(readings, alerts)
            assert step.settled(prometheus) == [], f"in step {number}"
            compared += sum(len(each.kpis) for each in readings)
            fired |= step.fired
    kpis, values = sum(len(sweep.company.kpis) for sweep in sweeps), sum(sweep.values for sweep in sweeps)
    print(f"\n{kpis} KPIs, {values} values, {compared} comparisons, {time.monotonic() - began:.0f} s")
    assert fired
    assert not every or alerts - fired == set(), "every alert fired in some step"
