"""Runbooks: a page per alert, with a section for each company that has the alert."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TypeVar

from exporter import conventions
from exporter.alerts.alert import KpiAlert, action
from exporter.alerts.exporter_alerts import exporter_alerts
from exporter.alerts.health import HealthAlert
from exporter.alerts.kpi_alerts import kpi_alerts
from exporter.alerts.operator import linking_company
from exporter.alerts.promql import duration
from exporter.catalogue.language.thresholds import with_unit
from exporter.catalogue.model import Company, Kpi
from exporter.generate.diagnosis import questions
from exporter.generate.rules.rules import health_alerts
from exporter.generate.text import MARK
from exporter.quantities.prometheus import humanize_duration
from exporter.sources.interface import Options

Alert = TypeVar("Alert", KpiAlert, HealthAlert)

EVERY_COMPANY = "Every company"
"""The heading of the section of an alert on exporters."""


def generate(companies: Sequence[Company]) -> Mapping[str, str]:
    """Return the page of every alert by its path."""
    sections: dict[str, list[str]] = {}
    for company in companies:
        for name, of_kpi in _by_name(kpi_alerts(company)).items():
            sections.setdefault(name, []).append(kpi_section(of_kpi))
        for name, of_company in _by_name(health_alerts(company)).items():
            sections.setdefault(name, []).append(_section(company.title, _health_parts(of_company)))
    linked = linking_company(companies)
    for alert in exporter_alerts(linked) if linked else ():
        sections.setdefault(alert.name, []).append(_section(EVERY_COMPANY, _health_parts([alert])))
    return {conventions.runbook_file(name): _page(name, texts) for name, texts in sections.items()}


def _by_name(alerts: Iterable[Alert]) -> Mapping[str, list[Alert]]:
    """Group alerts by name: the severities of an alert on a KPI, or the KPIs of a health alert."""
    grouped: dict[str, list[Alert]] = {}
    for alert in alerts:
        grouped.setdefault(alert.name, []).append(alert)
    return grouped


def _page(name: str, sections: Sequence[str]) -> str:
    return "\n".join([f"<!-- {MARK} -->", f"# {name}", "", *sections])


def kpi_section(alerts: Sequence[KpiAlert]) -> str:
    """Return the company's section on the alerts of one name on a KPI, as Markdown."""
    company, kpi = alerts[0].company, alerts[0].kpi
    queries = {words: query for alert in alerts for words, query in alert.queries.items()}
    queries |= questions(company, kpi)
    queries |= {f"Expression of the {_alert_label(alert)}": alert.expression for alert in alerts}
    return _section(
        company.title,
        {
            "Meaning": [
                f"{kpi.title} has crossed a threshold of {company.title.rstrip('.')}.",
                *([kpi.note] if kpi.note else []),
            ],
            "Definition and formula": list(_definition(kpi)),
            "Thresholds": list(_thresholds(kpi)),
            "Source and refresh": list(_sources(company, kpi)),
            "Diagnosis": [
                "The measures behind the value, now and one period before, and the age of their data:",
                _code("sh", f"kpi-exporter explain {company.name} {kpi.id}"),
                f"The same on a page: `/kpi/{company.name}/{kpi.id}` of the exporter; over time: "
                f"[the board]({company.kpi_url(kpi.id)}); in Prometheus by these queries.",
                *(part for words, query in queries.items() for part in (f"{words}:", _code("promql", query))),
            ],
            "Mitigation": [action(kpi)],
            "Owner": [f"{kpi.owner or 'The catalogue names no owner'}. The KPI is reviewed {kpi.cadence.value}."],
        },
    )


def _alert_label(alert: KpiAlert) -> str:
    segment = alert.labels.get("segment")
    return f"{alert.severity} alert of {segment}" if segment else f"{alert.severity} alert"


def _definition(kpi: Kpi) -> Iterator[str]:
    yield kpi.definition
    facts = {"Formula": f"`{kpi.formula.text}`", "Unit": f"`{kpi.unit.text}`", "Window": f"`{kpi.window.text}`"}
    if kpi.undefined_when:
        facts["No value when"] = "; ".join(f"`{test.text}` ({reason})" for test, reason in kpi.undefined_when)
    yield "\n".join(f"- {name}: {fact}" for name, fact in facts.items())


def _thresholds(kpi: Kpi) -> Iterator[str]:
    rows = {"target": kpi.target, "warning": kpi.warning, "critical": kpi.critical}
    yield "\n".join(
        ["| level | value |", "|---|---|"]
        + [f"| {name} | `{with_unit(level.text, kpi.unit)}` |" for name, level in rows.items() if level is not None]
    )
    if kpi.hold:
        yield f"An alert fires when the value has stayed past its threshold for {duration(kpi.hold)}."
    if kpi.recorded_plan:
        yield "The plan is in the record table `plans`."
    lines = [f"- plan, {scenario.value}: {plan.text}" for scenario, plan in kpi.plans.items()]
    lines += [f"- plan of {segment}: {plan.text}" for segment, plan in kpi.segment_plans.items()]
    lines += [f"- class {each.name}: `{each.text}`" for each in kpi.classes]
    lines += [f"- benchmark, {each.name}: `{each.text}`" for each in kpi.benchmarks]
    lines += [f"- {each.quarter}, {each.name} ({each.objective}): `{each.text}`" for each in kpi.objectives]
    if lines:
        yield "\n".join(lines)


def _sources(company: Company, kpi: Kpi) -> Iterator[str]:
    if kpi.measured_from:
        yield f"Measured from: {kpi.measured_from}."
    names = company.sources_of(kpi)
    if names:
        yield "\n".join(f"- `{name}`, polled {_schedule(company.sources[name])}" for name in names)
    else:
        yield "The catalogue of the deployment names the sources and how often they are polled."


def _schedule(options: Options) -> str:
    if options.cron is not None:
        return f"at `{options.cron}` (cron)"
    if options.every is not None:
        return f"every {humanize_duration(options.every)}"
    return "at the default interval"


def _health_parts(alerts: Sequence[HealthAlert]) -> Mapping[str, Sequence[str]]:
    first = alerts[0]
    wait = f"{first.minutes} minutes after" if first.minutes else "as soon as"
    return {
        "Meaning": [first.meaning],
        "Definition and formula": [
            f"The alert fires {wait} one of these conditions becomes true:"
            if len(alerts) > 1
            else f"The alert fires {wait} this condition becomes true:",
            *(_code("promql", alert.expression) for alert in alerts),
        ],
        "Diagnosis": [_code("promql", query) for query in dict.fromkeys(alert.diagnosis for alert in alerts)],
        "Mitigation": [first.action],
    }


def _section(title: str, parts: Mapping[str, Sequence[str]]) -> str:
    blocks = [f"## {title}"]
    for heading, paragraphs in parts.items():
        blocks += [f"### {heading}", *paragraphs]
    return "\n\n".join(blocks) + "\n"


def _code(language: str, text: str) -> str:
    return f"```{language}\n{text}\n```"
