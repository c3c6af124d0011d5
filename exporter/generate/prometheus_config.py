"""Prometheus's own configuration: the scrape on which the rules rely, the rules beside it, and whom it tells."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from exporter import conventions
from exporter.catalogue.model import Company
from exporter.generate.rules.rules import INTERVAL
from exporter.generate.text import yaml_file

EXPORTER = "exporter:9847"
ALERTMANAGER = "alertmanager:9093"
"""Where the two are beside Prometheus, by the names of the services in `compose.yaml`."""


def generate(companies: Sequence[Company]) -> Mapping[str, str]:
    files = [conventions.rules_file(name) for name in (*(company.name for company in companies), conventions.EXPORTER)]
    config = {
        "global": {"scrape_interval": INTERVAL, "evaluation_interval": INTERVAL},
        "rule_files": [file.removeprefix("rules/") for file in files],
        "alerting": {"alertmanagers": [{"static_configs": [{"targets": [ALERTMANAGER]}]}]},
        "scrape_configs": [{"job_name": conventions.JOB, "static_configs": [{"targets": [EXPORTER]}]}],
    }
    return {conventions.PROMETHEUS_FILE: yaml_file(config)}
