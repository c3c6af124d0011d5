"""The HTTP application: what is asked for under which path, and what is answered when it cannot be given."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Lifespan

from exporter.calendar.clock import Clock
from exporter.catalogue.reading.problems import CatalogueError
from exporter.kpis.reading import CompanyReading
from exporter.records.health import StoreFailed
from exporter.web import accept, analyses
from exporter.web.access.gate import Gate
from exporter.web.access.guard import RequestGuard
from exporter.web.access.passwords import Passwords
from exporter.web.access.prefix import Prefix
from exporter.web.access.settings import WebSettings
from exporter.web.by_rights import ByRights
from exporter.web.exposition import Exposition, FollowingExposition, Rendered
from exporter.web.headers import SafeHeaders
from exporter.web.http_stats import HttpStats
from exporter.web.interface import Exporter
from exporter.web.json_view import document
from exporter.web.limited import LimitedExporter
from exporter.web.negotiation import gzip_preferred
from exporter.web.pages import errors
from exporter.web.pages.routes import routes as pages
from exporter.web.pool import Pool
from exporter.web.sizes import Sizes

REFRESH_SECONDS = 15.0
"""How often the figures of the process itself are made anew on `/metrics`, where nothing else makes them anew."""

NO_LIFECYCLE = "reloading from another machine is off; send SIGHUP, or start the exporter with --web.enable-lifecycle\n"

_log = logging.getLogger(__name__)


def create_app(
    exporter: Exporter,
    exposition: Exposition,
    clock: Callable[[], datetime] | None = None,
    refresh_seconds: float = REFRESH_SECONDS,
    settings: WebSettings | None = None,
) -> Starlette:
    """Return the application, which refreshes the exposition every `refresh_seconds`.

    The exporter refreshes it as well, when something changes. Without `settings` only loopback may come.
    """
    clock = clock or Clock()
    settings = settings or WebSettings()
    passwords, pools = Passwords(), Pools.of(exposition.stats)

    def limited(companies: frozenset[str]) -> ASGIApp:
        some = LimitedExporter(exporter, companies)
        return _application(some, FollowingExposition(some.snapshot, exposition), clock, settings, pools)

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        timer = asyncio.create_task(_refresh_for_ever(exposition, refresh_seconds))
        yield
        timer.cancel()
        passwords.close()

    app = _application(exporter, exposition, clock, settings, pools, lifespan)
    app.user_middleware = [
        Middleware(SafeHeaders),
        Middleware(Sizes, exposition.stats),
        Middleware(RequestGuard, settings.hosts, settings.external_url.origin),
        Middleware(Gate, settings.files, passwords),
        Middleware(Prefix, settings.route_prefix),
        Middleware(ByRights, limited),
    ]
    return app


def _application(
    exporter: Exporter,
    exposition: Exposition,
    clock: Callable[[], datetime],
    settings: WebSettings,
    pools: Pools,
    lifespan: Lifespan[Starlette] | None = None,
) -> Starlette:
    """Return the pages, the API and `/metrics` of an exporter, open to everybody."""
    handlers = Handlers(exporter, exposition, settings)
    return Starlette(
        routes=[
            *pages(exporter, clock, pools.pages),
            Route("/metrics", handlers.metrics),
            Route("/-/healthy", handlers.healthy),
            Route("/-/ready", handlers.ready),
            Route("/-/reload", pools.changes.endpoint(handlers.reload), methods=["POST"]),
            Route("/api/v1/accept", pools.changes.endpoint(accept.endpoint(exporter)), methods=["POST"]),
            Route("/api/v1/kpis", pools.pages.endpoint(handlers.kpis)),
            *analyses.routes(exporter, pools.analyses),
        ],
        exception_handlers={
            HTTPException: errors.refused,
            StoreFailed: errors.store_failed,
            Exception: errors.failed,
        },
        lifespan=lifespan,
    )


async def _refresh_for_ever(exposition: Exposition, seconds: float) -> None:
    rendered: Rendered | None = None
    while True:
        await asyncio.sleep(seconds)
        if exposition.latest is rendered:  # else somebody asked meanwhile, and has it from then
            await _refresh(exposition)
        rendered = exposition.latest


async def _refresh(exposition: Exposition) -> None:
    try:
        await asyncio.to_thread(exposition.refresh)
    except Exception:
        _log.exception("could not render /metrics; what was rendered before stays")


@dataclass(frozen=True)
class Pools:
    """The threads of what may take a while: pages, analyses of the records, and what changes something.

    `/metrics`, health and readiness need none: they wait for no thread.
    """

    pages: Pool
    analyses: Pool
    changes: Pool

    @classmethod
    def of(cls, stats: HttpStats) -> Pools:
        """Return the pools of one server."""
        return cls(Pool(stats, threads=4, waiting=60), Pool(stats, threads=2, waiting=6), Pool(stats, 1, waiting=3))


class Handlers:
    """One method per path. Those that are not `async` are computed in a pool."""

    def __init__(self, exporter: Exporter, exposition: Exposition, settings: WebSettings) -> None:
        self._exporter = exporter
        self._exposition = exposition
        self._settings = settings
        self._json: tuple[Sequence[CompanyReading], bytes] | None = None

    async def metrics(self, request: Request) -> Response:
        """Send what there is now, in the format and encoding that the client accepts."""
        if self._exposition.outdated and not self._exposition.is_rendering:
            await _refresh(self._exposition)
        body = self._exposition.latest.for_accept(request.headers.get("accept", ""))
        headers = {"content-type": body.content_type, "vary": "Accept, Accept-Encoding"}
        if gzip_preferred(request.headers.get("accept-encoding", "")):
            return Response(body.gzipped, headers={**headers, "content-encoding": "gzip"})
        return Response(body.plain, headers=headers)

    async def healthy(self, _: Request) -> Response:
        """Answer 200 while the process serves, and say what is wrong with it that no restart would mend."""
        fault = self._exporter.snapshot().store.fault
        return PlainTextResponse(f"{fault or 'ok'}\n")

    async def ready(self, _: Request) -> Response:
        """Answer 200 once all is evaluated and every source was tried or restored; 503 with what is not until then.

        While the store can keep nothing it is 503 too.
        """
        snapshot = self._exporter.snapshot()
        waiting = [
            *filter(None, [snapshot.store.fault]),
            *(f"{name} was not evaluated yet" for name in snapshot.waiting),
            *(
                f"{reading.company.name}: {source.name} was not tried yet"
                for reading in snapshot.companies
                for source in reading.sources
                if source.up is None and source.last_success is None
            ),
        ]
        return PlainTextResponse("\n".join(waiting or ["ready"]) + "\n", 503 if waiting else 200)

    def reload(self, request: Request) -> Response:
        """Reload the catalogues; answer 403 where that is off, and 400 with all mistakes if they cannot be used.

        What fails in another way is answered with 500; the old catalogues stay in use in either case.
        """
        if not self._settings.may_reload(request):
            return PlainTextResponse(NO_LIFECYCLE, 403)
        try:
            self._exporter.reload()
        except CatalogueError as refused:
            return PlainTextResponse(f"{refused}\n", 400)
        except Exception as error:
            _log.exception("the configuration was not reloaded, the old one stays")
            return PlainTextResponse(f"not reloaded, the old configuration stays: {type(error).__name__}\n", 500)
        finally:
            self._exposition.refresh()
        disconnected = self._exporter.snapshot().reload.disconnected
        return PlainTextResponse("".join(f"{line}\n" for line in ("reloaded", *disconnected)))

    def kpis(self, _: Request) -> Response:
        """Send the content of the page as JSON, which is written once for all who ask until something changes."""
        companies, written = self._exporter.snapshot().companies, self._json
        if written is None or written[0] is not companies:
            self._json = written = companies, bytes(JSONResponse(document(companies)).body)
        return Response(written[1], media_type="application/json")
