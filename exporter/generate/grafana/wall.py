"""The wall: pages for a television without scrolling, with a large coloured tile per KPI, by area."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from exporter import conventions
from exporter.alerts.company_alerts import company_alerts
from exporter.alerts.promql import selector
from exporter.catalogue.model import Company, Kpi
from exporter.generate.grafana.board import COLUMNS, WALL_TAG, Layout, board
from exporter.generate.grafana.colours import neutral_steps
from exporter.generate.grafana.fields import instant_query, query
from exporter.generate.grafana.health import alert_panel
from exporter.generate.grafana.lettering import fitted
from exporter.generate.grafana.links import to_health, to_kpi
from exporter.generate.grafana.panels import Panel, stat
from exporter.generate.grafana.queries import or_unknown, value
from exporter.generate.grafana.status import signs, with_display_status
from exporter.generate.grafana.words import kpi_description
from exporter.quantities import display
from exporter.quantities.prometheus import style

ROWS = 28
"""The rows that fit in 1080 pixels: a row is 30 pixels high, with 8 between rows."""

MOST_LINES = 4
"""The most lines of tiles on a page; more would be too small to read from five metres."""

_PER_LINE = 6
_HEALTH_HEIGHT = 3
_GREATEST_HEIGHT = 12
_COLUMN = (1920 - 8) / COLUMNS
"""The pixels of a column of the grid on a television, with the gap beside it."""

_AROUND_A_NAME = 40
"""Pixels beside a name: the gap between panels, their borders and padding, and the sign before the name."""


@dataclass(frozen=True)
class TileLine:
    """KPIs of one area side by side."""

    area: str
    kpis: Sequence[Kpi]

    @property
    def widths(self) -> Sequence[int]:
        """The columns of each tile, which fill the line together."""
        width, wider = divmod(COLUMNS, len(self.kpis))
        return [width + (place < wider) for place in range(len(self.kpis))]


Page = Sequence[TileLine]


def generate(companies: Sequence[Company]) -> Mapping[str, str]:
    """Return the boards by path, one per page of each company."""
    return dict(board_ for company in companies for board_ in _boards(company))


def page_name(number: int) -> str:
    """Return the name of a page's board; the first has no number."""
    return conventions.WALL if number == 1 else f"{conventions.WALL}-{number}"


def page_title(number: int, page: Page) -> str:
    """Return what a page's board is called, after the company."""
    return f"wall {number}, {_areas(page)}"


def pages(company: Company) -> Sequence[Page]:
    """Return pages of the same number of lines, in the order of the catalogue.

    An area has as many lines as its KPIs fill. Where the last page would be shorter, areas with full lines get another
    one, as long as they have KPIs for it.
    """
    areas = company.areas()
    counts = {area: -(-len(kpis) // _PER_LINE) for area, kpis in areas.items()}
    page_count = -(-sum(counts.values()) // MOST_LINES)
    per_page = -(-sum(counts.values()) // page_count) if page_count else 0
    while sum(counts.values()) < per_page * page_count:
        fullest = max(counts, key=lambda area: len(areas[area]) / counts[area])
        if counts[fullest] == len(areas[fullest]):
            break
        counts[fullest] += 1
    lines = [line for area, kpis in areas.items() for line in _lines(area, kpis, counts[area])]
    return [lines[begin : begin + per_page] for begin in range(0, len(lines), per_page)] if lines else []


def _lines(area: str, kpis: Sequence[Kpi], count: int) -> Iterator[TileLine]:
    """Yield the KPIs of an area in so many lines, of which none is longer than another by more than one."""
    length, longer = divmod(len(kpis), count)
    begin = 0
    for place in range(count):
        end = begin + length + (place < longer)
        yield TileLine(area, kpis[begin:end])
        begin = end


def _boards(company: Company) -> Iterator[tuple[str, str]]:
    every = pages(company)
    height = min((_tile_height(page) for page in every), default=0)
    for number, page in enumerate(every, 1):
        yield board(
            company,
            page_name(number),
            page_title(number, page),
            f"{company.title}, at a glance: {_areas(page)}.",
            _panels(company, page, height),
            since="now-7d",  # a tile shows the last step of the range, so steps must be short
            tags=[WALL_TAG],
        )


def _areas(page: Page) -> str:
    return ", ".join(dict.fromkeys(display.words(line.area) for line in page))


def _tile_height(page: Page) -> int:
    """Return how high the tiles of a page can be, in rows of the grid."""
    headings = len({line.area for line in page})
    return min((ROWS - _HEALTH_HEIGHT - headings) // len(page), _GREATEST_HEIGHT)


def _panels(company: Company, page: Page, height: int) -> Sequence[Panel]:
    """Return the lines of tiles, a heading above each area, and the health of the data below them all.

    No panel has a title, for each has its name beside its number, and one name is enough.
    """
    layout = Layout()
    area = ""
    for line in page:
        if line.area != area:
            area = line.area
            layout.heading(display.heading(area))
        for kpi, width in zip(line.kpis, line.widths, strict=True):
            layout.add(kpi.id, _tile(company, kpi, width), width, height)
        layout.new_line()
    health_panels = [_age(company), *(alert_panel(alert, "value_and_name") for alert in company_alerts(company))]
    for panel in health_panels:
        layout.add(panel["title"], {**panel, "title": ""}, COLUMNS // len(health_panels), _HEALTH_HEIGHT)
    return layout.panels


def _tile(company: Company, kpi: Kpi, width: int) -> Panel:
    """Return a tile without a title, since its name stands in it, where it can be read from far away."""
    name, size = fitted(kpi.short_title, width * _COLUMN - _AROUND_A_NAME)
    panel = stat(
        "",
        kpi_description(kpi),
        [query("A", with_display_status(company, kpi, value(company, kpi).over_time(company)), "{{status}}")],
        style(kpi.unit).grafana,
        neutral_steps(),
        overrides=signs(name),
        links=[to_kpi(company, kpi)],
        text="value_and_name",
        title_size=size,
        sparkline=True,
        stacked=True,
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
