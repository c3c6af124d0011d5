"""The board of health: sources, KPIs without a value, and the exporter itself, one per company."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import ceil

from exporter import conventions
from exporter.alerts.company_alerts import company_alerts
from exporter.alerts.early_alerts import early_alerts
from exporter.alerts.exporter_alerts import exporter_alerts
from exporter.alerts.health import PanelAlert
from exporter.alerts.promql import selector
from exporter.catalogue.model import Company
from exporter.generate.grafana.board import COLUMNS, Layout, board
from exporter.generate.grafana.colours import Steps, ascending_steps
from exporter.generate.grafana.fields import instant_query, override_by_name, query, table_query, value_mapping
from exporter.generate.grafana.links import to_chosen_kpi, to_health
from exporter.generate.grafana.panels import Panel, stat, table, timeline, timeseries

_HEIGHT = 8
_PANELS_PER_LINE = 6
"""The most alert panels on a line; more take several lines."""
_YES_OR_NO = value_mapping({"0": ("no", "orange"), "1": ("yes", "green")})
_UP_OR_DOWN = value_mapping({"0": ("✖ down", "red"), "1": ("✓ up", "green")})

_JOB = {"job": conventions.JOB}


def generate(companies: Sequence[Company]) -> Mapping[str, str]:
    """Return the boards by path, one per company."""
    return dict(
        board(
            company,
            conventions.HEALTH,
            "sources and exporter",
            "Whether the numbers are reliable: sources, their polls, KPIs without a value, and the exporter.",
            _panels(company),
            since="now-24h",
        )
        for company in companies
    )


def _panels(company: Company) -> Sequence[Panel]:
    layout = Layout()
    early = {alert.name: alert for alert in early_alerts(company)}  # those of several owners share a panel
    alerts = (*company_alerts(company), *early.values(), *exporter_alerts(company))
    side_by_side = ceil(len(alerts) / ceil(len(alerts) / _PANELS_PER_LINE))
    for alert in alerts:
        layout.add(alert.name, alert_panel(alert), COLUMNS // side_by_side, 4)
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


def alert_panel(alert: PanelAlert, text: str = "value") -> Panel:
    """Return a panel of the number that the alert is about, green while it is healthy; `text` is that of `stat`."""
    steps: Steps = ascending_steps("red", {1: "green"}) if alert.wanted else ascending_steps("green", {1: "orange"})
    answer = instant_query("A", alert.panel_query, alert.caption)
    links = [to_health(alert.company)]
    return stat(alert.caption, alert.meaning, [answer], "none", steps, links=links, text=text)


def _sources(company: Company) -> Panel:
    """Return a table with a row per source, which joins several queries by the source's name."""
    last_success = _per_source("max", company, conventions.SOURCE_LAST_SUCCESS)
    last_attempt = _per_source("max", company, conventions.SOURCE_LAST_ATTEMPT)
    up = _per_source("max", company, conventions.SOURCE_UP)
    expressions = {
        "up": ("Up", up),
        "read": ("Last success", f"time() - {last_success}"),
        "tried": ("Last attempt", f"time() - {last_attempt}"),
        "took": ("Duration", _per_source("max", company, conventions.SOURCE_DURATION)),
        "polls": ("Polls", _per_source("sum", company, conventions.SOURCE_POLLS)),
        "failed": ("Failed", _per_source("sum", company, conventions.SOURCE_FAILURES)),
        "skipped": ("Skipped", _per_source("sum", company, conventions.SOURCE_SKIPPED)),
        "held": ("Rows held back", _rows_per_source(company, conventions.SOURCE_HELD_BACK)),
        "rejected": ("Rows rejected", _rows_per_source(company, conventions.SOURCE_REJECTED)),
    }
    columns = {"source": "Source", **{f"Value #{reference}": title for reference, (title, _) in expressions.items()}}
    ages = [override_by_name(expressions[reference][0], unit="s") for reference in ("read", "tried", "took")]
    states = override_by_name("Up", mappings=[_UP_OR_DOWN], custom__cellOptions={"type": "color-text"})
    queries = [table_query(reference, expression) for reference, (_, expression) in expressions.items()]
    words = "Every source and its last poll; polls, failed and skipped ones count since the exporter started."
    return table("Sources", words, queries, columns, overrides=[states, *ages], sort="Last success")


def _per_source(aggregate: str, company: Company, name: str) -> str:
    """Return the aggregate of the replicas' series of that name, per source."""
    return f"{aggregate} by (source) ({selector(name, company=company.name)})"


def _rows_per_source(company: Company, name: str) -> str:
    """Return a number of rows per source, 0 where none: the largest among replicas, summed over the tables."""
    series = selector(name, company=company.name)
    rows = f"sum by (source) (max by (source, table) ({series}))"
    return f"{rows} or 0 * {_per_source('max', company, conventions.SOURCE_UP)}"


def _ups(company: Company) -> Panel:
    series = _per_source("max", company, conventions.SOURCE_UP)
    words = "Whether the last poll of each source succeeded."
    return timeline("Up", words, [query("A", series, "{{source}}")], [_UP_OR_DOWN])


def _durations(company: Company) -> Panel:
    series = _per_source("max", company, conventions.SOURCE_DURATION)
    words = "How long the last poll of each source took."
    return timeseries("Duration of polls", words, [query("A", series, "{{source}}")], "s")


def _failures(company: Company) -> Panel:
    failures = selector(conventions.SOURCE_FAILURES, company=company.name)
    series = f"sum by (source) (increase({failures}[1h]))"
    words = "How many polls of each source failed within an hour."
    return timeseries("Failed polls in an hour", words, [query("A", series, "{{source}}")], "none")


def _rejected(company: Company) -> Panel:
    series = _rows_per_source(company, conventions.SOURCE_REJECTED)
    words = "Rows of the last poll that no KPI counts."
    return timeseries("Rejected rows", words, [query("A", series, "{{source}}")], "none")


def _unknown(company: Company) -> Panel:
    """Return a table that is never empty, so that an empty one means that Prometheus does not answer."""
    unknown = f"max by (kpi, reason) ({selector(conventions.UNKNOWN, company=company.name)})"
    none = 'label_replace(label_replace(vector(0), "kpi", "none", "", ""), "reason", "all KPIs have a value", "", "")'
    columns = {"kpi": "KPI", "reason": "Reason"}
    links = override_by_name("KPI", links=[to_chosen_kpi(company)])
    words = "Each KPI without a value, and the reason; `undefined` follows from its definition."
    queries = [table_query("A", f"{unknown} or on () {none}")]
    return table("KPIs without a value", words, queries, columns, overrides=[links])


def _oldest(company: Company) -> Panel:
    age = f"time() - min by (kpi) ({selector(conventions.DATA_TIMESTAMP, company=company.name)})"
    columns = {"kpi": "KPI", "Value": "Age"}
    overrides = [override_by_name("KPI", links=[to_chosen_kpi(company)]), override_by_name("Age", unit="s")]
    words = "The age of the data behind each KPI."
    return table("Age of the data", words, [table_query("A", age)], columns, overrides=overrides, sort="Age")


def _exporter(company: Company) -> Sequence[Panel]:
    """Return panels about the exporter by replica, for all companies; evaluations are this company's."""
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
