"""Error pages: where there is no page, and where a page could not be rendered."""

from __future__ import annotations

from collections.abc import Mapping

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response

from exporter.web.headers import HEADERS
from exporter.web.negotiation import accepts_html
from exporter.web.pages.board_filter import theme
from exporter.web.pages.links import PageLinks, root_from
from exporter.web.pages.templates import render

_FOR_PROGRAMS = ("/api/", "/-/", "/metrics")


async def refused(request: Request, error: Exception) -> Response:
    """Answer an HTTP error with a page for people, and one line for programs."""
    assert isinstance(error, HTTPException)
    message = f"there is no page {request.url.path}" if error.detail == "Not Found" else error.detail
    return _answer(request, error.status_code, message, error.headers)


async def store_failed(request: Request, error: Exception) -> Response:
    """Answer that what was asked for is in the store, which cannot be read now."""
    return _answer(request, 503, str(error), {"retry-after": "10"})


async def failed(request: Request, _: Exception) -> Response:
    """Answer an unexpected error without its details, which are in the log."""
    # This answer is made outside of the middleware that adds the headers to every other answer.
    return _answer(request, 500, "this page could not be made; the log of the exporter says why", HEADERS)


def _answer(request: Request, status: int, message: str, headers: Mapping[str, str] | None = None) -> Response:
    extra = dict(headers or {})
    if request.url.path.startswith(_FOR_PROGRAMS) or not accepts_html(request.headers.get("accept", "")):
        return PlainTextResponse(f"{message}\n", status, extra)
    links = PageLinks(theme(request.query_params), root_from(request))
    text = render("error.html", status=status, message=message, links=links)
    return HTMLResponse(text, status, extra)
