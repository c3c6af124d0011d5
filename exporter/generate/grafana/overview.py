"""The overview: a line per KPI with its value, target, plan, thresholds and trend, by area."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from exporter.catalogue.model import Company, Kpi
from exporter.generate.grafana.board import Layout, as_title, board
from exporter.generate.grafana.colours import kpi_steps, neutral_steps
from exporter.generate.grafana.fields import fixed_colour, instant_query, no_number_mapping, override_by_query, query
from exporter.generate.grafana.links import to_kpi
from exporter.generate.grafana.panels import Panel, stat, timeseries
from exporter.generate.grafana.queries import levels, value
from exporter.generate.grafana.status import legend, sign_overrides, with_status
from exporter.generate.grafana.words import kpi_description
from exporter.quantities.prometheus import style

OVERVIEW = "overview"

_HEIGHT = 4
_NUMBERS, _TREND = 8, 4


def generate(companies: Sequence[Company]) -> Mapping[str, str]:
    """Return the boards by path, one per company."""
    return dict(
        board(
            company,
            OVERVIEW,
            "overview",
            f"Every KPI of {company.title} beside its target, plan and thresholds.",
            _panels(company),
            since="now-90d",
        )
        for company in companies
    )


def _panels(company: Company) -> Sequence[Panel]:
    layout = Layout()
    for area, kpis in company.areas().items():
        layout.heading(as_title(area))
        for kpi in kpis:
            layout.add(kpi.id, _numbers(company, kpi), _NUMBERS, _HEIGHT)
            layout.add(f"{kpi.id} trend", _trend(company, kpi), _TREND, _HEIGHT)
    return layout.panels


def _numbers(company: Company, kpi: Kpi) -> Panel:
    """Return a panel of the value beside its levels; only the value has the colour of its status."""
    steps = kpi_steps(kpi)
    beside = [instant_query(series.name, series.now, series.legend) for series in levels(company, kpi)]
    return stat(
        kpi.title,
        kpi_description(kpi),
        [instant_query("value", with_status(company, kpi, value(company, kpi).now), legend(kpi, "now")), *beside],
        style(kpi.unit).grafana,
        steps or neutral_steps(),
        overrides=[
            *sign_overrides(kpi, coloured=steps is None),
            *(
                override_by_query(each["refId"], color=fixed_colour("text"), mappings=[no_number_mapping("none now")])
                for each in beside
            ),
        ],
        links=[to_kpi(company, kpi)],
        text="value_and_name",
        background=False,
    )


def _trend(company: Company, kpi: Kpi) -> Panel:
    return timeseries(
        f"{kpi.title}: trend",
        kpi_description(kpi),
        [query("value", value(company, kpi).over_time(company), kpi.title)],
        style(kpi.unit).grafana,
        steps=kpi_steps(kpi),
        links=[to_kpi(company, kpi)],
        bare=True,
    )
