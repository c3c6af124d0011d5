"""HTTP servers that are busy, slow, gone or without end: asked again as they say, within the poll's time."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from email.utils import format_datetime
from itertools import repeat
from threading import Event

import pytest

from exporter.records.batch import Answer, SourceFailed
from exporter.sources.interface import Deadline
from tests.servers.process import free_port
from tests.servers.raw import RawServer, drip
from tests.servers.standin import HttpRequest, HttpResponse, Standin
from tests.sources.http_sources import LEADS, always, http, leads, one_after_the_other
from tests.support.source_polls import NOON, Clock, poll


def busy(status: int = 503, **headers: str) -> HttpResponse:
    return HttpResponse({"error": "busy"}, status, {name.replace("_", "-"): value for name, value in headers.items()})


@pytest.mark.parametrize("status", [429, 502, 503, 504])
def test_a_busy_server_is_asked_again_later_and_later(status: int) -> None:
    clock = Clock()
    with Standin(one_after_the_other(busy(status), busy(status), busy(status), HttpResponse(LEADS))) as server:
        polled = poll(leads(server, clock=clock), deadline=Deadline(60, clock))
    assert len(polled.rows["leads"]) == 7
    assert len(clock.slept) == 3
    assert 0 < clock.slept[0] < clock.slept[1] < clock.slept[2]


def test_a_server_that_stays_busy_is_given_up() -> None:
    clock = Clock()
    with Standin(always(busy())) as server:
        with pytest.raises(SourceFailed, match="answered 503 Service Unavailable"):
            poll(leads(server, clock=clock), deadline=Deadline(600, clock))
        assert len(server.requests) == 5


@pytest.mark.parametrize("status", [400, 404, 500])
def test_an_error_that_will_not_pass_is_not_asked_again(status: int) -> None:
    with Standin(always(busy(status))) as server:
        with pytest.raises(SourceFailed, match=f"answered {status}"):
            poll(leads(server))
        assert len(server.requests) == 1


LATER = format_datetime(NOON + timedelta(seconds=20), usegmt=True)


@pytest.mark.parametrize(
    "response",
    [
        busy(429, Retry_After="20"),
        busy(429, Retry_After=LATER, Date=format_datetime(NOON, usegmt=True)),
        busy(503, Retry_After="20"),
    ],
)
def test_the_server_says_how_long_to_wait(response: HttpResponse) -> None:
    clock = Clock()
    with Standin(one_after_the_other(response, HttpResponse(LEADS))) as server:
        poll(leads(server, clock=clock), deadline=Deadline(60, clock))
    assert clock.slept == [20]


def test_a_date_to_wait_for_is_read_by_the_clock_of_the_server() -> None:
    clock, ahead = Clock(), timedelta(hours=3)
    dates = {"Retry_After": NOON + ahead + timedelta(seconds=20), "Date": NOON + ahead}
    late = busy(429, **{name: format_datetime(date, usegmt=True) for name, date in dates.items()})
    with Standin(one_after_the_other(late, HttpResponse(LEADS))) as server:
        poll(leads(server, clock=clock), deadline=Deadline(60, clock))
    assert clock.slept == [20]


def test_waiting_longer_than_the_poll_may_take_fails_at_once() -> None:
    clock = Clock()
    with (
        Standin(always(busy(429, Retry_After="120"))) as server,
        pytest.raises(SourceFailed, match=r"429 Too Many Requests.*asks to wait 120s, longer than this poll may"),
    ):
        poll(leads(server, clock=clock), deadline=Deadline(60, clock))
    assert clock.slept == []


def test_no_wait_goes_beyond_the_deadline() -> None:
    clock = Clock()
    with Standin(always(busy())) as server, pytest.raises(SourceFailed, match="answered 503"):
        poll(leads(server, clock=clock), deadline=Deadline(2, clock))
    assert sum(clock.slept) < 2


def test_a_server_that_is_not_there_is_asked_again_and_named() -> None:
    clock, port = Clock(), free_port()
    source = http(f"http://127.0.0.1:{port}/secret/path", clock, tables={"leads": {"params": {"key": "t0ken"}}})
    with pytest.raises(SourceFailed, match=f"^table leads: http://127.0.0.1:{port} did not answer: Connection refused"):
        poll(source, deadline=Deadline(60, clock))
    assert len(clock.slept) == 4


def test_an_answer_that_breaks_off_is_asked_for_again() -> None:
    clock = Clock()
    half = HttpResponse(pieces=[b'[{"lead_id": "l'], headers={"Content-Length": "1000"})
    with Standin(one_after_the_other(half, HttpResponse(LEADS))) as server:
        assert len(poll(leads(server, clock=clock), deadline=Deadline(60, clock)).rows["leads"]) == 7


def test_a_server_that_does_not_answer_in_time() -> None:
    released = Event()

    def slowly() -> Iterator[bytes]:
        yield b"["
        released.wait(30)

    def hang(request: HttpRequest) -> HttpResponse:
        return HttpResponse(pieces=slowly())

    with Standin(hang) as server:
        with pytest.raises(SourceFailed, match=r"^table leads: timed out after 0\.5s"):
            poll(leads(server), deadline=Deadline(0.5))
        released.set()


@pytest.mark.parametrize("packed", [False, True])
def test_a_body_without_end_is_cut_off(packed: bool) -> None:
    bomb = gzip.compress(b"[" + b" " * 50_000_000)
    response = (
        HttpResponse(pieces=[bomb], headers={"Content-Encoding": "gzip"})
        if packed
        else HttpResponse(pieces=repeat(b" " * 65536))
    )
    with (
        Standin(always(response)) as server,
        pytest.raises(SourceFailed, match=r"is longer than `max_body` \(1\.0MiB\)"),
    ):
        poll(http(server, max_body="1MiB", tables={"leads": {}}))


DRIPS = {
    "the first line": (b"HTTP/1.1 ", b"2"),
    "a header": (b"HTTP/1.1 200 OK\r\nX-Long: ", b"x"),
    "headers": (b"HTTP/1.1 200 OK\r\n", b"X: y\r\n"),
    "a body of some length": (b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n", b" "),
    "a body until the end": (b'HTTP/1.1 200 OK\r\n\r\n{"v": 7}', b" "),
    "a chunk": (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nfffff\r\n", b" "),
    "an error": (b"HTTP/1.1 500 No\r\nContent-Length: 100000\r\n\r\n", b"x"),
}


@pytest.mark.parametrize("what", DRIPS)
def test_what_drips_in_ends_at_the_deadline_and_costs_one_poll(what: str) -> None:
    with RawServer(lambda: drip(*DRIPS[what])) as server:
        source = http(server.url, measures={"m": {"select": "v", "unit": "count"}})
        with pytest.raises(SourceFailed, match=r"^measure m: timed out after 0.3s$"):
            poll(source, deadline=Deadline(0.3))
        server.answer = lambda: [b'HTTP/1.1 200 OK\r\n\r\n{"v": 7}']
        assert poll(source).answers == [Answer("m", Decimal(7))]
