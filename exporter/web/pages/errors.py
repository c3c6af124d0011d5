"""What people see where there is no page, or where one could not be made."""

from __future__ import annotations

from collections.abc import Mapping

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response

from exporter.web.headers import HEADERS
from exporter.web.pages.board_filter import theme
from exporter.web.pages.links import Links
from exporter.web.pages.templates import render

_FOR_PROGRAMS = ("/api/", "/-/", "/metrics")


def refused(request: Request, error: Exception) -> Response:
    """A page for people and a line for programs, with the status of the error."""
    assert isinstance(error, HTTPException)
    said = f"there is no page {request.url.path}" if error.detail == "Not Found" else error.detail
    return _answer(request, error.status_code, said, error.headers)


def failed(request: Request, _: Exception) -> Response:
    """What went wrong stands in the log, and here not a word of it."""
    # This answer is given outside of the application, and so of what adds the headers to all others.
    return _answer(request, 500, "this page could not be made; the log of the exporter says why", HEADERS)


def _answer(request: Request, status: int, said: str, headers: Mapping[str, str] | None = None) -> Response:
    extra = dict(headers or {})
    if request.url.path.startswith(_FOR_PROGRAMS) or "text/html" not in request.headers.get("accept", ""):
        return PlainTextResponse(f"{said}\n", status, extra)
    text = render("error.html", status=status, said=said, links=Links(theme(request.query_params)))
    return HTMLResponse(text, status, extra)
