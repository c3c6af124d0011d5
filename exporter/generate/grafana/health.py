"""The health of the numbers: sources, KPIs without a value, and the exporter itself, a board per company."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import ceil

from exporter import conventions
from exporter.alerts.company_alerts import company_alerts
from exporter.alerts.exporter_alerts import exporter_alerts
from exporter.alerts.health import ShownAlert
from exporter.alerts.promql import selector
from exporter.catalogue.model import Company
from exporter.generate.grafana.board import COLUMNS, Layout, board
from exporter.generate.grafana.colours import Steps, rising
from exporter.generate.grafana.links import to_chosen_kpi, to_health
from exporter.generate.grafana.panels import (
    Panel,
    instant,
    named,
    query,
    rows,
    stat,
    states,
    table,
    timeline,
    timeseries,
)

_HEIGHT = 8
_GLANCES = 8
"""Numbers side by side at most; more are spread over several lines."""
_YES_OR_NO = states({"0": ("no", "orange"), "1": ("yes", "green")})
_UP_OR_DOWN = states({"0": ("✖ down", "red"), "1": ("✓ up", "green")})

_JOB = {"job": conventions.JOB}


def generate(companies: Sequence[Company]) -> Mapping[str, str]:
    return {
        conventions.dashboard_file(company.name, conventions.HEALTH): board(
            company,
            conventions.HEALTH,
            "sources and exporter",
            "Whether the numbers are reliable: sources, their polls, KPIs without a value, and the exporter.",
            _panels(company),
            since="now-24h",
        )
        for company in companies
    }


def _panels(company: Company) -> Sequence[Panel]:
    layout = Layout()
    alerts = (*company_alerts(company), *exporter_alerts(company))
    side_by_side = ceil(len(alerts) / ceil(len(alerts) / _GLANCES))
    for alert in alerts:
        layout.add(alert.name, glance(alert), COLUMNS // side_by_side, 4)
    layout.heading("Sources")
    layout.add("sources", _sources(company), COLUMNS, _HEIGHT)
    for panel in (_ups(company), _durations(company), _failures(company), _rejected(company)):
        layout.add(panel["title"], panel, COLUMNS // 4, _HEIGHT)
    layout.heading("KPIs")
    layout.add("unknown", _unknown(company), COLUMNS // 2, _HEIGHT)
    layout.add("oldest", _oldest(company), COLUMNS // 2, _HEIGHT)
    layout.heading("Exporter")
    for panel in _exporter(company):
        layout.add(panel["title"], panel, COLUMNS // 5, _HEIGHT)
    return layout.panels


def glance(alert: ShownAlert) -> Panel:
    """The number that the alert is about, coloured as it ought to be."""
    steps: Steps = rising("red", {1: "green"}) if alert.wanted else rising("green", {1: "orange"})
    answer = instant("A", alert.glance, alert.caption)
    links = [to_health(alert.company)]
    return stat(alert.caption, alert.meaning, [answer], "none", steps, links=links, text="value_and_name")


def _sources(company: Company) -> Panel:
    """A row per source, from several queries that are joined by its name."""

    def newest(name: str) -> str:
        return f"max by (source) ({selector(name, company=company.name)})"

    asked = {
        "up": ("Up", newest(conventions.SOURCE_UP)),
        "read": ("Last success", f"time() - {newest(conventions.SOURCE_LAST_SUCCESS)}"),
        "tried": ("Last attempt", f"time() - {newest(conventions.SOURCE_LAST_ATTEMPT)}"),
        "took": ("Duration", newest(conventions.SOURCE_DURATION)),
        "polls": ("Polls", _counted(company, conventions.SOURCE_POLLS)),
        "failed": ("Failed", _counted(company, conventions.SOURCE_FAILURES)),
        "skipped": ("Skipped", _counted(company, conventions.SOURCE_SKIPPED)),
        "held": ("Rows held back", f"{_held_rows(company)} or 0 * {newest(conventions.SOURCE_UP)}"),
        "rejected": ("Rows rejected", f"{_rejected_rows(company)} or 0 * {newest(conventions.SOURCE_UP)}"),
    }
    columns = {"source": "Source", **{f"Value #{reference}": title for reference, (title, _) in asked.items()}}
    ages = [named(asked[reference][0], unit="s") for reference in ("read", "tried", "took")]
    up = named("Up", mappings=[_UP_OR_DOWN], custom__cellOptions={"type": "color-text"})
    queries = [rows(reference, expression) for reference, (_, expression) in asked.items()]
    words = "Every source and its last poll; polls, failed and skipped ones count since the exporter started."
    return table("Sources", words, queries, columns, overrides=[up, *ages], sort="Last success")


def _counted(company: Company, name: str) -> str:
    return f"sum by (source) ({selector(name, company=company.name)})"


def _rejected_rows(company: Company) -> str:
    """Replicas read the same rows, so of these the most; tables of a source add up."""
    rejected = selector(conventions.SOURCE_REJECTED, company=company.name)
    return f"sum by (source) (max by (source, table) ({rejected}))"


def _held_rows(company: Company) -> str:
    """The same of rows that are missing from what a source gives."""
    held = selector(conventions.SOURCE_HELD_BACK, company=company.name)
    return f"sum by (source) (max by (source, table) ({held}))"


def _ups(company: Company) -> Panel:
    series = f"max by (source) ({selector(conventions.SOURCE_UP, company=company.name)})"
    words = "Whether the last poll of each source succeeded."
    return timeline("Up", words, [query("A", series, "{{source}}")], [_UP_OR_DOWN])


def _durations(company: Company) -> Panel:
    series = f"max by (source) ({selector(conventions.SOURCE_DURATION, company=company.name)})"
    return timeseries(
        "Duration of polls", "How long the last poll of each source took.", [query("A", series, "{{source}}")], "s"
    )


def _failures(company: Company) -> Panel:
    failures = selector(conventions.SOURCE_FAILURES, company=company.name)
    asked = [query("A", f"sum by (source) (increase({failures}[1h]))", "{{source}}")]
    return timeseries("Failed polls in an hour", "How many polls of each source failed within an hour.", asked, "none")


def _rejected(company: Company) -> Panel:
    up = f"max by (source) ({selector(conventions.SOURCE_UP, company=company.name)})"
    asked = [query("A", f"{_rejected_rows(company)} or 0 * {up}", "{{source}}")]
    return timeseries("Rejected rows", "Rows of the last poll that no KPI counts.", asked, "none")


def _unknown(company: Company) -> Panel:
    """Never empty, so that an empty table says that Prometheus does not answer."""
    unknown = f"max by (kpi, reason) ({selector(conventions.UNKNOWN, company=company.name)})"
    none = 'label_replace(label_replace(vector(0), "kpi", "none", "", ""), "reason", "all KPIs have a value", "", "")'
    columns = {"kpi": "KPI", "reason": "Reason"}
    links = named("KPI", links=[to_chosen_kpi(company)])
    words = "Each KPI without a value, and the reason; `undefined` follows from its definition."
    answers = [rows("A", f"{unknown} or on () {none}")]
    return table("KPIs without a value", words, answers, columns, overrides=[links])


def _oldest(company: Company) -> Panel:
    age = f"time() - min by (kpi) ({selector(conventions.DATA_TIMESTAMP, company=company.name)})"
    columns = {"kpi": "KPI", "Value": "Age"}
    overrides = [named("KPI", links=[to_chosen_kpi(company)]), named("Age", unit="s")]
    words = "The age of the data behind each KPI."
    return table("Age of the data", words, [rows("A", age)], columns, overrides=overrides, sort="Age")


def _exporter(company: Company) -> Sequence[Panel]:
    """What concerns all companies of an exporter, by replica; its evaluations are of this company."""
    of_company = {**_JOB, "company": company.name}

    def lines(title: str, words: str, unit: str, series: str) -> Panel:
        return timeseries(title, words, [query("A", series, "{{instance}}")], unit)

    evaluation = selector(conventions.EVALUATION_DURATION, **of_company)
    memory, spent = selector("process_resident_memory_bytes", **_JOB), selector("process_cpu_seconds_total", **_JOB)
    loaded = selector(conventions.RELOAD_SUCCESS, **_JOB)
    since = selector(conventions.RELOAD_TIMESTAMP, **_JOB)
    return [
        lines("Evaluation", "How long the last evaluation of all KPIs took.", "s", f"max by (instance) ({evaluation})"),
        lines("Memory", "Resident memory.", "bytes", f"max by (instance) ({memory})"),
        lines("Processor", "CPU cores in use.", "percentunit", f"max by (instance) (rate({spent}[5m]))"),
        timeline(
            "Configuration in use",
            "Whether the exporter uses the configuration in its files (yes) or refused it (no).",
            [query("A", f"min by (instance) ({loaded})", "{{instance}}")],
            [_YES_OR_NO],
        ),
        lines(
            "Since the last reload",
            "The time since the exporter loaded its configuration.",
            "s",
            f"time() - max by (instance) ({since})",
        ),
    ]
