"""Where the HTTP source goes and what it says there of itself: redirects and credentials."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from exporter.records.batch import SourceFailed
from exporter.sources.redirects import HttpOrigin, Redirects
from tests.servers.standin import HttpRequest, HttpResponse, Standin
from tests.sources.http_sources import LEADS, TOKEN, always, http, leads
from tests.support.source_polls import LEAD_CONSTANTS, poll


def redirect_to(url: str, status: int = 302) -> Callable[[HttpRequest], HttpResponse]:
    return lambda request: (
        HttpResponse(LEADS) if request.path == "/new" else HttpResponse(status=status, headers={"Location": url})
    )


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("credentials", [{"auth": TOKEN}, {}])
def test_a_redirect_on_the_same_server_is_followed(status: int, credentials: Any) -> None:
    with Standin(redirect_to("/new?a=b", status)) as server:
        source = http(server, tables={"leads": {"path": "old", "params": {"x": "y"}, **LEAD_CONSTANTS}}, **credentials)
        assert len(poll(source).rows["leads"]) == 7
        assert [(request.path, request.params) for request in server.requests] == [
            ("/old", {"x": "y"}),
            ("/new", {"a": "b"}),
        ]
        assert server.requests[1].headers.get("Authorization") == ("Bearer t0ken" if credentials else None)


CREDENTIALS = [
    {"auth": TOKEN},
    {"auth": {"basic": {"username": "u", "password": "t0ken"}}},
    {"auth": {"header": {"name": "X-Key", "value": "t0ken"}}},
    {"headers": {"X-Key": "t0ken"}},
]


@pytest.mark.parametrize("credentials", CREDENTIALS)
@pytest.mark.parametrize("host", ["localhost", "127.0.0.1"])
def test_credentials_go_to_no_other_server(credentials: Any, host: str) -> None:
    with Standin(always(HttpResponse(LEADS)), host) as other, Standin(redirect_to(f"{other.url}/new")) as server:
        with pytest.raises(SourceFailed, match=f"redirects to {other.url}, which is another server and gets no"):
            poll(http(server, tables={"leads": {"path": "old", **LEAD_CONSTANTS}}, **credentials))
        assert other.requests == []


def test_another_name_of_the_same_server_is_another_server() -> None:
    def answer(request: HttpRequest) -> HttpResponse:
        return HttpResponse(status=302, headers={"Location": f"http://localhost:{server.port}/new"})

    with Standin(answer) as server:
        with pytest.raises(SourceFailed, match="which is another server and gets no credentials"):
            poll(leads(server, "old", auth=TOKEN))
        assert [request.path for request in server.requests] == ["/old"]


def test_without_credentials_a_redirect_leads_nowhere_else_either() -> None:
    with Standin(always(HttpResponse(LEADS)), "localhost") as other, Standin(redirect_to(f"{other.url}/new")) as server:
        with pytest.raises(SourceFailed, match=rf"another server; .* write `redirects_to: \[localhost:{other.port}\]`"):
            poll(leads(server, "old"))
        assert other.requests == []


@pytest.mark.parametrize("credentials", [{}, *CREDENTIALS])
@pytest.mark.parametrize("allowed", ["localhost", "LOCALHOST"])
def test_a_redirect_to_a_host_that_is_allowed_carries_no_credentials(credentials: Any, allowed: str) -> None:
    with Standin(always(HttpResponse(LEADS)), "localhost") as other, Standin(redirect_to(f"{other.url}/new")) as server:
        table = {"leads": {"path": "old", **LEAD_CONSTANTS}}
        source = http(server, tables=table, redirects_to=[f"{allowed}:{other.port}"], **credentials)
        assert len(poll(source).rows["leads"]) == 7
        assert "t0ken" not in str(other.requests[0].headers)


@pytest.mark.parametrize(
    ("home", "target", "allowed", "secret", "says"),
    [
        ("https://a.example", "https://b.example/x", [], False, "another server;"),
        ("https://a.example", "https://a.example:8443/x", [], False, "another server;"),
        ("https://a.example", "http://a.example/x", ["a.example"], False, "not encrypted"),
        ("https://a.example", "https://b.example.evil/x", ["b.example", "*.example"], False, "another server;"),
        ("https://a.example", "https://b.example:8443/x", ["b.example"], False, "another server;"),
        ("https://a.example", "https://[::1", ["*.example"], False, "not HTTP"),
        ("https://a.example", "https://u:p@b.example/x", [], False, "to https://b.example,"),
        ("http://a.example", "https://a.example/x", [], True, "gets no credentials"),
        ("http://a.example", "https://a.example/x", [], False, ""),
        ("https://a.example", "https://b.c.example/x", ["*.example"], True, ""),
        ("https://a.example", "https://b.example:8443/x", ["b.example:8443"], True, ""),
        ("https://a.example", "https://a.example:443/x", [], True, ""),
    ],
)
def test_which_redirects_are_followed(home: str, target: str, allowed: list[str], secret: bool, says: str) -> None:
    redirects = Redirects(HttpOrigin.of(home), allowed, secret)
    if says:
        with pytest.raises(SourceFailed, match=says):
            redirects.check(target)
    else:
        redirects.check(target)


def test_no_password_of_the_machine_is_sent(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    netrc = tmp_path_factory.mktemp("home") / "netrc"
    netrc.write_text("default login me password t0ken\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    with Standin(always(HttpResponse(LEADS))) as server:
        poll(leads(server))
        assert "Authorization" not in server.requests[0].headers


def test_redirects_in_a_circle_end() -> None:
    with Standin(redirect_to("/old")) as server:
        with pytest.raises(SourceFailed, match="redirects more than 5 times"):
            poll(leads(server, "old", auth=TOKEN))
        assert len(server.requests) == 6


@pytest.mark.parametrize(
    ("auth", "name", "value"),
    [
        (TOKEN, "Authorization", "Bearer t0ken"),
        ({"basic": {"username": "u", "password": "pä:ss"}}, "Authorization", "Basic dTpww6Q6c3M="),
        ({"header": {"name": "X-Api-Key", "value": "t0ken"}}, "X-Api-Key", "t0ken"),
    ],
)
def test_who_asks_is_said_in_the_way_of_the_server(auth: Any, name: str, value: str) -> None:
    with Standin(always(HttpResponse(LEADS))) as server:
        poll(leads(server, auth=auth))
        assert server.requests[0].headers[name] == value
