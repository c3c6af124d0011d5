"""Reviews over HTTP: which company, of which cadence, against when, and in which form."""

from __future__ import annotations

from collections.abc import Callable

from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response

from exporter.analysis.review.document import Format
from exporter.analysis.review.style import STYLE_HASH
from exporter.calendar.instants import parse_as_of
from exporter.catalogue.schema.company import Cadence
from exporter.mistakes import did_you_mean
from exporter.web.headers import policy
from exporter.web.interface import Exporter


def endpoint(exporter: Exporter) -> Callable[[Request], Response]:
    """Answers `?company=COMPANY&cadence=CADENCE`, with `since=DATE` and `format=html` if wanted."""

    def answer(request: Request) -> Response:
        given = request.query_params
        if not given.get("company") or not given.get("cadence"):
            return PlainTextResponse("say which: /api/v1/report?company=COMPANY&cadence=weekly\n", 400)
        companies = {reading.company.name: reading.company for reading in exporter.snapshot().companies}
        company = companies.get(given["company"])
        if company is None:
            hint = did_you_mean(given["company"], companies)
            return PlainTextResponse(f"there is no company {given['company']!r}{hint}\n", 404)
        cadence, form = given["cadence"], given.get("format", Format.MARKDOWN)
        for name, value, known in (("cadence", cadence, list(Cadence)), ("format", form, list(Format))):
            if value not in known:
                return PlainTextResponse(f"{name}: {value!r} is not one; write {' or '.join(known)}\n", 400)
        try:
            since = parse_as_of(given["since"], company.calendar.zone) if given.get("since") else None
            text = exporter.report(company.name, Cadence(cadence), since, Format(form))
        except ValueError as error:
            return PlainTextResponse(f"since: {error}\n", 400)
        if form == Format.HTML:
            return HTMLResponse(text, headers={"content-security-policy": policy(STYLE_HASH)})
        return Response(text, media_type="text/markdown")

    return answer
