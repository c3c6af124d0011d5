"""Hostile clients of a whole exporter that may open few files: it is scraped, polls, logs little, and ends."""

from __future__ import annotations

import re
import signal
import socket
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, suppress

import pytest

from tests.servers.exporter_process import Exporter
from tests.servers.process import wait_until

pytestmark = pytest.mark.integration

FILES = 180
"""Fewer than there are clients, and enough for the store and polls."""

CLIENTS = 300
LARGEST_LOG = 200_000
MOST_GROWTH = 100
"""Megabytes."""

COMPANY = """
company: acme
title: Acme
currency: EUR
timezone: UTC
launch: 2024-01-01
links: {runbooks: "https://r.example.com", dashboards: "https://g.example.com"}
sources:
  s: {type: files, every: 1s, measures: {one: {path: d.csv, query: SELECT 1 AS value, unit: count}}}
kpis:
  one: {title: One, area: a, definition: d, unit: count, window: now, cadence: daily}
"""
GET = b"GET /metrics HTTP/1.1\r\nHost: localhost\r\n"


class Crowded:
    """A running exporter and the connections of its clients."""

    def __init__(self, exporter: Exporter, stack: ExitStack) -> None:
        self.exporter = exporter
        self._stack = stack

    def send(self, data: bytes) -> None:
        """Send something on a new connection that stays open."""
        client = self._stack.enter_context(socket.create_connection(("127.0.0.1", self.exporter.port), timeout=20))
        with suppress(ConnectionError):
            client.sendall(data)

    def polls(self) -> float:
        return self.exporter.value("kpi_source_polls_total", company="acme", source="s") or 0.0

    def memory(self) -> int:
        return int(self.exporter.value("process_resident_memory_bytes") or 0) // 1_000_000


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Exporter]:
    folder = tmp_path_factory.mktemp("exporter")
    (folder / "acme.yaml").write_text(COMPANY)
    (folder / "d.csv").write_text("value\n1\n")
    with Exporter(folder, [folder / "acme.yaml"], prefix=["prlimit", f"--nofile={FILES}:{FILES}"]) as exporter:
        wait_until(lambda: exporter.value("kpi_one", company="acme") == 1, "the first poll")
        yield exporter


@pytest.fixture
def crowded(running: Exporter) -> Iterator[Crowded]:
    with ExitStack() as stack:
        yield Crowded(running, stack)


CROWDS: dict[str, Sequence[bytes]] = {
    "silent": [b""],
    "half a request": [GET, b"G", GET + b"X: "],
    "half a body": [b"POST /-/reload HTTP/1.1\r\nHost: localhost\r\nContent-Length: 60000\r\n\r\nabc"],
    "heads that are too large": [GET + b"X: " + b"y" * 40_000 + b"\r\n\r\n", b"GET /" + b"a" * 300_000],
    "no HTTP": [b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc", b"\x00" * 5000, b"hello\r\n\r\n"],
    "answers that nobody takes": [(GET + b"\r\n") * 50, b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n" * 20],
    "other sites and names": [GET.replace(b"localhost", b"evil%d.example") + b"\r\n"],
    "analyses": [b"GET /api/v1/backtest?company=acme&since=2024-01-01 HTTP/1.1\r\nHost: localhost\r\n\r\n"],
}


@pytest.mark.parametrize("kind", CROWDS)
def test_a_crowd_is_survived(crowded: Crowded, kind: str) -> None:
    exporter = crowded.exporter
    before, memory = crowded.polls(), crowded.memory()
    for number in range(CLIENTS):
        data = CROWDS[kind][number % len(CROWDS[kind])]
        crowded.send(data.replace(b"%d", str(number).encode()))
    assert exporter.value("kpi_one", company="acme") == 1
    wait_until(lambda: crowded.polls() >= before + 2, "polls to go on")
    assert exporter.value("kpi_source_up", company="acme", source="s") == 1
    assert exporter.ready()
    assert crowded.memory() < memory + MOST_GROWTH
    assert exporter.log.stat().st_size < LARGEST_LOG


def test_it_ends_when_told_among_all_of_them(running: Exporter) -> None:
    with ExitStack() as stack:
        crowded = Crowded(running, stack)
        for number in range(CLIENTS):
            crowded.send([GET, b"", CROWDS["answers that nobody takes"][0]][number % 3])
        running.stop(signal.SIGTERM)
    text = running.log.read_text()
    assert "stopped" in text
    assert not re.search("Traceback|ERROR", text)
