"""The alerting rules: one file per company, one group per area."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from exporter import conventions
from exporter.catalogue.model import Company
from exporter.generate.alerts import Rule
from exporter.generate.health import AREA, health_alerts
from exporter.generate.kpi_alerts import kpi_alerts
from exporter.generate.text import yaml_file

INTERVAL = "1m"
"""How often rules are evaluated; beyond 5 minutes, Prometheus would lose sight of a value between evaluations."""


def generate(companies: Sequence[Company]) -> Mapping[str, str]:
    return {conventions.rules_file(company.name): yaml_file(_groups(company)) for company in companies}


def _groups(company: Company) -> Mapping[str, Any]:
    by_area: dict[str, list[Rule]] = {}
    for area in company.areas():
        by_area[area] = [alert.rule for alert in kpi_alerts(company) if alert.kpi.area == area]
    by_area.setdefault(AREA, []).extend(alert.rule for alert in health_alerts(company))
    return {
        "groups": [
            {
                "name": f"kpi-{company.name}-{area}",
                "interval": INTERVAL,
                "rules": [_written(rule) for rule in rules],
            }
            for area, rules in by_area.items()
            if rules
        ]
    }


def _written(rule: Rule) -> Mapping[str, Any]:
    return {
        "alert": rule.name,
        "expr": rule.expression,
        **({"for": rule.hold} if rule.hold else {}),
        "labels": dict(rule.labels),
        "annotations": dict(rule.annotations),
    }
