"""The pools: what is requested for at once waits or is refused, and neither a scrape nor health waits with it."""

from __future__ import annotations

import logging
import socket
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Event
from typing import TypeVar

import pytest
import requests

from exporter.analysis.definition import Analysis, Content
from exporter.analysis.parameters import Texts
from exporter.web.pool import RETRY_SECONDS
from exporter.web.repeats import EVERY_SECONDS, Repeats
from tests.servers.process import wait_until
from tests.support.readings import acme, snapshot, source
from tests.support.web_server import StandInAnalyses, StandInExporter, serve_exporter

R = TypeVar("R")
A = TypeVar("A")

BACKTEST = "/api/v1/backtest?company=acme&since=2026-01-01"
BACKFILL = "/api/v1/backfill?since=2026-01-01"
RUNNING, PLACES = 2, 8
"""Of the pool of analyses."""

PART = 1_000_000
"""Bytes of one part of a backfill."""


class SlowAnalyses(StandInAnalyses):
    """Analyses that end when a test releases them; a backfill yields parts as long as somebody takes them."""

    def __init__(self, exporter: StandInExporter) -> None:
        super().__init__(exporter)
        self.begun: list[str] = []
        self.released = Event()
        self.parts = 0
        self.ended = Event()

    def answer(self, analysis: Analysis[R, A], texts: Texts) -> Content:
        self.begun.append(analysis.name)
        if analysis.streamed:
            return Content("text/plain", self._endless())
        self.released.wait(30)
        return Content("text/plain", b"done")

    def _endless(self) -> Iterator[bytes]:
        try:
            while True:
                self.parts += 1
                yield b"x" * PART
        finally:
            self.ended.set()


class Site:
    """A server of an exporter with slow analyses."""

    def __init__(self) -> None:
        self.exporter = StandInExporter(snapshot(replace(acme(), sources=(source(up=True),))))
        self.analyses = self.exporter.analyses = SlowAnalyses(self.exporter)
        self.url = ""

    def get(self, path: str) -> requests.Response:
        return requests.get(self.url + path, timeout=30)

    def refused(self) -> float:
        (line,) = (line for line in self.get("/metrics").text.splitlines() if 'refused_total{reason="busy"}' in line)
        return float(line.split()[-1])


@pytest.fixture
def site() -> Iterator[Site]:
    site = Site()
    with serve_exporter(site.exporter, refresh_seconds=0.05) as site.url:
        yield site
        site.analyses.released.set()


def test_a_full_pool_refuses_and_keeps_nothing_else_from_being_answered(site: Site) -> None:
    with ThreadPoolExecutor(60) as clients:
        requested = [clients.submit(site.get, BACKTEST) for _ in range(60)]
        wait_until(lambda: sum(each.done() for each in requested) == 60 - PLACES, "those for which there is no room")
        wait_until(lambda: len(site.analyses.begun) == RUNNING, "the pool to be busy")
        refused = site.get(BACKTEST)
        assert (refused.status_code, refused.text) == (503, "too much is asked for at once; try again\n")
        assert refused.headers["retry-after"] == str(RETRY_SECONDS)
        assert refused.headers["x-content-type-options"] == "nosniff"
        for path in ("/metrics", "/-/healthy", "/-/ready", "/", "/kpi/acme/mrr", "/sources", "/api/v1/kpis"):
            assert site.get(path).status_code == 200, path
        assert requests.post(f"{site.url}/-/reload", timeout=10).ok
        site.analyses.released.set()
        answers = [each.result() for each in requested]
    assert sorted(each.status_code for each in answers) == [200] * PLACES + [503] * (60 - PLACES)
    assert site.get(BACKTEST).text == "done"
    wait_until(lambda: site.refused() == 60 - PLACES + 1, "the counter")


