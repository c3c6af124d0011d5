"""The overview: per area a line for each KPI with its value, target, plan and thresholds, and the way it went."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from exporter import conventions
from exporter.catalogue.model import Company, Kpi
from exporter.generate.grafana.board import Layout, board, in_words
from exporter.generate.grafana.colours import neutral, of_kpi
from exporter.generate.grafana.links import to_kpi
from exporter.generate.grafana.panels import Panel, answering, fixed, instant, number_or, query, stat, timeseries
from exporter.generate.grafana.queries import levels, value
from exporter.generate.grafana.status import legend, signs, with_status
from exporter.generate.grafana.words import described
from exporter.quantities.prometheus import style

OVERVIEW = "overview"

_HEIGHT = 4
_NUMBERS, _TREND = 8, 4


def generate(companies: Sequence[Company]) -> Mapping[str, str]:
    return {
        conventions.dashboard_file(company.name, OVERVIEW): board(
            company,
            OVERVIEW,
            "overview",
            f"Every KPI of {company.title} beside its target, plan and thresholds.",
            _panels(company),
            since="now-90d",
        )
        for company in companies
    }


def _panels(company: Company) -> Sequence[Panel]:
    layout = Layout()
    for area, kpis in company.areas().items():
        layout.heading(in_words(area))
        for kpi in kpis:
            layout.add(kpi.id, _numbers(company, kpi), _NUMBERS, _HEIGHT)
            layout.add(f"{kpi.id} trend", _trend(company, kpi), _TREND, _HEIGHT)
    return layout.panels


def _numbers(company: Company, kpi: Kpi) -> Panel:
    """Value and levels side by side; only the value has the colour of its status."""
    steps = of_kpi(kpi)
    beside = [instant(line.name, line.now, line.legend) for line in levels(company, kpi)]
    return stat(
        kpi.title,
        described(kpi),
        [instant("value", with_status(company, kpi, value(company, kpi).now), legend(kpi, "now")), *beside],
        style(kpi.unit).grafana,
        steps or neutral(),
        overrides=[
            *signs(kpi, coloured=steps is None),
            *(answering(each["refId"], color=fixed("text"), mappings=[number_or("none now")]) for each in beside),
        ],
        links=[to_kpi(company, kpi)],
        text="value_and_name",
        background=False,
    )


def _trend(company: Company, kpi: Kpi) -> Panel:
    return timeseries(
        f"{kpi.title}: trend",
        described(kpi),
        [query("value", value(company, kpi).over_time(company), kpi.title)],
        style(kpi.unit).grafana,
        steps=of_kpi(kpi),
        links=[to_kpi(company, kpi)],
        bare=True,
    )
