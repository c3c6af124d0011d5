"""Prometheus's configuration: the scrape that the rules expect, the rules files and the Alertmanager."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from exporter import conventions
from exporter.catalogue.model import Company
from exporter.generate.rules.rules import INTERVAL
from exporter.generate.text import yaml_file

EXPORTER = "exporter:9847"
ALERTMANAGER = "alertmanager:9093"
"""The addresses of both, by the names of the services in `compose.yaml`."""


def generate(companies: Sequence[Company]) -> Mapping[str, str]:
    """Return the configuration's file."""
    files = [conventions.rules_file(name) for name in (*(company.name for company in companies), conventions.EXPORTER)]
    config = {
        "global": {"scrape_interval": INTERVAL, "evaluation_interval": INTERVAL},
        "rule_files": [file.removeprefix("rules/") for file in files],
        "alerting": {"alertmanagers": [{"static_configs": [{"targets": [ALERTMANAGER]}]}]},
        "scrape_configs": [{"job_name": conventions.JOB, "static_configs": [{"targets": [EXPORTER]}]}],
    }
    return {conventions.PROMETHEUS_FILE: yaml_file(config)}
