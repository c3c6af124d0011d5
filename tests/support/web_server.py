"""The application on a real server of its own, with an exporter that shows what a test gives it."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from threading import Thread
from typing import Any

import uvicorn
from starlette.types import ASGIApp

from exporter.analysis.backfill.request import BackfillRequest
from exporter.analysis.backtest.backtest import Backtest
from exporter.analysis.backtest.request import BacktestRequest
from exporter.analysis.explain.answer import Explanation
from exporter.analysis.review.document import Format
from exporter.analysis.what_if.what_if import Effect
from exporter.catalogue.schema.company import Cadence
from exporter.kpis.kpi_series import KpiSeries
from exporter.records.state import Held, Rejected
from exporter.web.app import create_app
from exporter.web.exposition import Exposition
from exporter.web.interface import Snapshot
from exporter.web.server import configuration, listen
from tests.servers.process import wait_until
from tests.support.readings import NOW


class Shown:
    """An `Exporter` that shows `shown`, refuses to reload with `refusal`, and notes what was asked."""

    def __init__(self, shown: Snapshot) -> None:
        self.shown = shown
        self.refusal: Exception | None = None
        self.reloads = 0
        self.tracks: Mapping[str, KpiSeries] = {}
        self.explanations: dict[str, Explanation] = {}
        self.bad_rows: Sequence[Rejected] = ()
        self.held: Sequence[Held] = ()
        self.accepted: list[Held] = []
        self.explained: list[tuple[str, str, datetime | None, datetime | None]] = []
        self.reported: list[tuple[str, Cadence, datetime | None, Format]] = []

    def snapshot(self) -> Snapshot:
        return self.shown

    def reload(self) -> None:
        self.reloads += 1
        if self.refusal:
            raise self.refusal

    def history(self, company: str, since: datetime, kpis: Collection[str] | None = None) -> Mapping[str, KpiSeries]:
        return {id_: track for id_, track in self.tracks.items() if kpis is None or id_ in kpis}

    def report(self, company: str, cadence: Cadence, since: datetime | None, form: Format) -> str:
        self.reported.append((company, cadence, since, form))
        return f"{company} {cadence} {form}\n"

    def explain(self, company: str, kpi: str, as_of: datetime | None, known_at: datetime | None) -> str:
        self.explained.append((company, kpi, as_of, known_at))
        return f"{kpi} is as it is\n"

    def backfill(self, asked: BackfillRequest) -> Iterator[str]:
        """There is no past."""
        return iter(["# EOF\n"])

    def explanation(self, company: str, kpi: str) -> Explanation:
        """What a test gave for the KPI, else no more than its reading."""
        (of,) = (each for each in self.shown.companies if each.company.name == company)
        (reading,) = (each for each in of.kpis if each.kpi.id == kpi)
        return self.explanations.get(kpi) or Explanation(of.company, reading, NOW, None, (), (), {}, None)

    def rejected(self, company: str) -> Sequence[Rejected]:
        return self.bad_rows

    def accept(self, company: str, source: str, table: str | None) -> Sequence[Held]:
        chosen = [each for each in self.held if each.source == source and table in (None, each.table)]
        if not chosen:
            raise ValueError(f"{company}: nothing of {source} is held back")
        self.accepted += chosen
        return chosen

    def backtest(self, company: str, asked: BacktestRequest) -> Backtest:
        """No moment has any alert."""
        return Backtest(self.shown.companies[0].company, [NOW - timedelta(days=1), NOW], asked.step, [])

    def what_if(self, company: str, settings: Sequence[str]) -> Sequence[Effect]:
        """Nothing depends on anything."""
        return []


@contextmanager
def served(app: ASGIApp) -> Iterator[str]:
    """The address of a server that runs the application meanwhile."""
    listener = listen("127.0.0.1:0")
    server = uvicorn.Server(configuration(app))
    thread = Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    try:
        wait_until(lambda: server.started, "the server to start")
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join()


@contextmanager
def shown(exporter: Shown, **settings: Any) -> Iterator[str]:
    """The address under which an exporter is shown; the clock stands at `NOW`."""
    with served(create_app(exporter, Exposition(exporter.snapshot), lambda: NOW, **settings)) as address:
        yield address
