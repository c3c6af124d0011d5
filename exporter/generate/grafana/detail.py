"""The details of one KPI: a board per company with the variable `$kpi`, whose queries select the chosen KPI."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from exporter import conventions
from exporter.alerts.alert import action
from exporter.alerts.kpi_alerts import kpi_alerts
from exporter.alerts.promql import selector
from exporter.catalogue.model import Company
from exporter.fixed_series import FIXED_SERIES
from exporter.generate.grafana.board import COLUMNS, Layout, board
from exporter.generate.grafana.chosen import CHOSEN, headline, in_unit, unit_overrides, value_over_time, variable
from exporter.generate.grafana.colours import COLOURS, GREY, neutral_steps
from exporter.generate.grafana.fields import (
    DASHED,
    UNKNOWN,
    fixed_colour,
    instant_query,
    no_number_mapping,
    override_by_regexp,
    query,
    table_query,
    value_mapping,
)
from exporter.generate.grafana.gaps import GAPS, no_reason
from exporter.generate.grafana.links import to_runbook
from exporter.generate.grafana.panels import Panel, stat, table, text, timeline, timeseries
from exporter.generate.grafana.queries import or_unknown, over_time
from exporter.generate.grafana.status import STATES

_FIRING = value_mapping({"0": ("not firing", "green"), "1": ("firing", "red")})

_NONE = "–"
"""What stands where a KPI of its window has no such number."""

_CURRENT = {
    name: FIXED_SERIES[name].within_kpi
    for name in (
        conventions.TARGET,
        conventions.THRESHOLD,
        conventions.BENCHMARK,
        conventions.OBJECTIVE,
        conventions.SCENARIO,
    )
}
"""The series of levels that are in force now, with the labels that distinguish levels of a kind."""

_WITH_HISTORY = {
    name: FIXED_SERIES[name].within_kpi
    for name in (
        conventions.PLAN,
        conventions.PREVIOUS,
        conventions.TO_DATE,
        conventions.PLAN_TO_DATE,
        conventions.AT_CLOSE,
    )
}
"""The series that have a history of their own, likewise."""


def generate(companies: Sequence[Company]) -> Mapping[str, str]:
    """Return the boards by path, one per company."""
    return dict(
        board(
            company,
            conventions.DETAIL,
            "KPI details",
            "One KPI with its plan, thresholds, benchmarks, parts, inputs and alerts. Choose the KPI above.",
            _panels(company),
            since="now-90d",
            variables=[variable(company)],
        )
        for company in companies
    )


def _panels(company: Company) -> Sequence[Panel]:
    layout = Layout()
    for panel, width in _now(company):
        layout.add(panel["title"], panel, width, 5)
    layout.new_line()
    for panel, width in _this_period(company):
        layout.add(panel["title"], panel, width, 4)
    layout.new_line()
    layout.add("over time", _over_time(company), COLUMNS, 11)
    layout.add("gaps", _gaps(company), COLUMNS, 4)
    layout.add("parts", _parts(company), COLUMNS // 2, 9)
    layout.add("inputs", _inputs(company), COLUMNS // 2, 9)
    for panel, width in _at_this_pace(company):
        layout.add(panel["title"], panel, width, 4)
    layout.add("alerts", _alerts(company), COLUMNS, 6)
    layout.add("facts", _facts(company), COLUMNS, 4)
    layout.add("definitions", _definitions(company), COLUMNS, 12)
    return layout.panels


def _now(company: Company) -> Iterator[tuple[Panel, int]]:
    """Yield panels of single numbers, with their widths."""
    labels = {"company": company.name, "kpi": CHOSEN}
    yield _in_its_unit(company, "Value", "What the KPI is now.", f"max ({headline(company)})"), 6
    previous = _max(conventions.PREVIOUS, **labels)
    yield _in_its_unit(company, "One period before", "The same window, one step earlier.", previous), 5
    status = instant_query("A", or_unknown(_max(conventions.DISPLAY_STATUS, **labels)), "Status")
    words = "The value against its thresholds and its target, as on the KPI's page."
    yield stat("Status", words, [status], "none", neutral_steps(), mappings=[STATES]), 4
    reasons = instant_query("A", _reasons(company), "{{reason}}")
    words = "Whether the KPI has a value, or the reason why it has none."
    yield stat("Known", words, [reasons], "none", neutral_steps(), text="name", background=False), 3
    attainment = or_unknown(_max(conventions.ATTAINMENT, **labels))
    words = "The value divided by the base plan of now."
    yield _plain("Share of plan", words, attainment, "percentunit", mappings=[no_number_mapping("no plan")]), 3
    age = or_unknown(f"time() - min ({selector(conventions.DATA_TIMESTAMP, **labels)})")
    yield _plain("Age of the data", "The time since the last successful polls of its sources.", age, "s"), 3


def _at_this_pace(company: Company) -> Iterator[tuple[Panel, int]]:
    """Yield panels of where the period that runs will end, or when a stock crosses a threshold, with their widths."""
    labels = {"company": company.name, "kpi": CHOSEN}
    for quantile, title, words in (
        ("0.1", "At least, at this pace", "Nine of ten outcomes of the period that runs are above it."),
        ("0.5", "At this pace", "Half of the outcomes of the period that runs are below it."),
        ("0.9", "At most, at this pace", "Nine of ten outcomes of the period that runs are below it."),
    ):
        yield _in_its_unit(company, title, words, _max(conventions.PROJECTED, **labels, quantile=quantile), _NONE), 6
    crossing = or_unknown(f"min ({selector(conventions.EXPECTED_CROSSING, **labels)}) - time()")
    words = "The time until a KPI of this instant crosses its next threshold, if its trend of a quarter goes on."
    yield _plain("Until it crosses a threshold", words, crossing, "s", mappings=[no_number_mapping("no trend")]), 6


def _this_period(company: Company) -> Iterator[tuple[Panel, int]]:
    """Yield panels of what the period that runs has come to, with their widths."""
    labels = {"company": company.name, "kpi": CHOSEN}
    words = "The same formula over the part that has passed of the week, month, quarter or year that runs."
    yield _in_its_unit(company, "So far", words, _max(conventions.TO_DATE, **labels), _NONE), 8
    words = "What the base plan says of the period that runs up to now."
    yield _in_its_unit(company, "Plan so far", words, _max(conventions.PLAN_TO_DATE, **labels), _NONE), 8
    words = "What a KPI of this instant was at the end of the last complete month."
    yield _in_its_unit(company, "At the last close", words, _max(conventions.AT_CLOSE, **labels), _NONE), 8


def _in_its_unit(company: Company, title: str, description: str, single: str, missing: str = UNKNOWN) -> Panel:
    """Return a panel of a single number in the chosen KPI's unit; `missing` is the word where there is none."""
    query_ = instant_query("A", in_unit(company, or_unknown(single)), "{{unit}}")
    overrides = unit_overrides(company)
    return stat(
        title,
        description,
        [query_],
        "none",
        neutral_steps(),
        overrides=overrides,
        mappings=[no_number_mapping(missing)],
        text="value_and_name",
    )


