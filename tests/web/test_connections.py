"""What clients may cost: connections, heads, bodies and answers on a real server, and the time that each may take."""

from __future__ import annotations

import asyncio
import resource
import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event

import pytest
import requests
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from exporter.web.access.gate import AccessFiles
from exporter.web.connections import KEPT_DESCRIPTORS, Connections, Patience, most_connections
from exporter.web.http_stats import HttpStats, Refusal
from exporter.web.pool import Pool
from exporter.web.sizes import LARGEST_BODY, LARGEST_HEAD, LONGEST_TARGET, PORTION, Sizes
from tests.servers.process import wait_until
from tests.support.web_server import served
from tests.web.access.certificates import write_authority, write_certificate

MOST = 4
HEAD, PORTION_SECONDS, IDLE = 10.0, 30.0, 150.0
LARGE = 40 * 1024 * 1024
"""More than the buffers of both sockets hold."""


@dataclass
class Site:
    """A server whose clients have as much time as a test lets pass; `/work` waits until the test releases it."""

    stats: HttpStats = field(default_factory=HttpStats)
    now: float = 1000.0
    released: Event = field(default_factory=Event)
    working: list[Request] = field(default_factory=list)
    url: str = ""
    connections: Connections = field(default_factory=Connections)

    @property
    def port(self) -> int:
        return int(self.url.rpartition(":")[2])

    def connect(self, text: str = "") -> socket.socket:
        client = socket.create_connection(("127.0.0.1", self.port), timeout=20)
        client.sendall(text.encode())
        return client

    def wait_for(self, connections: int) -> None:
        wait_until(lambda: self.stats.connections == connections, f"{connections} connections")

    def clock(self) -> float:
        self.loop = asyncio.get_running_loop()
        return self.now

    @contextmanager
    def busy(self) -> Iterator[None]:
        """Let the server do something else during the block."""
        done = Event()
        self.loop.call_soon_threadsafe(done.wait, 20)
        yield
        done.set()

    def let_pass(self, seconds: float) -> None:
        """Let time pass between two steps of the server, none of which sees it pass."""

        async def step() -> None:
            self.now += seconds

        asyncio.run_coroutine_threadsafe(step(), self.loop).result(20)

    def app(self) -> Starlette:
        def work(request: Request) -> Response:
            self.working.append(request)
            self.released.wait(30)
            return PlainTextResponse("done")

        async def quick(_: Request) -> Response:
            return PlainTextResponse("quick")

        async def large(_: Request) -> Response:
            return PlainTextResponse("x" * LARGE)

        return Starlette(
            routes=[
                Route("/work", Pool(self.stats, threads=8, waiting=0).endpoint(work)),
                Route("/quick", quick, methods=["GET", "POST"]),
                Route("/large", large),
            ],
            middleware=[Middleware(Sizes, self.stats)],
        )


@pytest.fixture
def site() -> Iterator[Site]:
    site = Site()
    patience = Patience(HEAD, PORTION_SECONDS, IDLE, look_every=0.02)
    site.connections = Connections(MOST, site.stats, patience, site.clock)
    with served(site.app(), None, site.connections) as site.url:
        yield site
        site.released.set()


QUICK = "GET /quick HTTP/1.1\r\nHost: localhost\r\n\r\n"
WORK = QUICK.replace("quick", "work")


def answer(client: socket.socket, end: bytes = b"quick") -> str:
    """Return what a client gets until `end`, or until the connection is closed."""
    received = b""
    while not received.endswith(end):
        part = client.recv(65536)
        if not part:
            break
        received += part
    return received.decode()


def is_open(client: socket.socket) -> bool:
    client.settimeout(0.05)
    try:
        return client.recv(1) != b""
    except TimeoutError:
        return True
    except ConnectionError:
        return False
    finally:
        client.settimeout(20)


@pytest.mark.parametrize("head", ["G", "GET /quick HTTP/1.1\r\nHost: localhost\r\nX-Slow: "])
def test_a_head_without_an_end_is_refused_in_time(site: Site, head: str) -> None:
    with site.connect(head) as client:
        site.wait_for(1)
        site.let_pass(HEAD - 1)
        client.sendall(b"x" * 10)  # a byte now and then is no reason to wait for longer
        assert is_open(client)
        site.let_pass(1)
        assert answer(client).startswith("HTTP/1.1 408 Request Timeout\r\n")
        site.wait_for(0)
    assert site.stats.refused[Refusal.TOO_SLOW] == 1


def test_a_connection_without_a_request_is_closed_in_time(site: Site) -> None:
    with site.connect() as client:
        site.wait_for(1)
        site.let_pass(HEAD)
        assert answer(client) == ""
    assert site.stats.refused[Refusal.TOO_SLOW] == 0, "nothing was refused"


def test_the_next_head_on_a_connection_has_the_same_limit(site: Site) -> None:
    with site.connect(QUICK) as client:
        assert answer(client).endswith("quick")
        site.let_pass(IDLE - 1)
        client.sendall(b"GET /qu")
        wait_until(lambda: site.stats.connections == 1 and is_open(client), "it to be taken")
        site.let_pass(HEAD)
        assert answer(client).startswith("HTTP/1.1 408 ")


