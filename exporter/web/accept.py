"""The address that accepts a snapshot which is held back: the next poll of its source stores it."""

from __future__ import annotations

from collections.abc import Callable

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from exporter.mistakes import did_you_mean
from exporter.web.interface import Exporter


def endpoint(exporter: Exporter) -> Callable[[Request], Response]:
    """Return what answers POST `?company=COMPANY&source=SOURCE`, with `table=TABLE` for one table only."""

    def answer(request: Request) -> Response:
        query = request.query_params
        company, source, table = query.get("company"), query.get("source"), query.get("table") or None
        if not company or not source:
            return PlainTextResponse("say which: /api/v1/accept?company=COMPANY&source=SOURCE&table=TABLE\n", 400)
        companies = {reading.company.name: reading.company for reading in exporter.snapshot().companies}
        if company not in companies:
            return PlainTextResponse(f"there is no company {company!r}{did_you_mean(company, companies)}\n", 404)
        sources = companies[company].sources
        if source not in sources:
            return PlainTextResponse(f"{company} has no source {source!r}{did_you_mean(source, sources)}\n", 404)
        try:
            accepted = exporter.accept(company, source, table)
        except ValueError as error:
            return PlainTextResponse(f"{error}\n", 400)
        return PlainTextResponse("".join(f"{held.accepted_text}\n" for held in accepted))

    return answer
