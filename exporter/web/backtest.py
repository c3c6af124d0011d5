"""Backtests over HTTP: of which company, over which stretch, and with which thresholds on trial."""

from __future__ import annotations

from collections.abc import Callable

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response

from exporter.analysis.backtest.json import document
from exporter.analysis.backtest.request import STEP, BacktestRequest
from exporter.catalogue.reading.problems import CatalogueError
from exporter.mistakes import did_you_mean
from exporter.web.interface import Exporter


def endpoint(exporter: Exporter) -> Callable[[Request], Response]:
    """Answers `?company=COMPANY&since=DATE`, with `until`, `step`, and any number of `kpi` and `threshold`."""

    def answer(request: Request) -> Response:
        given = request.query_params
        if not given.get("company") or not given.get("since"):
            return PlainTextResponse("say what: /api/v1/backtest?company=COMPANY&since=2026-01-01\n", 400)
        known = {reading.company.name for reading in exporter.snapshot().companies}
        if given["company"] not in known:
            hint = did_you_mean(given["company"], known)
            return PlainTextResponse(f"there is no company {given['company']!r}{hint}\n", 404)
        asked = BacktestRequest(
            given["since"],
            given.get("until"),
            given.get("step", STEP),
            tuple(given.getlist("kpi")),
            tuple(given.getlist("threshold")),
        )
        try:
            return JSONResponse(document(exporter.backtest(given["company"], asked)))
        except (ValueError, CatalogueError) as error:
            return PlainTextResponse(f"{error}\n", 400)

    return answer