def _plain(title: str, description: str, single: str, unit: str, mappings: Sequence[Mapping[str, Any]] = ()) -> Panel:
    """Return a panel of a single number without a background."""
    queries = [instant_query("A", single, title)]
    return stat(title, description, queries, unit, neutral_steps(), mappings=mappings, background=False)


def _over_time(company: Company) -> Panel:
    """Return a panel of the value and its levels, with one query, so that a KPI without a plan leaves none empty."""
    chosen = {"company": company.name, "kpi": CHOSEN}
    lines = [_named("value", value_over_time(company))]
    for name, labels in _WITH_HISTORY.items():
        lines.append(_named(_line_name(name), over_time(company, _max_by(labels), selector(name, **chosen))))
    for name, labels in _CURRENT.items():
        lines.append(_named(_line_name(name), f"{_max_by(labels)} ({selector(name, **chosen)} @ end())"))
    every = dict.fromkeys(label for labels in {**_WITH_HISTORY, **_CURRENT}.values() for label in labels)
    legend = " ".join(["{{line}}", *(f"{{{{{label}}}}}" for label in every), "({{unit}})"])
    return timeseries(
        "Over time",
        "The value, the value one period before, so far in the period that runs and at the last close, and the plan by "
        "scenario, beside the target, thresholds, benchmarks, key results and scenarios of now.",
        [query("A", in_unit(company, " or ".join(lines)), legend)],
        "none",
        overrides=[
            *unit_overrides(company),
            override_by_regexp(
                "^(plan|target|threshold|benchmark|objective|scenario) ", custom__lineStyle=DASHED, custom__lineWidth=1
            ),
            override_by_regexp("^threshold .*warning", color=fixed_colour(COLOURS["warning"])),
            override_by_regexp("^threshold .*critical", color=fixed_colour(COLOURS["critical"])),
            override_by_regexp("^target ", color=fixed_colour(COLOURS[""])),
            override_by_regexp("^value ", color=fixed_colour("blue")),
            override_by_regexp("^(previous|plan_to_date|at_close) ", custom__lineWidth=1, color=fixed_colour(GREY)),
            override_by_regexp("^to_date ", custom__lineWidth=1, color=fixed_colour("light-blue")),
        ],
    )


