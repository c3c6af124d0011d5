"""The HTTP application: what is asked for under which path, and what is answered when it cannot be given."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import datetime
from functools import partial
from zoneinfo import ZoneInfo

from prometheus_client.exposition import gzip_accepted
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from exporter.calendar.clock import Clock
from exporter.calendar.instants import parse_as_of, parse_known_at
from exporter.catalogue.reading.problems import CatalogueError
from exporter.mistakes import did_you_mean
from exporter.web import accept, backfill, backtest, report, what_if
from exporter.web.exposition import Exposition
from exporter.web.headers import SafeHeaders
from exporter.web.interface import Exporter
from exporter.web.json_view import document
from exporter.web.pages import errors
from exporter.web.pages.routes import routes as pages

REFRESH_SECONDS = 15.0
"""How old the figures of the process itself may become on `/metrics`."""

_log = logging.getLogger(__name__)


def create_app(
    exporter: Exporter,
    exposition: Exposition,
    clock: Callable[[], datetime] | None = None,
    refresh_seconds: float = REFRESH_SECONDS,
) -> Starlette:
    """The application. It refreshes the exposition every `refresh_seconds`; the exporter does when something
    changes."""
    clock = clock or Clock()
    handlers = Handlers(exporter, exposition, clock)

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        timer = asyncio.create_task(_refresh_for_ever(exposition, refresh_seconds))
        yield
        timer.cancel()

    return Starlette(
        routes=[
            *pages(exporter, clock),
            Route("/metrics", handlers.metrics),
            Route("/-/healthy", handlers.healthy),
            Route("/-/ready", handlers.ready),
            Route("/-/reload", handlers.reload, methods=["POST"]),
            Route("/api/v1/accept", accept.endpoint(exporter), methods=["POST"]),
            Route("/api/v1/backfill", backfill.endpoint(exporter)),
            Route("/api/v1/backtest", backtest.endpoint(exporter)),
            Route("/api/v1/explain", handlers.explain),
            Route("/api/v1/kpis", handlers.kpis),
            Route("/api/v1/report", report.endpoint(exporter)),
            Route("/api/v1/what-if", what_if.endpoint(exporter)),
        ],
        middleware=[Middleware(SafeHeaders)],
        exception_handlers={HTTPException: errors.refused, Exception: errors.failed},
        lifespan=lifespan,
    )


async def _refresh_for_ever(exposition: Exposition, seconds: float) -> None:
    while True:
        await asyncio.sleep(seconds)
        try:
            await run_in_threadpool(exposition.refresh)
        except Exception:
            _log.exception("could not render /metrics; what was rendered before stays")


class Handlers:
    """One method per path. Those that are not `async` run in a thread, beside the scrapes."""

    def __init__(self, exporter: Exporter, exposition: Exposition, clock: Callable[[], datetime]) -> None:
        self._exporter = exporter
        self._exposition = exposition
        self._clock = clock

    async def metrics(self, request: Request) -> Response:
        body = self._exposition.current.for_accept(request.headers.get("accept", ""))
        headers = {"content-type": body.content_type, "vary": "Accept, Accept-Encoding"}
        if gzip_accepted(request.headers.get("accept-encoding", "")):
            return Response(body.gzipped, headers={**headers, "content-encoding": "gzip"})
        return Response(body.plain, headers=headers)

    async def healthy(self, _: Request) -> Response:
        return PlainTextResponse("ok\n")

    def ready(self, _: Request) -> Response:
        waiting = [
            f"{reading.company.name}: {source.name} was not tried yet"
            for reading in self._exporter.snapshot().companies
            for source in reading.sources
            if source.up is None and source.last_success is None
        ]
        return PlainTextResponse("\n".join(waiting or ["ready"]) + "\n", 503 if waiting else 200)

    def reload(self, _: Request) -> Response:
        try:
            self._exporter.reload()
        except CatalogueError as refused:
            return PlainTextResponse(f"{refused}\n", 400)
        finally:
            self._exposition.refresh()
        return PlainTextResponse("reloaded\n")

    def kpis(self, _: Request) -> Response:
        return JSONResponse(document(self._exporter.snapshot().companies))

    def explain(self, request: Request) -> Response:
        companies = {reading.company.name: reading.company for reading in self._exporter.snapshot().companies}
        given = request.query_params
        if not given.get("company") or not given.get("kpi"):
            return PlainTextResponse("say which: /api/v1/explain?company=COMPANY&kpi=ID\n", 400)
        company = companies.get(given["company"])
        if company is None:
            hint = did_you_mean(given["company"], companies)
            return PlainTextResponse(f"there is no company {given['company']!r}{hint}\n", 404)
        if given["kpi"] not in company.kpis:
            hint = did_you_mean(given["kpi"], company.kpis)
            return PlainTextResponse(f"{company.name} has no KPI {given['kpi']!r}{hint}\n", 404)
        zone, instants = company.calendar.zone, dict[str, datetime | None]()
        parsers: Mapping[str, Callable[[str, ZoneInfo], datetime]] = {
            "as_of": parse_as_of,
            "known_at": partial(parse_known_at, now=self._clock()),
        }
        for name, parse in parsers.items():
            try:
                instants[name] = parse(given[name], zone) if given.get(name) else None
            except ValueError as error:
                return PlainTextResponse(f"{name}: {error}\n", 400)
        try:
            return PlainTextResponse(self._exporter.explain(company.name, given["kpi"], **instants))
        except ValueError as error:
            return PlainTextResponse(f"{error}\n", 400)