def test_an_idle_connection_is_closed(site: Site) -> None:
    with site.connect(QUICK) as client:
        assert answer(client).endswith("quick")
        site.let_pass(IDLE - 1)
        assert is_open(client)
        client.sendall(QUICK.encode())
        assert answer(client).endswith("quick")
        site.let_pass(IDLE - 1)
        assert is_open(client), "each answer begins the time anew"
        site.let_pass(1)
        assert answer(client) == ""


def test_requests_that_come_together_are_answered_one_after_the_other(site: Site) -> None:
    with site.connect(QUICK + QUICK + QUICK[:20]) as client:
        received = ""
        while received.count("quick") < 2:
            received += answer(client)
        site.let_pass(HEAD)
        assert answer(client).startswith("HTTP/1.1 408 "), "the third has begun"


def test_no_answer_takes_a_client_too_long(site: Site) -> None:
    with site.connect(WORK) as client:
        wait_until(lambda: len(site.working) == 1, "the work")
        site.let_pass(10 * IDLE)
        assert is_open(client), "the exporter is the one who is slow"
        site.released.set()
        assert answer(client, b"done").endswith("done")


def test_who_takes_no_answer_is_dropped(site: Site) -> None:
    with site.connect(QUICK.replace("quick", "large")) as client:
        taken = len(client.recv(1000))
        for _ in range(3):  # who takes a portion in time gets the next
            site.let_pass(PORTION_SECONDS - 1)
            wanted = taken + 16 * PORTION
            while taken < wanted:
                taken += len(client.recv(65536))
            assert site.stats.connections == 1

        def dropped() -> bool:
            site.let_pass(PORTION_SECONDS)
            return site.stats.connections == 0

        wait_until(dropped, "the client to be dropped")
        while part := receive(client):
            taken += len(part)
    assert taken < LARGE
    assert site.stats.refused[Refusal.TOO_SLOW] == 1


def receive(client: socket.socket) -> bytes:
    try:
        return client.recv(65536)
    except ConnectionError:
        return b""


def test_one_connection_too_many_takes_the_place_of_the_one_that_waits_longest(site: Site) -> None:
    with site.connect(WORK) as working, site.connect(QUICK) as first, site.connect("GET /") as second:
        wait_until(lambda: len(site.working) == 1, "the work")
        answer(first)
        site.wait_for(3)
        site.let_pass(1)
        with site.connect() as third:
            site.wait_for(4)
            with site.connect(QUICK) as scrape:
                assert answer(scrape).endswith("quick")
                waiting = [first, second, third]
                wait_until(lambda: sum(map(is_open, waiting)) == 2, "one to be dropped")
                assert is_open(third), "it came last"
            assert is_open(working)
            site.released.set()
            assert answer(working, b"done").endswith("done")
    assert site.stats.refused[Refusal.TOO_MANY] == 1


def test_connections_that_have_work_stay(site: Site) -> None:
    with ExitStack() as stack:
        clients = [stack.enter_context(site.connect(WORK)) for _ in range(MOST)]
        wait_until(lambda: len(site.working) == MOST, "the work")
        with site.connect() as another:
            wait_until(lambda: not is_open(another), "one more to be refused")
        site.released.set()
        assert [answer(client, b"done")[-4:] for client in clients] == ["done"] * MOST
    site.wait_for(0)
    assert requests.get(f"{site.url}/quick", timeout=10).ok


def test_whoever_sends_many_requests_at_once_gives_way(site: Site) -> None:
    with ExitStack() as stack:
        for _ in range(MOST):
            stack.enter_context(site.connect(WORK * 3))
        wait_until(lambda: len(site.working) == MOST, "the work")
        with site.connect(QUICK) as scrape:
            assert answer(scrape).endswith("quick")
    site.released.set()
    site.wait_for(0)


def test_a_request_that_came_before_others_connected_is_answered(site: Site) -> None:
    with ExitStack() as stack, site.connect(QUICK) as scraper:
        answer(scraper)
        for _ in range(MOST - 1):
            stack.enter_context(site.connect())
        site.wait_for(MOST)
        site.let_pass(1)
        with site.busy():
            scraper.sendall(QUICK.encode())
            for _ in range(MOST - 1):
                stack.enter_context(site.connect())
        assert answer(scraper).endswith("quick")
        wait_until(lambda: site.stats.refused[Refusal.TOO_MANY] == MOST - 1, "the others to give way")
        assert is_open(scraper)


def test_a_server_that_ends_takes_no_connection_that_was_accepted_already(site: Site) -> None:
    with site.connect(QUICK) as client:
        answer(client)
        site.loop.call_soon_threadsafe(site.connections.close)
        with site.connect() as late:
            wait_until(lambda: not is_open(late), "the connection to be refused")
        client.sendall(QUICK.encode())
        assert answer(client).endswith("quick")