def _reasons(company: Company) -> str:
    """Return a query of the reason why there is no value, or of the word `known`."""
    reason = f"max by (reason) ({selector(conventions.UNKNOWN, company=company.name, kpi=CHOSEN)})"
    return f"{reason} or on () {no_reason('reason', 'known')}"


def _gaps(company: Company) -> Panel:
    words = "When the KPI had no value and why; the line above has gaps there."
    return timeline("Gaps", words, [query("A", _reasons(company), "{{reason}}")], [GAPS])


def _parts(company: Company) -> Panel:
    """Return a panel of every breakdown in the catalogue; a KPI without one shows its value as the only part."""
    dimensions = tuple(dict.fromkeys(dimension for kpi in company.kpis.values() for dimension in kpi.by))
    whole = _named("all", value_over_time(company), label="part")
    parts = over_time(company, f"max by ({', '.join(dimensions)})", headline(company, dimensions)) if dimensions else ""
    series = f"{parts} or on () {whole}" if parts else whole
    legend = " ".join([*(f"{{{{{label}}}}}" for label in (*dimensions, "part")), "({{unit}})"])
    return timeseries(
        "Parts",
        "The breakdowns of the KPI, or its value if it has none.",
        [query("A", in_unit(company, series), legend)],
        "none",
        overrides=unit_overrides(company),
    )


def _inputs(company: Company) -> Panel:
    """Return a panel of the KPIs in the chosen KPI's formula; without any, it shows the value itself."""
    every = selector(conventions.VALUE, company=company.name)
    terms = f"group by (term) ({selector(conventions.TERM, company=company.name, kpi=CHOSEN)} @ end())"
    titles = f"group by (kpi, title) ({selector(conventions.INFO, company=company.name)} @ end())"
    inputs = (
        f"max by (title, unit) (({over_time(company, 'max by (kpi, unit)', every)})"
        f" * on (kpi) group_left (title) {titles}"
        f' and on (kpi) label_replace({terms}, "kpi", "$1", "term", "(.+)"))'
    )
    itself = _named("measures only: the value", in_unit(company, value_over_time(company)), label="title")
    series = f"{inputs} or on () {itself}"
    return timeseries(
        "Inputs",
        "The KPIs in the formula; a KPI of measures alone shows its own value. `kpi-exporter explain` lists both.",
        [query("A", series, "{{title}} ({{unit}})")],
        "none",
        overrides=unit_overrides(company),
    )


def _alerts(company: Company) -> Panel:
    firing = selector("ALERTS", company=company.name, kpi=CHOSEN, alertstate="firing")
    no_alert = 'label_replace(vector(0), "alertname", "no alert", "", "")'
    series = f"max by (alertname, severity) (max_over_time({firing}[$__interval])) or on () {no_alert}"
    return timeline(
        "Alerts",
        "When each alert on the KPI fired; a click opens its runbook.",
        [query("A", series, "{{alertname}} {{severity}}")],
        [_FIRING],
        [to_runbook(company)],
    )


def _facts(company: Company) -> Panel:
    chosen = selector(conventions.INFO, company=company.name, kpi=CHOSEN)
    columns = {"title": "KPI", "area": "Area", "unit": "Unit", "window": "Window", "cadence": "Reviewed"}
    facts = f"group by ({', '.join(columns)}) ({chosen})"
    return table("Facts", "The KPI in the catalogue.", [table_query("A", facts)], columns)


def _definitions(company: Company) -> Panel:
    """Return a table of all KPIs, since a text cannot follow the variable."""
    pages: dict[str, list[str]] = {kpi: [] for kpi in company.kpis}
    for alert in kpi_alerts(company):
        link = f"[{alert.name}]({company.runbook_url(alert.name)})"
        if link not in pages[alert.kpi.id]:
            pages[alert.kpi.id].append(link)
    head = ["| KPI | definition | formula | what to do | runbook |", "|---|---|---|---|---|"]
    body = [
        f"| {_cell(kpi.title)} | {_cell(kpi.definition)} | `{_cell(kpi.formula.text)}` | {_cell(action(kpi))} | "
        f"{' '.join(pages[kpi.id]) or 'no alert'} |"
        for kpi in company.kpis.values()
    ]
    return text("Definitions", "Every KPI's definition, formula, action and runbook pages.", "\n".join([*head, *body]))


def _cell(words: str) -> str:
    return " ".join(words.split()).replace("|", "\\|")


def _named(line: str, series: str, label: str = "line") -> str:
    return f'label_replace({series}, "{label}", "{line}", "", "")'


def _line_name(metric: str) -> str:
    return metric.removeprefix("kpi_")


def _max_by(labels: Sequence[str]) -> str:
    return f"max by ({', '.join(labels)})"


def _max(name: str, **labels: str) -> str:
    return f"max ({selector(name, **labels)})"
