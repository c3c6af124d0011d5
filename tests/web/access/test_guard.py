"""Who may come: names of the exporter's own, and no page of another site."""

from __future__ import annotations

import socket
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from urllib.parse import urlsplit

import pytest

from exporter.records.state import Held
from exporter.web.access.hosts import AllowedHosts
from exporter.web.access.prefix import ExternalUrl
from exporter.web.access.settings import WebSettings
from exporter.web.listening import listen
from tests.support.readings import NOW, acme, snapshot
from tests.support.web_server import StandInExporter, serve_exporter

HELD = Held("billing", "subscription_items", delivered=1, present=9, missing=8, as_of=NOW, since=NOW, accepted=False)
ACCEPT = "/api/v1/accept?company=acme&source=billing"


@pytest.fixture
def exporter() -> StandInExporter:
    exporter = StandInExporter(snapshot(acme()))
    exporter.held = (HELD,)
    return exporter


@pytest.fixture
def site(exporter: StandInExporter) -> Iterator[str]:
    hosts = AllowedHosts(frozenset({"kpi.example.com"}))
    settings = WebSettings(hosts, ExternalUrl.of("https://kpi.example.com/"), lifecycle=True)
    with serve_exporter(exporter, settings=settings) as address:
        yield address


def status(site: str, head: str) -> int:
    """Send a head as it is, with `{at}` for the address, and return the status of the answer."""
    at = urlsplit(site)
    assert at.hostname
    assert at.port
    lines = head.format(at=at.netloc, port=at.port).splitlines()
    with socket.create_connection((at.hostname, at.port), timeout=10) as client:
        client.sendall("\r\n".join([*lines, "Content-Length: 0", "Connection: close", "", ""]).encode())
        answer = client.makefile("rb").read()
    return int(answer.split()[1])


@pytest.mark.parametrize(
    "host",
    [
        "{at}",
        "localhost",
        "LOCALHOST:1",
        "127.0.0.1",
        "127.9.9.9:80",
        "[::1]:{port}",
        "kpi.example.com",
        "KPI.example.com.:443",
    ],
)
def test_names_of_its_own(site: str, host: str) -> None:
    assert status(site, f"GET /metrics HTTP/1.1\nHost: {host}") == 200


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "evil.example:{port}",
        "localhost.evil.example",
        "127.0.0.1.evil.example",
        "evil.example@127.0.0.1",
        "127.0.0.1:80:80",
        "127.0.0.1/",
        "2130706433",
        "0x7f.1",
        "[::1",
        "[::ffff:8.8.8.8]",
        "8.8.8.8",
        "0.0.0.0",
        "",
        "kpi.example.com, evil.example",
    ],
)
@pytest.mark.parametrize("path", ["/", "/metrics", "/api/v1/kpis", "/-/healthy", "/static/x", "/nowhere"])
def test_a_name_that_was_rebound_reads_nothing(site: str, host: str, path: str) -> None:
    assert status(site, f"GET {path} HTTP/1.1\nHost: {host}") in (400, 421)


def test_a_probe_without_a_name() -> None:
    with serve_exporter(StandInExporter(snapshot(acme()))) as site:
        assert status(site, "GET /-/healthy HTTP/1.0") == 200
        assert status(site, "GET /-/healthy HTTP/1.0\nHost: {at}\nHost: evil.example") in (400, 421)


@pytest.mark.parametrize(
    "lines",
    [
        "Sec-Fetch-Site: cross-site",
        "Sec-Fetch-Site: same-site",
        "Sec-Fetch-Site: CROSS-SITE",
        "Sec-Fetch-Site: same-origin\nOrigin: http://evil.example",
        "Origin: http://evil.example",
        "Origin: null",
        "Origin:",
        "Origin: http://{at}.evil.example",
        "Origin: http://evil.example@{at}",
        "Origin: http://[",
        "Origin: http://127.0.0.1:1",
        "Origin: file://{at}",
        "Origin: https://kpi.example.com:8443",
        "Origin: http://{at}\nOrigin: http://evil.example",
    ],
)
@pytest.mark.parametrize("path", ["/-/reload", ACCEPT])
def test_what_another_site_sends_is_refused(site: str, exporter: StandInExporter, lines: str, path: str) -> None:
    assert status(site, f"POST {path} HTTP/1.1\nHost: {{at}}\n{lines}") == 403
    assert (exporter.reloads, exporter.accepted) == (0, [])


@pytest.mark.parametrize(
    "lines",
    [
        "User-Agent: curl",
        "Sec-Fetch-Site: none",
        "Sec-Fetch-Site: same-origin\nOrigin: http://{at}",
        "Origin: http://{at}",
        "Origin: https://kpi.example.com",
    ],
)
def test_programs_and_its_own_pages_may_send(site: str, exporter: StandInExporter, lines: str) -> None:
    assert status(site, f"POST /-/reload HTTP/1.1\nHost: {{at}}\n{lines}") == 200
    assert status(site, f"POST {ACCEPT} HTTP/1.1\nHost: {{at}}\n{lines}") == 200
    assert (exporter.reloads, exporter.accepted) == (1, [HELD])


@pytest.mark.parametrize("method", ["DELETE", "PUT", "PATCH", "post", "X"])
def test_other_methods_do_nothing(site: str, exporter: StandInExporter, method: str) -> None:
    assert status(site, f"{method} /-/reload HTTP/1.1\nHost: {{at}}") == 405
    assert exporter.reloads == 0


@pytest.mark.parametrize(
    ("addresses", "allowed", "refused"),
    [
        (["127.0.0.1:0"], ["127.0.0.1", "localhost", "[::1]"], ["10.0.0.7", "kpi", "0.0.0.0"]),
        (["0.0.0.0:0"], ["10.0.0.7:9847", "[2001:db8::1]"], ["kpi", "kpi.example.com"]),
        ([":0"], ["10.0.0.7:9847", "[2001:db8::1]"], ["kpi", "kpi.example.com"]),
        (["127.0.0.2:0", "[::1]:0"], ["127.0.0.2", "[0:0::1]"], ["10.0.0.7"]),
    ],
)
def test_hosts_follow_from_the_addresses(
    addresses: Sequence[str], allowed: Sequence[str], refused: Sequence[str]
) -> None:
    with ExitStack() as stack:
        hosts = AllowedHosts.of([stack.enter_context(listen(each)) for each in addresses])
        assert [host for host in (*allowed, *refused) if hosts.allows(host)] == list(allowed)


def test_any_name_where_that_is_wanted() -> None:
    assert AllowedHosts.of([], ["*"]).allows("evil.example")


def test_a_refused_name_is_logged_once(site: str, caplog: pytest.LogCaptureFixture) -> None:
    for _ in range(3):
        status(site, "GET /metrics HTTP/1.1\nHost: kpi:9847")
    for number in range(100):
        status(site, f"GET /metrics HTTP/1.1\nHost: {number}.example")
    logged = [record.getMessage() for record in caplog.records if "--web.allowed-host" in record.getMessage()]
    assert logged[0] == "refused a request for the host 'kpi:9847'; --web.allowed-host allows a name"
    assert len(logged) == 20
