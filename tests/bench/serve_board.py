"""The server that `board` measures: the 161 KPIs of the companies that ship with three years of history in a store.

`/file` sends the file `board.html` of the folder that it is given; after `/news` all is to be rendered again.
"""

from __future__ import annotations

import random
import sys
from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from pathlib import Path

from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import Route

from exporter.catalogue.loading import load, shipped_file
from exporter.catalogue.model import Company
from exporter.history import table
from exporter.kpis.kpi_series import KpiSeries
from exporter.kpis.reading import CompanyReading, Status
from exporter.records.store import Store
from exporter.web.app import create_app
from exporter.web.exposition import Exposition
from exporter.web.interface import Snapshot
from exporter.web.listening import listen
from exporter.web.server import serve
from tests.support.readings import NOW, reading, snapshot, source
from tests.support.web_server import StandInExporter

SHIPPED = ("managed-kubernetes", "vmcloud", "unit-economics", "email-infrastructure")
YEARS = 3


class Remembering(StandInExporter):
    """An exporter whose history is in a store."""

    def __init__(self, current: Snapshot, store: Store) -> None:
        super().__init__(current)
        self._store = store

    def history(self, company: str, since: datetime, kpis: Collection[str] | None = None) -> Mapping[str, KpiSeries]:
        return table.load(self._store, company, since, kpis)


def read(company: Company, rng: random.Random) -> CompanyReading:
    readings = tuple(
        reading(kpi, rng.uniform(10, 5000), previous=rng.uniform(10, 5000), status=rng.choice(list(Status)))
        for kpi in company.kpis.values()
    )
    return CompanyReading(company, NOW, readings, (source(),))


def walk(end: float, rng: random.Random) -> KpiSeries:
    """Return a value a day."""
    days = YEARS * 365
    at = [(NOW - timedelta(days=back)).timestamp() for back in range(days - 1, -1, -1)]
    values = [end * (1 + rng.gauss(0, 0.1)) for _ in range(days - 1)] + [end]
    return KpiSeries(at, values, [Status.OK] * days, [None] * days, values, [None] * days)


def remembering(store: Store) -> Remembering:
    rng = random.Random(1)
    companies = [read(load(shipped_file(name)), rng) for name in SHIPPED]
    for each in companies:
        table.save(store, each.company.name, {kpi.kpi.id: walk(kpi.value or 0.0, rng) for kpi in each.kpis})
    return Remembering(snapshot(*companies), store)


def main(address: str, folder: Path) -> None:
    exporter = remembering(Store(folder / "kpi.duckdb"))
    app = create_app(exporter, Exposition(exporter.snapshot), lambda: NOW)

    async def static(_: Request) -> Response:
        return FileResponse(folder / "board.html", media_type="text/html")

    async def news(_: Request) -> Response:
        """Let the exporter have something new, so that everything is rendered again."""
        exporter.current = snapshot(*exporter.current.companies)
        return Response()

    app.router.routes += [Route("/file", static), Route("/news", news)]
    serve(app, [listen(address)], exporter.reload)


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
