"""What Grafana reads at its start: where Prometheus is and where the boards lie."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from exporter.catalogue.model import Company
from exporter.generate.rules.rules import INTERVAL
from exporter.generate.text import yaml_file

BOARDS = "/var/lib/grafana/dashboards"
"""Where the folder `grafana/dashboards` is mounted."""


def generate(companies: Sequence[Company]) -> Mapping[str, str]:
    datasource = {
        "name": "Prometheus",
        "uid": "prometheus",
        "type": "prometheus",
        "access": "proxy",
        "url": "http://prometheus:9090",
        "isDefault": True,
        "editable": False,
        "jsonData": {"httpMethod": "POST", "timeInterval": INTERVAL},
    }
    provider = {
        "name": "kpi-exporter",
        "type": "file",
        "disableDeletion": False,
        "allowUiUpdates": False,
        "updateIntervalSeconds": 30,
        "options": {"path": BOARDS, "foldersFromFilesStructure": True},
    }
    return {
        "grafana/provisioning/datasources/prometheus.yaml": yaml_file({"apiVersion": 1, "datasources": [datasource]}),
        "grafana/provisioning/dashboards/kpi-exporter.yaml": yaml_file({"apiVersion": 1, "providers": [provider]}),
    }
