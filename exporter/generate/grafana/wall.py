"""The wall: pages for a television without scrolling, of whole areas, with a large coloured tile per KPI."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from exporter import conventions
from exporter.alerts.company_alerts import company_alerts
from exporter.alerts.promql import selector
from exporter.catalogue.model import Company, Kpi
from exporter.generate.grafana.board import COLUMNS, WALL_TAG, Layout, as_title, board
from exporter.generate.grafana.colours import kpi_steps, neutral_steps
from exporter.generate.grafana.fields import instant_query, query
from exporter.generate.grafana.health import alert_panel
from exporter.generate.grafana.links import to_health, to_kpi
from exporter.generate.grafana.panels import Panel, stat
from exporter.generate.grafana.queries import or_unknown, value
from exporter.generate.grafana.status import legend, sign_overrides, with_status
from exporter.generate.grafana.words import kpi_description, title_with_target
from exporter.quantities.prometheus import style

ROWS = 28
"""The rows that fit in 1080 pixels: a row is 30 pixels high, with 8 between rows."""

MOST_LINES = 4
"""The most lines of tiles on a page; more would be too small to read from five metres."""

_PER_LINE = 6
_HEALTH_HEIGHT = 3
_GREATEST_HEIGHT = 12
_NAME_SIZE = 24
"""The height of names in pixels: 15 mm on a screen of 55 inches, twice what good eyes need at five metres."""

Page = Mapping[str, Sequence[Kpi]]
"""The KPIs of a page by area."""


def generate(companies: Sequence[Company]) -> Mapping[str, str]:
    """Return the boards by path, one per page of each company."""
    return dict(_board(company, number, page) for company in companies for number, page in enumerate(pages(company), 1))


def page_name(number: int) -> str:
    """Return the name of a page's board; the first has no number."""
    return conventions.WALL if number == 1 else f"{conventions.WALL}-{number}"


def pages(company: Company) -> Sequence[Page]:
    """Return the areas in the order of the catalogue, as many per page as fit; a larger area takes several pages."""
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
        since="now-7d",  # a tile shows the last step of the range, so steps must be short
        tags=[WALL_TAG],
    )


def _panels(company: Company, page: Page) -> Sequence[Panel]:
    """Return a new line of tiles for each area, and the health of the data below them all."""
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
