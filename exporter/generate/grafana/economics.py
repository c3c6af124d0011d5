"""The board of unit economics: movements of MRR, churn of cohorts, and customer value against its cost."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from exporter import conventions
from exporter.alerts.promql import selector
from exporter.catalogue.model import Company, Kpi
from exporter.generate.grafana.areas import over_time as kpi_over_time
from exporter.generate.grafana.board import COLUMNS, Layout, board
from exporter.generate.grafana.colours import GREY, ascending_steps, neutral_steps
from exporter.generate.grafana.fields import fixed_colour, instant_query, override_by_name, query, value_mapping
from exporter.generate.grafana.panels import Panel, bars, heatmap, stat, timeline, timeseries
from exporter.generate.grafana.queries import breakdown, over_time, value
from exporter.generate.grafana.words import kpi_description
from exporter.quantities.prometheus import style

ECONOMICS = "unit-economics"
MOVEMENT, VINTAGE = "movement", "vintage"
"""The breakdowns by kind of MRR movement, and by the month of a customer's first payment."""

MOVEMENTS = ("new", "expansion", "reactivation", "contraction", "churn", "fx")
"""The values of the label `movement`, gains before losses."""

RATIO = "ltv_cac"

_MOVEMENT_COLOURS = {
    "new": "dark-green",
    "expansion": "green",
    "reactivation": "light-green",
    "contraction": "light-red",
    "churn": "red",
    "fx": GREY,
}
"""Gains are green and losses red; what the exchange rate does is neither."""

_GAIN_OR_LOSS = ascending_steps("red", {0: "green"})
_HEIGHT = 9


def generate(companies: Sequence[Company]) -> Mapping[str, str]:
    """Return the boards by path, one per company with KPIs of unit economics."""
    return dict(
        board(
            company,
            ECONOMICS,
            "unit economics",
            "Movements of MRR, cohorts of customers, and the lifetime value of customers against their cost.",
            panels,
            since="now-1y",
        )
        for company in companies
        if (panels := _panels(company))
    )


def _panels(company: Company) -> Sequence[Panel]:
    layout = Layout()
    for kpi in company.kpis.values():
        if MOVEMENT in kpi.by:
            layout.heading(kpi.title)
            layout.add(f"{kpi.id} bridge", _bridge(company, kpi), COLUMNS // 2, _HEIGHT)
            layout.add(f"{kpi.id} movements", _movements(company, kpi), COLUMNS // 2, _HEIGHT)
        if VINTAGE in kpi.by:
            layout.heading(kpi.title)
            layout.add(f"{kpi.id} triangle", _triangle(company, kpi), COLUMNS * 2 // 3, _HEIGHT + 5)
            layout.add(f"{kpi.id} vintages", _vintages(company, kpi), COLUMNS // 3, _HEIGHT + 5)
    if RATIO in company.kpis:
        layout.heading(company.kpis[RATIO].title)
    for kpi in _kpi_and_inputs(company, company.kpis.get(RATIO)):
        layout.add(kpi.id, kpi_over_time(company, kpi), COLUMNS // 3, _HEIGHT)
        if kpi.classes:
            layout.add(f"{kpi.id} class", _class(company, kpi), COLUMNS // 3, _HEIGHT)
            layout.add(f"{kpi.id} classes", _classes(company, kpi), COLUMNS // 3, _HEIGHT)
    return layout.panels


def _kpi_and_inputs(company: Company, kpi: Kpi | None) -> Sequence[Kpi]:
    """Return the KPI, the KPIs in its formula, those in their formulas, and so on."""
    kpis = {} if kpi is None else {kpi.id: kpi}
    queue = list(kpis.values())
    for each in queue:
        input_ids = {name.name for name in each.formula.names()} & company.kpis.keys() - kpis.keys()
        inputs = [other for id_, other in company.kpis.items() if id_ in input_ids]
        kpis |= {other.id: other for other in inputs}
        queue += inputs
    return list(kpis.values())


def _bridge(company: Company, kpi: Kpi) -> Panel:
    """Return bars of gains above 0 and losses below, and their net."""
    metric = kpi.metric(MOVEMENT)
    parts = {kind: f"max ({selector(metric, company=company.name, movement=kind)})" for kind in MOVEMENTS}
    steps = [instant_query(kind, expression, kind) for kind, expression in parts.items()]
    net = instant_query("net", value(company, kpi).now, "net")
    return bars(f"{kpi.title}: bridge", kpi_description(kpi), [*steps, net], style(kpi.unit).grafana, _GAIN_OR_LOSS)


def _movements(company: Company, kpi: Kpi) -> Panel:
    series = breakdown(company, kpi, MOVEMENT)
    queries = [query("A", series.over_time(company), series.legend)]
    unit = style(kpi.unit).grafana
    colours = [override_by_name(kind, color=fixed_colour(colour)) for kind, colour in _MOVEMENT_COLOURS.items()]
    title = f"{kpi.title}: movements over time"
    return timeseries(title, kpi_description(kpi), queries, unit, overrides=colours, stacked=True)


def _triangle(company: Company, kpi: Kpi) -> Panel:
    """Return a heat map in which each cohort begins at its first payment, which makes a triangle."""
    series = breakdown(company, kpi, VINTAGE)
    answer = query("A", series.over_time(company), series.legend)
    return heatmap(f"{kpi.title}: cohorts over time", kpi_description(kpi), answer, style(kpi.unit).grafana)


def _vintages(company: Company, kpi: Kpi) -> Panel:
    series = breakdown(company, kpi, VINTAGE)
    answer = instant_query("A", series.now, series.legend)
    return bars(
        f"{kpi.title}: cohorts now", kpi_description(kpi), [answer], style(kpi.unit).grafana, neutral_steps(), sort=True
    )


def _class(company: Company, kpi: Kpi) -> Panel:
    series = selector(conventions.CLASS, company=company.name, kpi=kpi.id)
    nameless = 'label_replace(vector(1), "class", "none of the classes", "", "")'
    answer = instant_query("A", f"max by (class) ({series}) == 1 or on () {nameless}", "{{class}}")
    title, words = f"{kpi.title}: class", ", ".join(f"{each.name}: {each.text}" for each in kpi.classes)
    return stat(title, f"{words}.", [answer], "none", neutral_steps(), text="name", background=False)


def _classes(company: Company, kpi: Kpi) -> Panel:
    series = selector(conventions.CLASS, company=company.name, kpi=kpi.id)
    answer = query("A", over_time(company, "max by (class)", series), "{{class}}")
    belongs = value_mapping({"0": (" ", "transparent"), "1": ("here", "blue")})
    words = "The class of the value over time."
    return timeline(f"{kpi.title}: classes over time", words, [answer], [belongs])
