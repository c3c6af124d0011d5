"""Grafana's provisioning: the address of Prometheus and the folder of the boards."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from exporter.catalogue.model import Company
from exporter.generate.rules.rules import INTERVAL
from exporter.generate.text import yaml_file

BOARDS = "/var/lib/grafana/dashboards"
"""The mount point of the folder `grafana/dashboards`."""

DATASOURCE = "prometheus"
"""The uid of Prometheus in Grafana."""


def generate(companies: Sequence[Company]) -> Mapping[str, str]:
    """Return the provisioning files; they are the same for all companies."""
    datasource = {
        "name": "Prometheus",
        "uid": DATASOURCE,
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
