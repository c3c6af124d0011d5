"""The application on a real server of its own, with an exporter that shows what a test gives it."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from ssl import SSLContext
from threading import Event, Thread
from typing import Any, TypeVar, cast

import uvicorn
from starlette.types import ASGIApp

from exporter.analysis.backfill.request import BackfillRequest
from exporter.analysis.backtest.backtest import Backtest
from exporter.analysis.backtest.request import BacktestRequest
from exporter.analysis.definition import Analysis, Content
from exporter.analysis.explain.answer import Explanation
from exporter.analysis.explain.request import ExplainRequest
from exporter.analysis.parameters import RequestContext, Texts
from exporter.analysis.review.request import Format, ReviewRequest
from exporter.analysis.review.review import Review
from exporter.analysis.what_if.request import WhatIfRequest
from exporter.catalogue.model import Company, Kpi
from exporter.catalogue.schema.company import Cadence
from exporter.history.progress import HistoryProgress
from exporter.kpis.kpi_series import KpiSeries
from exporter.records.state import Held, Rejected
from exporter.web.access.settings import WebSettings
from exporter.web.app import create_app
from exporter.web.connections import Connections
from exporter.web.exposition import Exposition
from exporter.web.interface import Snapshot
from exporter.web.listening import listen
from exporter.web.server import configuration
from tests.support.readings import NOW

R = TypeVar("R")
A = TypeVar("A")


class StandInAnalyses:
    """The analyses of companies without records; notes the explanations and reviews that were requested."""

    def __init__(self, exporter: StandInExporter, names: Collection[str] | None = None) -> None:
        self._exporter = exporter
        self._names = names

    def answer(self, analysis: Analysis[R, A], texts: Texts) -> Content:
        companies = {
            each.company.name: each.company
            for each in self._exporter.current.companies
            if self._names is None or each.company.name in self._names
        }
        request = analysis.read(texts, RequestContext(companies, NOW))
        return analysis.write(request, self.compute(analysis, request))

    def compute(self, analysis: Analysis[R, A], request: R) -> A:
        return cast("A", self._answer(request))

    def limited_to(self, names: Collection[str]) -> StandInAnalyses:
        return StandInAnalyses(self._exporter, names)

    def _answer(self, request: object) -> object:
        match request:
            case ExplainRequest(company, kpi, as_of, known_at):
                self._exporter.explained.append((company.name, kpi.id, as_of, known_at))
                return self._explanation(company, kpi)
            case ReviewRequest(company, cadence, since, form):
                self._exporter.reported.append((company.name, cadence, since, form))
                return Review(company, cadence, since or NOW - timedelta(days=1), NOW, [])
            case BacktestRequest(company):
                return Backtest(company, [NOW - timedelta(days=1), NOW], request.step, [])
            case BackfillRequest():
                return iter(["# EOF\n"])
            case WhatIfRequest():
                return []
        raise TypeError(f"{request} is no request")

    def _explanation(self, company: Company, kpi: Kpi) -> Explanation:
        """Return what a test gave for the KPI, else no more than its reading."""
        (of,) = (each for each in self._exporter.current.companies if each.company.name == company.name)
        (reading,) = (each for each in of.kpis if each.kpi.id == kpi.id)
        return self._exporter.explanations.get(kpi.id) or Explanation(company, reading, NOW, None, (), (), {}, None)


class StandInExporter:
    """An `Exporter` that shows `current`, refuses to reload with `refusal`, and notes what was requested."""

    def __init__(self, current: Snapshot) -> None:
        self.current = current
        self.refusal: Exception | None = None
        self.reloads = 0
        self.tracks: Mapping[str, KpiSeries] = {}
        self.explanations: dict[str, Explanation] = {}
        self.filling: HistoryProgress | None = None
        self.bad_rows: Sequence[Rejected] = ()
        self.held: Sequence[Held] = ()
        self.accepted: list[Held] = []
        self.explained: list[tuple[str, str, datetime | None, datetime | None]] = []
        self.analyses = StandInAnalyses(self)
        self.reported: list[tuple[str, Cadence, datetime | None, Format]] = []

    def snapshot(self) -> Snapshot:
        return self.current

    def reload(self) -> None:
        self.reloads += 1
        if self.refusal:
            raise self.refusal

    def history(self, company: str, since: datetime, kpis: Collection[str] | None = None) -> Mapping[str, KpiSeries]:
        return {id_: track for id_, track in self.tracks.items() if kpis is None or id_ in kpis}

    def history_progress(self, company: str) -> HistoryProgress | None:
        return self.filling

    def rejected(self, company: str) -> Sequence[Rejected]:
        return self.bad_rows

    def accept(self, company: str, source: str, table: str | None) -> Sequence[Held]:
        chosen = [each for each in self.held if each.source == source and table in (None, each.table)]
        if not chosen:
            raise ValueError(f"{company}: nothing of {source} is held back")
        self.accepted += chosen
        return chosen


class _Server(uvicorn.Server):
    """Starts and stops when it is told to, where uvicorn's own loop looks every tenth of a second."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.ready = Event()

    async def main_loop(self) -> None:
        self._loop, self._stopping = asyncio.get_running_loop(), asyncio.Event()
        await self.on_tick(0)
        self.ready.set()
        await self._stopping.wait()

    def stop(self) -> None:
        self._loop.call_soon_threadsafe(self._stopping.set)


@contextmanager
def served(app: ASGIApp, tls: SSLContext | None = None, connections: Connections | None = None) -> Iterator[str]:
    """Yield the address of a server that runs the application meanwhile."""
    listener = listen("127.0.0.1:0")
    server = _Server(configuration(app, connections or Connections(), tls))
    Thread(target=server.run, kwargs={"sockets": [listener]}).start()
    assert server.ready.wait(10), "the server did not start"
    try:
        yield f"{'https' if tls else 'http'}://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.stop()  # without waiting: uvicorn pauses a tenth of a second for connections that are open


@contextmanager
def serve_exporter(
    exporter: StandInExporter,
    settings: WebSettings | None = None,
    connections: Connections | None = None,
    **server: Any,
) -> Iterator[str]:
    """Yield the address of a server of an exporter; the clock stands at `NOW`."""
    connections, settings = connections or Connections(), settings or WebSettings()
    connections.stats.web_config_loaded = settings.files.web_config_loaded
    exposition = Exposition(exporter.snapshot, stats=connections.stats)
    app = create_app(exporter, exposition, lambda: NOW, settings=settings, **server)
    with served(app, settings.files.tls(), connections) as address:
        yield address
