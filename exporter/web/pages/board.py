"""The board: every KPI as a tile, by company and area, with what needs attention first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from math import ceil

from exporter.kpis.display_status import DisplayStatus, counts, display_status
from exporter.kpis.notices import disconnections
from exporter.kpis.reading import CompanyReading, Reading
from exporter.kpis.so_far import amount_so_far
from exporter.quantities import display
from exporter.web.pages import kpi_text
from exporter.web.pages.board_filter import BoardFilter, words
from exporter.web.pages.missing import MissingView, missing_views
from exporter.web.pages.tables import Age
from exporter.web.pages.trends import Trend

MOST_COLUMNS = 16
"""The most columns of a wall; the style sheet has a class for each number."""

ByCompany = Mapping[str, Mapping[str, Trend]]
"""Per company, the trends of its KPIs by id."""


@dataclass(frozen=True)
class Tile:
    """One KPI. A text is empty where it does not apply; a pair is a number and its unit.

    `words` is the text that a search matches; `hidden` is true where the filter leaves the KPI out.
    """

    key: str
    id: str
    title: str
    definition: str
    company: str
    area: str
    href: str
    status: DisplayStatus
    value: tuple[str, str]
    exact: str
    why_unknown: str
    change: str
    so_far: str
    target: tuple[str, str]
    verdict: str
    crossed: str
    attainment: str
    trend: Trend
    data: Age | None
    stale: bool
    doubt: str
    doubts: Sequence[str]
    words: str
    hidden: bool


@dataclass(frozen=True)
class Area:
    """The tiles of one area."""

    id: str
    title: str
    tiles: Sequence[Tile]

    @property
    def hidden(self) -> bool:
        """Whether the filter leaves out all its tiles."""
        return all(tile.hidden for tile in self.tiles)


@dataclass(frozen=True)
class CompanyBoard:
    """The areas of one company; `evaluated` is the age of its readings, `filling` how far its past was computed."""

    name: str
    title: str
    evaluated: Age | None
    timezone: str
    areas: Sequence[Area]
    missing: Sequence[MissingView]
    notices: Sequence[str]
    filling: str

    @property
    def tiles(self) -> Sequence[Tile]:
        """All tiles, in the order of the page."""
        return [tile for area in self.areas for tile in area.tiles]

    @property
    def missing_count(self) -> int:
        """The number of KPIs that are not connected."""
        return sum(len(each.kpis) for each in self.missing)

    @property
    def hidden(self) -> bool:
        """Whether the filter leaves out all its tiles."""
        return bool(self.areas) and all(area.hidden for area in self.areas)


@dataclass(frozen=True)
class Tab:
    """A company in the switcher; `name` is empty for all companies."""

    name: str
    title: str
    href: str
    current: bool
    critical: int
    warning: int


@dataclass(frozen=True)
class Chip:
    """A status, the number of KPIs that have it, and the address that toggles it in the filter."""

    status: DisplayStatus
    count: int
    href: str
    chosen: bool


@dataclass(frozen=True)
class Board:
    """Everything that the template of the board needs."""

    choice: BoardFilter
    tabs: Sequence[Tab]
    chips: Sequence[Chip]
    areas: Sequence[tuple[str, str]]
    companies: Sequence[CompanyBoard]

    @property
    def tiles(self) -> Sequence[Tile]:
        """All tiles, in the order of the page."""
        return [tile for company in self.companies for tile in company.tiles]

    @property
    def visible_count(self) -> int:
        """The number of tiles that pass the filter."""
        return sum(not tile.hidden for tile in self.tiles)

    @property
    def attention(self) -> Sequence[Tile]:
        """The KPIs that cross a threshold, the critical ones first."""
        alerting = [tile for tile in self.tiles if tile.status.alerts]
        return sorted(alerting, key=lambda tile: tile.status is not DisplayStatus.CRITICAL)

    @property
    def columns(self) -> int:
        """The number of columns on a wide screen that makes each tile wider than high."""
        count = len(self.tiles)
        return next(
            each for each in range(1, MOST_COLUMNS + 1) if each * ceil(each * 3 / 4) >= count or each == MOST_COLUMNS
        )


def board(
    companies: Sequence[CompanyReading],
    trends: ByCompany,
    choice: BoardFilter,
    now: datetime,
    filling: Mapping[str, str],
) -> Board:
    """Build the board for a filter; a company that the filter names must be among `companies`.

    `filling` says of companies by name how far their past has been computed.
    """
    ordered = worst_first(companies)
    if choice.wall and not choice.company and ordered:
        ordered = ordered[:1]
    chosen = [each for each in ordered if choice.company in ("", each.company.name)]
    readings = [reading for each in chosen for reading in each.connected]
    areas = dict.fromkeys(reading.kpi.area for reading in readings)
    return Board(
        choice=choice,
        tabs=_tabs(worst_first(companies), choice),
        chips=[
            Chip(each, count, choice.with_toggled(each).address(), each in choice.statuses)
            for each, count in counts(readings).items()
        ],
        areas=[(area, display.heading(area)) for area in areas],
        companies=[
            _company(each, trends.get(each.company.name, {}), choice, now, filling.get(each.company.name, ""))
            for each in chosen
        ],
    )


def worst_first(companies: Sequence[CompanyReading]) -> Sequence[CompanyReading]:
    """Sort companies with critical KPIs before those with warnings, and keep the order otherwise."""

    def worst(company: CompanyReading) -> int:
        numbers = counts(company.kpis)
        return next(
            (place for place, each in enumerate(DisplayStatus) if each.alerts and numbers[each]), len(DisplayStatus)
        )

    return sorted(companies, key=worst)


def _tabs(companies: Sequence[CompanyReading], choice: BoardFilter) -> Sequence[Tab]:
    if len(companies) < 2:
        return []
    entries = [] if choice.wall else [("", "All companies", [kpi for each in companies for kpi in each.kpis])]
    entries += [(each.company.name, each.company.title, list(each.kpis)) for each in companies]
    tabs: list[Tab] = []
    for name, title, kpis in entries:
        number = counts(kpis)
        href = BoardFilter(company=name, wall=choice.wall, theme=choice.theme).address()
        current = name == choice.company or (choice.wall and not choice.company and not tabs)
        tabs.append(Tab(name, title, href, current, number[DisplayStatus.CRITICAL], number[DisplayStatus.WARNING]))
    return tabs


def _company(
    reading: CompanyReading, trends: Mapping[str, Trend], choice: BoardFilter, now: datetime, filling: str
) -> CompanyBoard:
    company = reading.company
    areas: dict[str, list[Tile]] = {}
    for each in reading.connected:
        areas.setdefault(each.kpi.area, []).append(_tile(reading, each, trends.get(each.kpi.id, Trend()), choice, now))
    return CompanyBoard(
        name=company.name,
        title=company.title,
        evaluated=kpi_text.age(reading.at, now, company.calendar.zone),
        timezone=company.timezone,
        areas=[Area(area, display.heading(area), tiles) for area, tiles in areas.items()],
        missing=missing_views(company, choice.links),
        notices=list(disconnections(reading)),
        filling=filling,
    )


def _tile(of: CompanyReading, reading: Reading, trend: Trend, choice: BoardFilter, now: datetime) -> Tile:
    kpi, company = reading.kpi, of.company
    failing = kpi_text.failing(of, reading)
    return Tile(
        key=f"{company.name}-{kpi.id}",
        id=kpi.id,
        title=kpi.title,
        definition=kpi.definition,
        company=company.title,
        area=kpi.area,
        href=choice.links.kpi(company.name, kpi.id),
        status=display_status(reading),
        value=kpi_text.value(reading),
        exact=kpi_text.exact(reading),
        why_unknown=kpi_text.why_unknown(reading),
        change=kpi_text.change(reading),
        so_far=amount_so_far(reading),
        target=kpi_text.target(reading),
        verdict=kpi_text.verdict(reading),
        crossed=kpi_text.crossed(reading),
        attainment="" if reading.attainment is None else display.percentage(round(reading.attainment, 2)),
        trend=trend,
        data=kpi_text.age(reading.as_of, now, company.calendar.zone, failing=bool(failing)),
        stale=kpi_text.stale(reading, now),
        doubt="source down" if failing else kpi_text.doubt(reading),
        doubts=(*kpi_text.failure_text(failing), *kpi_text.doubts(reading)),
        words=words(reading),
        hidden=not choice.includes(reading),
    )
