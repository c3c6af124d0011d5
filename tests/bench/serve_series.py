"""The server that `scrape` measures: the exporter's application over 10,000 series, and two routes to compare.

`/file` sends the same bytes from a file, `/generate` has the client library render the same registry for each
request. The time that each answer takes, from the call of the application to its last byte handed to the
server, is at `/timings`, in seconds by path.
"""

from __future__ import annotations

import sys
from collections import defaultdict
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from exporter.kpis.reading import CompanyReading
from exporter.web.app import create_app
from exporter.web.exposition import Exposition
from exporter.web.listening import listen
from exporter.web.server import serve
from tests.support.readings import company_reading, kpi, reading, snapshot
from tests.support.web_server import StandInExporter

KPIS = 200
TIERS = 41
"""With nine series per KPI beside its breakdown, 10,000 in all."""


class Timed:
    """Notes how long each request takes."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self.seconds: dict[str, list[float]] = defaultdict(list)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        start = perf_counter()
        await self._app(scope, receive, send)
        if scope["type"] == "http":
            self.seconds[scope["path"]].append(perf_counter() - start)


def many_series() -> CompanyReading:
    tiers = {f"tier-{number:02}": float(number) * 1.25 for number in range(TIERS)}
    made = [
        kpi(f"kpi_{number:03}", "EUR", by=("tier",), target="> 4000", warning="<= 4000", critical="< 2500")
        for number in range(KPIS)
    ]
    return company_reading([reading(each, 26353.21, previous=24356.0, breakdowns={"tier": tiers}) for each in made])


def main(address: str) -> None:
    exporter = StandInExporter(snapshot(many_series()))
    exposition = Exposition(exporter.snapshot)
    registry = CollectorRegistry()
    registry.register(exposition)
    app = create_app(exporter, exposition)
    timed = Timed(app)

    async def generate(_: Request) -> Response:
        return Response(generate_latest(registry), headers={"content-type": CONTENT_TYPE_PLAIN_0_0_4})

    async def timings(_: Request) -> Response:
        return JSONResponse(timed.seconds)

    with TemporaryDirectory() as folder:
        file = Path(folder) / "metrics.txt"
        file.write_bytes(exposition.current.text.plain)

        async def static(_: Request) -> Response:
            return FileResponse(file, media_type="text/plain")

        app.router.routes += [Route("/file", static), Route("/generate", generate), Route("/timings", timings)]
        serve(timed, [listen(address)], exporter.reload)


if __name__ == "__main__":
    main(sys.argv[1])