def test_who_left_is_not_worked_for(site: Site) -> None:
    address = ("127.0.0.1", int(site.url.rpartition(":")[2]))
    with ThreadPoolExecutor(RUNNING) as clients:
        requested = [clients.submit(site.get, BACKTEST) for _ in range(RUNNING)]
        wait_until(lambda: len(site.analyses.begun) == RUNNING, "the pool to be busy")
        for _ in range(PLACES - RUNNING):
            with socket.create_connection(address, timeout=10) as client:
                client.sendall(f"GET {BACKTEST} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
        wait_until(lambda: site.get(BACKTEST.replace("backtest", "explain")).status_code == 503, "them to wait")
        site.analyses.released.set()
        assert [each.result().text for each in requested] == ["done"] * RUNNING
    wait_until(lambda: site.get(BACKTEST).ok, "the places to be free")
    assert len(site.analyses.begun) == RUNNING + 1


def test_a_stream_goes_on_as_far_as_its_client_takes_it_and_ends_with_it(site: Site) -> None:
    with requests.get(f"{site.url}{BACKFILL}", stream=True, timeout=10) as answer:
        taken = answer.iter_content(PART)
        next(taken)
        wait_until(lambda: site.analyses.parts > 1, "some parts")
        before = 0
        while site.analyses.parts != before:  # as much as the buffers of both sockets hold
            before = site.analyses.parts
            assert site.get("/-/healthy").ok
        assert before < 30
        received = 0
        while received < (before + 5) * PART:
            received += len(next(taken))
        assert site.analyses.parts > before
        assert not site.analyses.ended.is_set()
    assert site.analyses.ended.wait(20)


def test_streams_take_places_for_as_long_as_they_last(site: Site) -> None:
    streams = [requests.get(f"{site.url}{BACKFILL}", stream=True, timeout=10) for _ in range(PLACES)]
    assert [stream.status_code for stream in streams] == [200] * PLACES
    assert site.get(BACKFILL).status_code == 503
    assert site.get("/metrics").ok
    for stream in streams:
        stream.close()
    site.analyses.released.set()
    wait_until(lambda: site.get(BACKTEST).ok, "the places to be free")


class Hands:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def record(message: str, *arguments: object, raised: Exception | None = None) -> logging.LogRecord:
    exc_info = (type(raised), raised, raised.__traceback__) if raised else None
    return logging.LogRecord("uvicorn.error", logging.WARNING, __file__, 1, message, arguments, exc_info)


def raised_by(fails: Callable[[], object]) -> Exception:
    try:
        fails()
    except Exception as error:
        return error
    raise AssertionError("it did not fail")


def test_a_repeated_line_is_logged_once_a_minute_with_the_number_of_those_left_out() -> None:
    clock = Hands()
    repeats = Repeats(clock)
    assert [repeats.filter(record("Invalid HTTP request received.")) for _ in range(1000)] == [True] + [False] * 999
    assert repeats.filter(record("another"))
    clock.now += EVERY_SECONDS
    last = record("Invalid HTTP request received.")
    assert repeats.filter(last)
    assert last.getMessage() == "Invalid HTTP request received. (999 times more since the last of these lines)"
    clock.now += EVERY_SECONDS
    last = record("%s: 100%%", "Invalid")
    assert repeats.filter(last)
    assert last.getMessage() == "Invalid: 100%"


def test_what_differs_in_its_details_is_one_line_and_what_failed_elsewhere_another() -> None:
    repeats = Repeats(Hands())
    out_of_files = "socket.accept() out of system resource\nsocket: <TransportSocket fd=%d>"
    assert [repeats.filter(record(out_of_files % number)) for number in range(3)] == [True, False, False]
    errors = [raised_by(fails) for fails in (one_failure, one_failure, another_failure)]
    failed = [repeats.filter(record("Exception in ASGI application\n", raised=error)) for error in errors]
    assert failed == [True, False, True]


def one_failure() -> None:
    raise ValueError


def another_failure() -> None:
    raise ValueError
