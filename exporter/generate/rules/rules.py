"""Rules files: one per company, with recording rules before a group of alerts per area, and one for exporters."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from exporter import conventions
from exporter.alerts.alert import KpiAlert, Rule
from exporter.alerts.company_alerts import company_alerts
from exporter.alerts.early_alerts import early_alerts
from exporter.alerts.exporter_alerts import exporter_alerts
from exporter.alerts.health import AREA, HealthAlert
from exporter.alerts.kpi_alerts import kpi_alerts
from exporter.alerts.missing import missing_alerts
from exporter.alerts.operator import linking_company
from exporter.catalogue.model import Company
from exporter.generate.options import DEFAULT, GenerateOptions
from exporter.generate.rules.recordings import Recording, recordings
from exporter.generate.text import HEADER, yaml_entry

INTERVAL = "1m"
"""The interval of scrapes and evaluations; beyond 5 minutes, Prometheus would lose a value between evaluations."""

_RECORDINGS = "recordings"

Alert = KpiAlert | HealthAlert

Group = Mapping[str, Any]
"""A group of rules as Prometheus reads it."""


def generate(companies: Sequence[Company], options: GenerateOptions = DEFAULT) -> Mapping[str, str]:
    """Return the rules files by path."""
    files = {conventions.rules_file(company.name): _text(groups(company, options)) for company in companies}
    return {**files, conventions.rules_file(conventions.EXPORTER): _text(exporter_groups(companies))}


def groups(company: Company, options: GenerateOptions) -> list[Group]:
    """Return the company's groups of rules, in an order in which later groups can read what earlier ones record."""
    by_area = {_RECORDINGS: [_recorded(each) for each in recordings(company)]}
    for area, alerts in alerts_by_area(company).items():
        by_area.setdefault(area, []).extend(_alerted(alert.rule) for alert in alerts)
    shared = {"company": company.name} if options.group_labels else {}
    return [
        {
            "name": group_name(company, area),
            "interval": INTERVAL,
            **({"labels": shared} if shared else {}),
            "rules": [_without(rule, shared) for rule in rules],
        }
        for area, rules in by_area.items()
        if rules
    ]


def exporter_groups(companies: Sequence[Company]) -> list[Group]:
    """Return the group about exporters; empty without a company, to whose runbooks and board it links."""
    linked = linking_company(companies)
    if linked is None:
        return []
    rules = [_alerted(alert.rule) for alert in exporter_alerts(linked)]
    return [{"name": conventions.JOB, "interval": INTERVAL, "rules": rules}]


def alerts_by_area(company: Company) -> Mapping[str, Sequence[Alert]]:
    """Return every alert of a company by the area in whose group its rule is; areas without alerts are left out."""
    by_area: dict[str, list[Alert]] = {area: [] for area in (*company.areas(), AREA)}
    for alert in kpi_alerts(company):
        by_area[alert.kpi.area].append(alert)
    by_area[AREA] += health_alerts(company)
    return {area: alerts for area, alerts in by_area.items() if alerts}


def group_name(company: Company, area: str) -> str:
    """Return the name of the group of rules of an area."""
    return f"{conventions.RULES}-{company.name}-{area}"


def health_alerts(company: Company) -> Iterator[HealthAlert]:
    """Yield every health alert of the company: on its data, early warnings, and on missing limits of its KPIs."""
    yield from company_alerts(company)
    yield from early_alerts(company)
    yield from missing_alerts(company)


def _recorded(recording: Recording) -> Mapping[str, Any]:
    return {"record": recording.name, "expr": recording.expression, "labels": dict(recording.labels)}


def _alerted(rule: Rule) -> Mapping[str, Any]:
    return {
        "alert": rule.name,
        "expr": rule.expression,
        **({"for": rule.wait} if rule.wait else {}),
        **({"keep_firing_for": rule.keep} if rule.keep else {}),
        "labels": dict(rule.labels),
        "annotations": dict(rule.annotations),
    }


def _without(rule: Mapping[str, Any], shared: Mapping[str, str]) -> Mapping[str, Any]:
    """Return the rule without the labels that its group has."""
    own = {name: value for name, value in rule["labels"].items() if name not in shared}
    return {key: own if key == "labels" else value for key, value in rule.items() if key != "labels" or own}


def _text(groups: Sequence[Group]) -> str:
    """Format the file; a comment of its own stands above each rule that has one."""
    if not groups:
        return f"{HEADER}groups: []\n"
    text = f"{HEADER}groups:\n"
    for group in groups:
        text += yaml_entry({key: value for key, value in group.items() if key != "rules"}, 1) + "    rules:\n"
        for rule in group["rules"]:
            text += yaml_entry(rule, 3, _comment(rule))
    return text


def _comment(rule: Mapping[str, Any]) -> str:
    """Return a comment for the linter pint: the rule's owner, or that the watchdog fires on purpose."""
    if rule.get("alert") == conventions.WATCHDOG:
        return "pint disable alerts/comparison"
    owner = rule.get("labels", {}).get("owner")
    return f"pint rule/owner {owner}" if owner else ""
