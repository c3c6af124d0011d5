"""The addresses of the pages and of their tables as CSV."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from datetime import UTC, datetime
from itertools import chain

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from exporter.analysis.explain.answer import Explanation
from exporter.analysis.explain.definition import EXPLAIN
from exporter.analysis.explain.request import ExplainRequest
from exporter.catalogue.model import Company
from exporter.kpis.kpi_series import KpiSeries
from exporter.kpis.reading import CompanyReading, Reading
from exporter.mistakes import did_you_mean
from exporter.web.interface import Exporter, Snapshot
from exporter.web.pages import board, history_section, kpi, kpi_listing, kpi_tables, kpi_text, sources
from exporter.web.pages.assets import ASSETS
from exporter.web.pages.board_filter import BoardFilter, theme
from exporter.web.pages.links import PageLinks, root_from
from exporter.web.pages.page_cache import CachedDocument, PageCache
from exporter.web.pages.tables import TableView, to_csv
from exporter.web.pages.templates import render
from exporter.web.pages.time_range import DEFAULT_RANGE, LONGEST, TIME_RANGES, history_from, offered
from exporter.web.pages.trends import Trends
from exporter.web.pool import Pool

FOREVER = "public, max-age=31536000, immutable"


def routes(exporter: Exporter, clock: Callable[[], datetime], pool: Pool) -> Sequence[BaseRoute]:
    """Return the routes of pages, CSV and assets; pages and CSV are made in the pool."""
    pages = Pages(exporter, clock)
    made: Mapping[str, Callable[[Request], Response]] = {
        "/": pages.show_board,
        "/kpis.csv": pages.board_csv,
        "/kpi/{company}/{kpi}": pages.show_kpi,
        "/kpi/{company}/{kpi}/{table}.csv": pages.kpi_csv,
        "/sources": pages.show_sources,
        "/sources.csv": pages.sources_csv,
        "/rejected.csv": pages.rejected_csv,
    }
    return [
        *(Route(path, pool.endpoint(make)) for path, make in made.items()),
        *(Route(f"/{asset.path}", _static(asset.body)) for asset in ASSETS.values()),
    ]


def _static(body: CachedDocument) -> Callable[[Request], Awaitable[Response]]:
    async def answer(request: Request) -> Response:
        return body.answer(request, FOREVER)

    return answer


class Pages:
    """One method per address; each runs in a thread, beside the scrapes."""

    def __init__(self, exporter: Exporter, clock: Callable[[], datetime]) -> None:
        self._exporter = exporter
        self._clock = clock
        self._cache = PageCache(clock)
        self._trends = Trends(exporter, clock)

    def show_board(self, request: Request) -> Response:
        """Answer with the board."""
        snapshot, choice = self._exporter.snapshot(), BoardFilter.of(request.query_params)
        chosen = _companies(snapshot, choice.company)
        key = ("board", choice)
        return self._cache.get(snapshot.companies, key, lambda: self._board(snapshot, chosen, choice)).answer(request)

    def _board(self, snapshot: Snapshot, chosen: Collection[CompanyReading], choice: BoardFilter) -> CachedDocument:
        trends = {each.company.name: self._trends.of(each.company) for each in chosen}
        filling = {
            each.company.name: progress.text(each.company.calendar.zone)
            for each in chosen
            if (progress := self._exporter.history_progress(each.company.name))
        }
        view = board.board(snapshot.companies, trends, choice, self._clock(), filling)
        return CachedDocument.of(render("board.html", board=view, choice=choice, links=choice.links))

    def board_csv(self, request: Request) -> Response:
        """Answer with the KPIs of the board as CSV."""
        snapshot, choice = self._exporter.snapshot(), BoardFilter.of(request.query_params)
        _companies(snapshot, choice.company)
        return _csv(kpi_listing.table(snapshot.companies, choice, self._clock()), "kpis")

    def show_kpi(self, request: Request) -> Response:
        """Answer with the page of a KPI."""
        snapshot, links = self._exporter.snapshot(), _links(request)
        company, reading = _kpi(snapshot, request)
        key = ("kpi", company.company.name, reading.kpi.id, links, time_range := _time_range(request))
        return self._cache.get(
            snapshot.companies,
            key,
            lambda: CachedDocument.of(
                render("kpi.html", page=self._kpi_page(company, reading, time_range, links), links=links)
            ),
        ).answer(request)

    def _kpi_page(self, company: CompanyReading, reading: Reading, time_range: str, links: PageLinks) -> kpi.KpiPage:
        now, zone = self._clock(), company.company.calendar.zone
        begins, filling = self._history_begins(company, reading), self._exporter.history_progress(company.company.name)
        time_ranges = offered(begins, now, zone)
        chosen = time_range if time_range in time_ranges else list(time_ranges)[-1]
        explanation, series = self._explanation(company.company, reading), self._history(company, reading, chosen)
        past = kpi.PastView(chosen, time_ranges, history_from(begins, zone), filling.text(zone) if filling else "")
        failing = kpi_text.failing(company, reading)
        return kpi.kpi_page(explanation, series, past, links, now, failing)

    def _history_begins(self, company: CompanyReading, reading: Reading) -> datetime | None:
        """Return when the KPI has its first value that a chart could show; None if it has none."""
        id_ = reading.kpi.id
        stored = self._exporter.history(company.company.name, self._clock() - LONGEST, [id_]).get(id_)
        pairs = zip(stored.at, stored.value, strict=True) if stored else ()
        first = next((at for at, value in pairs if value is not None), None)
        return None if first is None else datetime.fromtimestamp(first, UTC)

    def _explanation(self, company: Company, reading: Reading) -> Explanation:
        return self._exporter.analyses.compute(EXPLAIN, ExplainRequest(company, reading.kpi))

    def _history(self, company: CompanyReading, reading: Reading, time_range: str) -> KpiSeries:
        """Return the KPI's history; where nothing is stored, its current value."""
        id_, since = reading.kpi.id, self._clock() - TIME_RANGES[time_range]
        stored = self._exporter.history(company.company.name, since, [id_])
        return stored.get(id_) or KpiSeries.of([company.at], [reading])

    def kpi_csv(self, request: Request) -> Response:
        """Answer with one table of a KPI's page as CSV."""
        company, reading = _kpi(self._exporter.snapshot(), request)
        name = request.path_params["table"]
        table = self._kpi_table(name, company, reading, _time_range(request))
        if table is None:
            raise HTTPException(404, f"{reading.kpi.id} has no table {name!r}")
        return _csv(table, f"{company.company.name}-{reading.kpi.id}-{name}")

    def _kpi_table(self, name: str, company: CompanyReading, reading: Reading, time_range: str) -> TableView | None:
        of = company.company
        match name:
            case "values":
                return history_section.values_table(of, reading.kpi, self._history(company, reading, time_range), "")
            case "levels":
                return kpi_tables.levels_table(self._explanation(of, reading), "")
            case "inputs":
                return kpi_tables.inputs_table(self._explanation(of, reading), PageLinks(), self._clock(), "")
            case _:
                dimensions = kpi_tables.breakdowns_shown(reading)
                tables = zip(dimensions, kpi_tables.breakdown_tables(reading, ""), strict=True)
                return {f"by-{dimension}": table for dimension, table in tables}.get(name)

    def show_sources(self, request: Request) -> Response:
        """Answer with the page of sources."""
        snapshot, links = self._exporter.snapshot(), _links(request)
        chosen = _companies(snapshot, request.query_params.get("company", ""))
        key = ("sources", tuple(each.company.name for each in chosen), links)
        return self._cache.get(snapshot.companies, key, lambda: self._sources(snapshot, chosen, links)).answer(request)

    def _sources(self, snapshot: Snapshot, chosen: Sequence[CompanyReading], links: PageLinks) -> CachedDocument:
        now = self._clock()
        views = [
            sources.company_sources(each, snapshot.polls, self._exporter.rejected(each.company.name), links, now)
            for each in chosen
        ]
        tabs = [(each.company.name, each.company.title) for each in snapshot.companies]
        return CachedDocument.of(render("sources.html", companies=views, tabs=tabs, links=links))

    def sources_csv(self, request: Request) -> Response:
        """Answer with the sources as CSV."""
        snapshot = self._exporter.snapshot()
        chosen = _companies(snapshot, request.query_params.get("company", ""))
        return _csv(sources.sources_table(chosen, snapshot.polls, self._clock()), "sources")

    def rejected_csv(self, request: Request) -> Response:
        """Answer with the rejected rows as CSV."""
        chosen = _companies(self._exporter.snapshot(), request.query_params.get("company", ""))
        tables = [
            sources.rejected_table(each.company.name, self._exporter.rejected(each.company.name), "") for each in chosen
        ]
        rows = list(chain.from_iterable(each.rows for each in tables))
        return _csv(TableView("Rejected rows", sources.BAD_ROW, rows), "rejected")


