"""HTTP heads that nobody should send: each is answered or ends its connection, and the server goes on as before."""

from __future__ import annotations

import logging
import socket
from collections.abc import Iterator

import pytest
import requests
from hypothesis import given
from hypothesis import strategies as st

from exporter.web.connections import Connections, Patience
from tests.support.examples import examples
from tests.support.readings import acme, snapshot
from tests.support.web_server import StandInExporter, serve_exporter

STATUSES = {200, 304, 400, 403, 404, 405, 408, 413, 414, 421, 431, 501, 503, 505}


class Problems(logging.Handler):
    """Collects what the server logs as an error."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.records: list[logging.LogRecord] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.records.append(record)


class Site:
    """A server, and the errors that it logged."""

    def __init__(self, address: str, problems: Problems) -> None:
        self.address, self.problems = address, problems
        self._at = ("127.0.0.1", int(address.rpartition(":")[2]))

    def answers(self, sent: bytes) -> bytes:
        """Return all that comes back until the server closes the connection, which is told that nothing more comes."""
        received = b""
        with socket.create_connection(self._at, timeout=20) as client:
            try:
                client.sendall(sent)
                client.shutdown(socket.SHUT_WR)
                while part := client.recv(65536):
                    received += part
            except ConnectionError:
                pass  # it was cut off
        return received

    def is_well(self) -> bool:
        return requests.get(f"{self.address}/-/healthy", timeout=20).ok and not self.problems.records


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    problems = Problems()
    logging.getLogger().addHandler(problems)
    connections = Connections(patience=Patience(head=20, look_every=0.2))
    with serve_exporter(StandInExporter(snapshot(acme())), connections=connections) as address:
        yield Site(address, problems)
    logging.getLogger().removeHandler(problems)


def check(site: Site, sent: bytes) -> None:
    received = site.answers(sent)
    if received:
        first = received.split(b"\r\n", 1)[0].split(b" ")
        assert first[0] == b"HTTP/1.1"
        assert int(first[1]) in STATUSES, sent
    assert b"Traceback" not in received
    assert site.is_well(), (sent, site.problems.records)


HOST = b"Host: localhost\r\n"
GET = b"GET /metrics HTTP/1.1\r\n" + HOST
HEADS = [
    b"",
    b"\r\n" * 1000,
    b"\x00" * 100,
    b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    b"GET /metrics\r\n\r\n",
    b"GET /metrics HTTP/0.9\r\n\r\n",
    b"GET /metrics HTTP/1.0\r\n\r\n",
    b"GET /metrics HTTP/2.0\r\n" + HOST + b"\r\n",
    b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    b"OPTIONS * HTTP/1.1\r\n" + HOST + b"\r\n",
    b"CONNECT localhost:1 HTTP/1.1\r\n" + HOST + b"\r\n",
    b"CONNECT localhost:1 HTTP/1.1\r\n" + HOST + b"\r\nmore",
    b"GET http://localhost/metrics HTTP/1.1\r\n" + HOST + b"\r\n",
    b"GET /%ff%00%2e%2e/ HTTP/1.1\r\n" + HOST + b"\r\n",
    b"GET //metrics HTTP/1.1\r\n" + HOST + b"\r\n",
    b"GET /kpi/acme/%0d%0aX:%20y HTTP/1.1\r\n" + HOST + b"\r\n",
    b"GET /?range=%ff&theme=\xc3\xa9 HTTP/1.1\r\n" + HOST + b"\r\n",
    b"GET /?" + b"a=b&" * 1500 + b" HTTP/1.1\r\n" + HOST + b"\r\n",
    b"GET /kpi/acme/" + b"m" * 8000 + b" HTTP/1.1\r\n" + HOST + b"\r\n",
    GET + b"Host: localhost\r\n\r\n",
    GET + b"X\r\n\r\n",
    GET + b" folded: line\r\n\r\n",
    GET + b"X: \xff\xfe\r\nAccept: \xff;q=\xb2\r\n\r\n",
    GET + b"Accept: " + b"a/b;q=0.5," * 500 + b"\r\n\r\n",
    GET + b"Accept-Encoding: gzip;q=" + b"9" * 5000 + b"\r\n\r\n",
    GET + b"If-None-Match: " + b'W/"' * 2000 + b"\r\n\r\n",
    GET + b"Authorization: Basic " + b"=" * 3000 + b"\r\n\r\n",
    GET + b"Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: x\r\n\r\n",
    GET + b"Connection: close, close, keep-alive\r\n\r\n" + GET + b"\r\n",
    GET + b"Expect: 100-continue\r\nContent-Length: 5\r\n\r\n",
    GET + b"Content-Length: 5\r\nContent-Length: 6\r\n\r\nabcdef",
    GET + b"Content-Length: +5\r\n\r\nabcde",
    GET + b"Content-Length: \xc2\xb2\r\n\r\n",
    GET + b"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + GET + b"\r\n",
    GET + b"Transfer-Encoding: chunked\r\n\r\nffffffffffffffffffff\r\n",
    GET + b"Transfer-Encoding: chunked\r\n\r\n1;" + b"x" * 20000 + b"\r\na\r\n0\r\n\r\n",
    GET + b"Transfer-Encoding: chunked\r\n\r\n0\r\n" + b"T: y\r\n" * 5000 + b"\r\n",
    GET + b"\r\n" + b"garbage after a request",
    (GET + b"\r\n") * 200,
    b"POST /-/reload HTTP/1.1\r\n" + HOST + b"Origin: null\r\n\r\n",
    b"POST /-/reload HTTP/1.1\r\n" + HOST + b"Origin: http://[::1\r\n\r\n",
    b"GET /metrics HTTP/1.1\r\nHost: [::1\r\n\r\n",
    b"GET /metrics HTTP/1.1\r\nHost: localhost:" + b"9" * 4000 + b"\r\n\r\n",
    b"GET /metrics HTTP/1.1\r\nHost: \xe2\x91\xa0\r\n\r\n",
]


@pytest.mark.parametrize("sent", HEADS, ids=lambda sent: repr(sent[:60]))
def test_a_head_that_nobody_should_send(site: Site, sent: bytes) -> None:
    check(site, sent)


TOKENS = st.text("abcdefghijklmnopqrstuvwxyzABCXYZ-_!#$%&'*+.^`|~0123456789", min_size=1, max_size=20)
NAMES = st.sampled_from(
    [
        *("Host", "Accept", "Accept-Encoding", "Authorization", "Connection", "Content-Length", "Cookie", "Expect"),
        *("Forwarded", "If-None-Match", "Origin", "Sec-Fetch-Site", "TE", "Transfer-Encoding", "Upgrade"),
    ]
)
VALUES = st.one_of(
    st.binary(max_size=60),
    st.sampled_from(
        [b"localhost", b"chunked", b"gzip;q=0.5", b"Basic eDp5", b"100-continue", b"0", b"-1", b"18446744073709551616"]
    ),
)
PATHS = st.sampled_from(
    [
        *("/", "/metrics", "/kpi/acme/mrr", "/kpi/acme/mrr/values.csv", "/sources", "/rejected.csv", "/-/ready"),
        *("/-/reload", "/api/v1/kpis", "/api/v1/explain", "/api/v1/backtest", "/api/v1/report", "/api/v1/accept"),
    ]
)
QUERIES = st.lists(st.tuples(st.sampled_from(["company", "kpi", "range", "since", "status", "format"]), st.binary()))


@st.composite
def requests_in_bytes(draw: st.DrawFn) -> bytes:
    """Return a request that is nearly one: of known paths and headers, with values that are not, and cut somewhere."""
    method = draw(st.one_of(st.sampled_from(["GET", "HEAD", "POST", "OPTIONS", "PUT"]), TOKENS)).encode()
    query = b"&".join(name.encode() + b"=" + value for name, value in draw(QUERIES))
    target = draw(PATHS).encode() + (b"?" + query if query else b"")
    version = draw(st.sampled_from([b"HTTP/1.1", b"HTTP/1.0", b"HTTP/1.2", b"http/1.1", b""]))
    lines = [b" ".join((method, target, version)), *draw(st.lists(st.just(b"Host: localhost"), max_size=1))]
    pairs = draw(st.lists(st.tuples(st.one_of(NAMES, TOKENS), VALUES), max_size=8))
    lines += [name.encode() + b":" + value for name, value in pairs]
    whole = draw(st.sampled_from([b"\r\n", b"\n"])).join(lines) + b"\r\n\r\n" + draw(st.binary(max_size=40))
    return whole[: draw(st.one_of(st.just(len(whole)), st.integers(0, len(whole))))]


@pytest.mark.exhaustive
@examples(300)
@given(sent=st.one_of(requests_in_bytes(), st.binary(max_size=300)))
def test_any_head(site: Site, sent: bytes) -> None:
    check(site, sent)