@pytest.mark.parametrize(
    ("request_text", "status"),
    [
        ("no request\r\n\r\n", "400 Bad Request"),
        ("GET /quick HTTP/1.1\r\n\r\n", "400 Bad Request"),
        ("GET /quick HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", "400 Bad Request"),
        ("GET /quick HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n", "400 Bad Request"),
        ("GET /quick HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip\r\n\r\n", "501 Not Implemented"),
        (f"GET /{'a' * 1_000_000} HTTP/1.1\r\nHost: a\r\n\r\n", "431 Request Header Fields Too Large"),
        (f"GET / HTTP/1.1\r\nHost: a\r\nX: {'y' * LARGEST_HEAD}\r\n\r\n", "431 "),
        ("GET / HTTP/1.1\r\nHost: a\r\n" + "X: y\r\n" * (LARGEST_HEAD // 3) + "\r\n", "431 "),
        (f"GET /{'a' * LONGEST_TARGET} HTTP/1.1\r\nHost: a\r\n\r\n", "414 "),
        (f"GET /quick?{'a' * LONGEST_TARGET} HTTP/1.1\r\nHost: a\r\n\r\n", "414 "),
        (f"POST /quick HTTP/1.1\r\nHost: a\r\nContent-Length: {LARGEST_BODY + 1}\r\n\r\n", "413 "),
        (f"POST /quick HTTP/1.1\r\nHost: a\r\nContent-Length: {'9' * 19}\r\n\r\n", "413 "),
    ],
)
def test_what_is_too_large_or_no_request(site: Site, request_text: str, status: str) -> None:
    with site.connect(request_text) as client:
        assert answer(client, b"\n").startswith(f"HTTP/1.1 {status}")
    assert requests.get(f"{site.url}/quick?{'a' * (LONGEST_TARGET - 7)}", timeout=10).ok
    assert requests.post(f"{site.url}/quick", "a" * LARGEST_BODY, timeout=10).ok
    reasons = {reason for reason, count in site.stats.refused.items() if count}
    assert len(reasons) == 1
    assert reasons <= {Refusal.TOO_LARGE, Refusal.MALFORMED}


def test_a_body_without_an_end_keeps_no_connection(site: Site) -> None:
    head = "POST /quick HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n"
    with site.connect(head + "5\r\nabcde\r\n") as client:
        assert answer(client).endswith("quick")
        client.sendall(b"5\r\nabcde\r\n")
        assert is_open(client)
        site.let_pass(HEAD)
        assert answer(client) == ""


def test_a_body_that_is_none_ends_the_connection_and_nothing_else(site: Site, caplog: pytest.LogCaptureFixture) -> None:
    head = "GET /work HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n"
    with site.connect(head) as client:
        wait_until(lambda: len(site.working) == 1, "the work")
        client.sendall(b"not a length\r\n")
        assert answer(client) == ""
    site.released.set()
    site.wait_for(0)
    assert requests.get(f"{site.url}/quick", timeout=10).ok
    assert "Exception" not in caplog.text


def test_a_handshake_has_the_limit_of_a_head(tmp_path: Path) -> None:
    authority = write_authority(tmp_path)
    write_certificate(tmp_path, authority, "server", "127.0.0.1")
    (tmp_path / "web.yml").write_text("tls_server_config: {cert_file: server.pem, key_file: server.key}\n")
    tls, site = AccessFiles(tmp_path / "web.yml").tls(), Site()
    patience = Patience(HEAD, PORTION_SECONDS, IDLE, look_every=0.02)
    with served(site.app(), tls, Connections(MOST, site.stats, patience, site.clock)) as site.url:
        hello = b"\x16\x03\x01\x02\x00\x01"
        with site.connect() as silent, site.connect() as half:
            half.sendall(hello)
            site.wait_for(2)
            assert get_over_tls(site, tmp_path) == "quick"
            site.wait_for(2)
            site.let_pass(HEAD)
            assert (answer(silent), answer(half)) == ("", "")
            site.wait_for(0)
        with site.connect("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n") as plain:
            answer(plain)
        site.wait_for(0)
        clients = [site.connect() for _ in range(MOST)]
        site.wait_for(MOST)
        assert get_over_tls(site, tmp_path) == "quick", "one of the handshakes gives way"
        for client in clients:
            client.close()
        site.wait_for(0)
    assert site.stats.refused[Refusal.TOO_SLOW] == 2


def get_over_tls(site: Site, folder: Path) -> str:
    with requests.Session() as session:
        session.trust_env, session.verify = False, str(folder / "ca.pem")
        return session.get(f"{site.url}/quick", timeout=10).text


@pytest.mark.parametrize(
    ("files", "wanted", "most"),
    [(1_000_000, 256, 256), (1024, 256, 256), (200, 256, 200 - KEPT_DESCRIPTORS), (64, 256, 16), (200, 8, 8)],
)
def test_files_are_kept_for_polls(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, files: int, wanted: int, most: int
) -> None:
    monkeypatch.setattr(resource, "getrlimit", lambda _: (files, files))
    assert most_connections(wanted) == most
    assert ("connections at once, as the process may open" in caplog.text) == (most < wanted)


def test_files_without_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    unlimited = resource.RLIM_INFINITY
    monkeypatch.setattr(resource, "getrlimit", lambda _: (unlimited, unlimited))
    assert most_connections(5000) == 5000
