"""Alerts in a cluster: what kube-prometheus-stack inhibits by default mutes no other company and no other segment."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from exporter.catalogue.loading import load
from exporter.generate.kubernetes import Cluster, manifests
from exporter.generate.registry import generated
from tests.servers.alertmanager import Alertmanager
from tests.servers.process import wait_until
from tests.support.synthetic_company import write
from tests.support.yaml_text import read_yaml

pytestmark = [pytest.mark.integration, pytest.mark.newest]

DEFAULT = """
route: {receiver: nobody}
receivers: [{name: nobody}]
inhibit_rules:
  - source_matchers: ['severity = critical']
    target_matchers: ['severity =~ warning|info']
    equal: [namespace, alertname]
  - source_matchers: ['severity = warning']
    target_matchers: ['severity = info']
    equal: [namespace, alertname]
  - source_matchers: ['alertname = InfoInhibitor']
    target_matchers: ['severity = info']
    equal: [namespace]
  - target_matchers: ['alertname = InfoInhibitor']
"""
"""The inhibitions in the values of the chart kube-prometheus-stack."""

SEGMENTS = ("SMB", "smb", "the big ones", "größte", "größere")

KPIS: dict[str, dict[str, Any]] = {
    "uptime": {"unit": "ratio", "warning": "< 99.9%", "critical": "< 99.5%"},
    "payback": {
        "unit": "months",
        "by": ["tier"],
        "segments": "tier",
        "warning": ", ".join(f"> 12 ({segment})" for segment in SEGMENTS),
        "critical": "> 24 (SMB), > 24 (größte)",
    },
}

Alert = Mapping[str, str]


@pytest.fixture(scope="module")
def alerts(tmp_path_factory: pytest.TempPathFactory) -> list[Alert]:
    """Return the labels of every alert on values of two companies in one namespace."""
    folder = tmp_path_factory.mktemp("companies")
    companies = [load(write(folder, name, KPIS)) for name in ("acme", "bolt-2")]
    made = manifests(generated(companies), Cluster("monitoring"))
    rules = [
        rule
        for path, text in made.items()
        if path.endswith(".rules.yaml")
        for group in read_yaml(text)["spec"]["groups"]
        for rule in group["rules"]
    ]
    named = [{"alertname": rule["alert"], **rule["labels"]} for rule in rules if "alert" in rule]
    assert {alert["namespace"] for alert in named} == {"monitoring"}
    return [alert for alert in named if alert.get("kpi") in KPIS and "Missing" not in alert["alertname"]]


@pytest.fixture(scope="module")
def alertmanager(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Alertmanager]:
    with Alertmanager(tmp_path_factory.mktemp("alertmanager"), DEFAULT) as running:
        yield running


def test_a_critical_alert_mutes_its_own_warning_alone(alerts: list[Alert], alertmanager: Alertmanager) -> None:
    assert len(alerts) == 2 * (2 + len(SEGMENTS) + 2)
    alertmanager.post(*({"labels": dict(labels), "annotations": {}} for labels in alerts))
    critical = [labels for labels in alerts if labels["severity"] == "critical"]
    own = [{**labels, "severity": "warning"} for labels in critical]

    def muted() -> list[Alert]:
        return [each["labels"] for each in alertmanager.alerts() if each["status"]["state"] == "suppressed"]

    wait_until(
        lambda: len(alertmanager.alerts()) == len(alerts) and len(muted()) >= len(own), "the warnings to be muted"
    )
    assert sorted(map(str, map(sorted, (each.items() for each in muted())))) == sorted(
        map(str, map(sorted, (each.items() for each in own)))
    )
