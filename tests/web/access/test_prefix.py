"""Addresses below a prefix: links are relative, and hold behind a proxy that strips a prefix too."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import urljoin, urlsplit

import pytest
import requests
from starlette.types import ASGIApp, Receive, Scope, Send

from exporter.web.access.prefix import ExternalUrl, Prefix, route_prefix
from exporter.web.access.settings import WebSettings
from exporter.web.app import create_app
from exporter.web.exposition import Exposition
from tests.support.readings import NOW, acme, snapshot
from tests.support.web_server import StandInExporter, serve_exporter, served

PAGES = ("/", "/?theme=dark", "/sources", "/kpi/acme/mrr", "/nowhere/at/all", "/a/b/")


def stripping(app: ASGIApp) -> ASGIApp:
    """Return the application behind a proxy that serves it below /proxied/, which it does not see."""
    return Prefix(app, "/proxied")


@pytest.fixture(params=["prefix", "stripped", "both"])
def site(request: pytest.FixtureRequest) -> Iterator[str]:
    exporter = StandInExporter(snapshot(acme()))
    settings = WebSettings(route_prefix="" if request.param == "stripped" else "/kpi/board")
    app: ASGIApp = create_app(exporter, Exposition(exporter.snapshot), lambda: NOW, settings=settings)
    outside = "" if request.param == "prefix" else "/proxied"

    async def through_a_proxy(scope: Scope, receive: Receive, send: Send) -> None:
        await (app if scope["type"] == "lifespan" or not outside else stripping(app))(scope, receive, send)

    with served(through_a_proxy) as address:
        yield f"{address}{outside}{settings.route_prefix}"


@pytest.mark.parametrize("path", PAGES)
def test_every_link_leads_somewhere_below_the_prefix(site: str, path: str) -> None:
    page = requests.get(site + path, headers={"accept": "text/html"}, timeout=10)
    links = re.findall(r'(?:href|src|action)="([^"#][^"]*)"', page.text)
    own = {urljoin(page.url, link.replace("&amp;", "&")) for link in links if not re.match(r"[a-z]+:", link)}
    assert len(own) > 3
    for url in sorted(own):
        assert url.startswith(f"{site}/"), (path, url)
        expected = 404 if urlsplit(url).path == urlsplit(site + path).path and page.status_code == 404 else 200
        assert requests.get(url, timeout=10).status_code == expected, (path, url)


def test_the_root_and_the_prefix_lead_to_the_board() -> None:
    with serve_exporter(StandInExporter(snapshot(acme())), settings=WebSettings(route_prefix="/kpi/board")) as site:
        for path in ("/", "/kpi/board"):
            answer = requests.get(site + path, timeout=10)
            assert (answer.status_code, answer.url) == (200, f"{site}/kpi/board/")
        assert requests.get(f"{site}/kpi/board/metrics", timeout=10).ok
        for path in ("/metrics", "/kpi/boardmetrics", "/kpi"):
            assert requests.get(site + path, timeout=10).status_code == 404


@pytest.mark.parametrize(
    ("url", "prefix", "origin", "expected"),
    [
        ("", None, "", ""),
        ("", "/kpi/", "", "/kpi"),
        ("https://example.com/kpi/", None, "https://example.com", "/kpi"),
        ("https://example.com/kpi/", "/", "https://example.com", ""),
        ("http://example.com:80", None, "http://example.com", ""),
        ("HTTP://Example.com:8080/a/b", "c", "http://example.com:8080", "/c"),
        ("http://[::1]:8080/", None, "http://[::1]:8080", ""),
    ],
)
def test_the_prefix_is_that_of_the_external_url_unless_it_is_named(
    url: str, prefix: str | None, origin: str, expected: str
) -> None:
    external = ExternalUrl.of(url)
    assert (external.origin, route_prefix(prefix, external)) == (origin, expected)


@pytest.mark.parametrize(
    "url", ["example.com", "ftp://example.com/", "http://", "http://u:p@example.com/", "http://x:port/"]
)
def test_what_is_no_url(url: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        ExternalUrl.of(url)
