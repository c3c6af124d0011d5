"""HTTP sources of leads, and what stand-in servers answer them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from exporter.sources.http import Http, HttpOptions
from exporter.sources.session import Session
from tests.servers.standin import HttpRequest, HttpResponse, Standin
from tests.support.source_polls import LEAD_CONSTANTS, NOON, Clock, options, poll

LEADS = [{"lead_id": f"l{number}"} for number in range(7)]
TOKEN = {"bearer": "t0ken"}


def http(server: Standin | str, clock: Clock | None = None, **section: Any) -> Http:
    built = options("http", url=server if isinstance(server, str) else server.url, **section)
    assert isinstance(built, HttpOptions)
    if clock is None:
        source = built.build("crm")
        assert isinstance(source, Http)
        return source
    return Http(built, Session(built, sleep=clock.sleep, clock=lambda: NOON))


def leads(server: Standin, path: str = "leads", clock: Clock | None = None, **table: Any) -> Http:
    auth = table.pop("auth", None)
    return http(server, clock, auth=auth, tables={"leads": {"path": path, **LEAD_CONSTANTS, **table}})


def ids(source: Http) -> list[object]:
    return [row["lead_id"] for row in poll(source).rows["leads"]]


def always(response: HttpResponse) -> Callable[[HttpRequest], HttpResponse]:
    return lambda request: response


def one_after_the_other(*responses: HttpResponse) -> Callable[[HttpRequest], HttpResponse]:
    """Give each answer in turn, and the last one from then on."""
    rest = [*responses]
    return lambda request: rest.pop(0) if len(rest) > 1 else rest[0]


def numbered(request: HttpRequest) -> HttpResponse:
    """Give a list in pages of two items, or of the requested number, counted from 1."""
    size = int(request.params.get("per_page", 2))
    start = (int(request.params.get("page", 1)) - 1) * size
    return HttpResponse(LEADS[start : start + size])