def _companies(snapshot: Snapshot, name: str) -> Sequence[CompanyReading]:
    """Return the company of that name, or all for an empty name.

    Raises:
        HTTPException: 404 for a company that does not exist.
    """
    companies = [each for each in snapshot.companies if name in ("", each.company.name)]
    if name and not companies:
        hint = did_you_mean(name, [each.company.name for each in snapshot.companies])
        raise HTTPException(404, f"there is no company {name!r}{hint}")
    return companies


def _kpi(snapshot: Snapshot, request: Request) -> tuple[CompanyReading, Reading]:
    (company,) = _companies(snapshot, request.path_params["company"])
    id_ = request.path_params["kpi"]
    for reading in company.kpis:
        if reading.kpi.id == id_:
            return company, reading
    hint = did_you_mean(id_, company.company.kpis)
    raise HTTPException(404, f"{company.company.title} has no KPI {id_!r}{hint}")


def _links(request: Request) -> PageLinks:
    return PageLinks(theme(request.query_params), root_from(request))


def _time_range(request: Request) -> str:
    name = request.query_params.get("range", DEFAULT_RANGE)
    return name if name in TIME_RANGES else DEFAULT_RANGE


def _csv(table: TableView, name: str) -> Response:
    headers = {"content-disposition": f'attachment; filename="{name}.csv"'}
    return Response(to_csv(table), media_type="text/csv", headers=headers)
