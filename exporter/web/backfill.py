"""Backfills over HTTP: the past as a scrape would have given it, streamed as documents of OpenMetrics."""

from __future__ import annotations

from collections.abc import Callable

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse

from exporter.analysis.backfill.request import INSTANCE, RECENT, STEP, BackfillRequest
from exporter.web.exposition import CONTENT_TYPE_OPENMETRICS
from exporter.web.interface import Exporter


def endpoint(exporter: Exporter) -> Callable[[Request], Response]:
    """Answers `?since=DATE`, with `until`, `step`, `recent`, `instance`, and any number of `company`."""

    def answer(request: Request) -> Response:
        given = request.query_params
        if not given.get("since"):
            return PlainTextResponse("say since when: /api/v1/backfill?since=2024-01-01\n", 400)
        asked = BackfillRequest(
            given["since"],
            given.get("until"),
            given.get("step", STEP),
            given.get("recent", RECENT),
            given.get("instance", INSTANCE),
            tuple(given.getlist("company")),
        )
        try:
            return StreamingResponse(exporter.backfill(asked), media_type=CONTENT_TYPE_OPENMETRICS)
        except ValueError as error:
            return PlainTextResponse(f"{error}\n", 400)

    return answer
