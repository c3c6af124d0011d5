"""The wall: what a television shows without scrolling, in pages of whole areas, a large coloured tile per KPI."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from exporter import conventions
from exporter.alerts.company_alerts import company_alerts
from exporter.alerts.promql import selector
from exporter.catalogue.model import Company, Kpi
from exporter.generate.grafana.board import COLUMNS, WALL_TAG, Layout, as_title, board
from exporter.generate.grafana.colours import kpi_steps, neutral_steps
from exporter.generate.grafana.health import alert_panel
from exporter.generate.grafana.links import to_health, to_kpi
from exporter.generate.grafana.panels import Panel, instant_query, query, stat
from exporter.generate.grafana.queries import or_unknown, value
from exporter.generate.grafana.status import legend, sign_overrides, with_status
from exporter.generate.grafana.words import kpi_description, title_with_target
from exporter.quantities.prometheus import style

ROWS = 28
"""What fits in 1080 pixels: a row is 30 high and 8 apart from the next."""

MOST_LINES = 4
"""Of tiles on a page; more would be too small to be read from five metres."""

_PER_LINE = 6
_HEALTH_HEIGHT = 3
_GREATEST_HEIGHT = 12
_NAME_SIZE = 24
"""In pixels, which on a screen of 55 inches are 15 mm: twice what good eyes need at five metres."""

Page = Mapping[str, Sequence[Kpi]]
"""The KPIs by area."""


def generate(companies: Sequence[Company]) -> Mapping[str, str]:
    return dict(_board(company, number, page) for company in companies for number, page in enumerate(pages(company), 1))


def page_name(number: int) -> str:
    return conventions.WALL if number == 1 else f"{conventions.WALL}-{number}"


def pages(company: Company) -> Sequence[Page]:
    """Areas in the order of the catalogue, as many to a page as fit; one that is larger than a page has several."""
    page_list: list[dict[str, Sequence[Kpi]]] = [{}]
    for area, kpis in company.areas().items():
        for begin in range(0, len(kpis), MOST_LINES * _PER_LINE):
            part = kpis[begin : begin + MOST_LINES * _PER_LINE]
            if area in page_list[-1] or _lines([*page_list[-1].values(), part]) > MOST_LINES:
                page_list.append({})
            page_list[-1][area] = part
    return [page for page in page_list if page]


def _lines(areas: Sequence[Sequence[Kpi]]) -> int:
    return sum(-(-len(kpis) // _PER_LINE) for kpis in areas)


def _board(company: Company, number: int, page: Page) -> tuple[str, str]:
    areas = ", ".join(as_title(area).lower() for area in page)
    return board(
        company,
        page_name(number),
        f"wall {number}, {areas}",
        f"{company.title}, at a glance: {areas}.",
        _panels(company, page),
        since="now-7d",  # the value shown is the last of the range, so steps must be short, and with them the range
        tags=[WALL_TAG],
    )


def _panels(company: Company, page: Page) -> Sequence[Panel]:
    """Each area begins a line of its own; the health of the numbers stands below them all."""
    layout = Layout()
    rows_left = ROWS - _HEALTH_HEIGHT - len(page)
    height = min(rows_left // _lines(list(page.values())), _GREATEST_HEIGHT)
    for area, kpis in page.items():
        layout.heading(as_title(area))
        for kpi in kpis:
            layout.add(kpi.id, _tile(company, kpi), COLUMNS // _PER_LINE, height)
    layout.new_line()
    health_panels = [_age(company), *(alert_panel(alert) for alert in company_alerts(company))]
    for panel in health_panels:
        layout.add(panel["title"], panel, COLUMNS // len(health_panels), _HEALTH_HEIGHT)
    return layout.panels


def _tile(company: Company, kpi: Kpi) -> Panel:
    steps = kpi_steps(kpi)
    panel = stat(
        title_with_target(kpi),
        kpi_description(kpi),
        [query("A", with_status(company, kpi, value(company, kpi).over_time(company)), legend(kpi, kpi.title))],
        style(kpi.unit).grafana,
        steps or neutral_steps(),
        overrides=sign_overrides(kpi, kpi.title, coloured=steps is None),
        links=[to_kpi(company, kpi)],
        text="value_and_name",
        title_size=_NAME_SIZE,
        sparkline=True,
    )
    return {**panel, "interval": "5m", "maxDataPoints": 2100}


def _age(company: Company) -> Panel:
    oldest = f"time() - min ({selector(conventions.DATA_TIMESTAMP, company=company.name)})"
    return stat(
        "Oldest data",
        "The age of the oldest data that a KPI depends on.",
        [instant_query("A", or_unknown(oldest), "Oldest data")],
        "s",
        neutral_steps(),
        links=[to_health(company)],
        text="value_and_name",
    )
