"""A simulated month of polls, evaluations, reloads, scrapes and slow clients: nothing grows with time."""

from __future__ import annotations

import gc
import os
import socket
import threading
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest
import requests

from exporter.runtime.service import Runtime
from exporter.web.access.settings import WebSettings
from exporter.web.app import create_app
from exporter.web.exposition import Exposition
from tests.servers.process import wait_until
from tests.servers.standin import HttpRequest, HttpResponse, Standin
from tests.support.clocks import Hands
from tests.support.examples import first
from tests.support.stores import new_store
from tests.support.web_server import served

HOUR = 3600.0
CLIENTS = 8
"""Slow clients a day."""

CATALOGUE = """company: acme
title: Acme
currency: EUR
timezone: Europe/Berlin
launch: 2024-01-01
history: {{keep: 2 days, dense: 0s, every: 6h}}
links: {{runbooks: "https://r.example.com", dashboards: "https://g.example.com"}}
sources:
  crm: {{type: files, every: 1h, tables: {{leads: {{path: leads.csv}}}}}}
  shop: {{type: http, url: "{url}", every: 1h, measures: {{orders: {{select: v, unit: count}}}}}}
kpis:
  leads: {{title: L, area: a, definition: d, unit: count, window: now, cadence: daily, warning: "< {limit}"}}
  orders: {{title: O, area: a, definition: d, unit: count, window: now, cadence: daily}}
measures:
  leads: {{doc: d, unit: count, sql: "SELECT period, count(lead_id) AS value FROM period, leads GROUP BY 1"}}
"""


@dataclass
class Usage:
    """What the process takes."""

    memory: int
    descriptors: int
    threads: int
    store: int

    @classmethod
    def of(cls, store: Path) -> Usage:
        """Measure this process, and the file of a store."""
        gc.collect()
        pages = int(Path("/proc/self/statm").read_text().split()[1])
        return cls(
            pages * os.sysconf("SC_PAGE_SIZE"),
            sum(1 for _ in Path("/proc/self/fd").iterdir()),
            threading.active_count(),
            store.stat().st_size,
        )


class Soak:
    """An exporter whose hours pass as a test says, with the clients that it has."""

    def __init__(self, folder: Path, url: str) -> None:
        self.hands = Hands()
        self._folder = folder
        self._source = url
        self._hours = 0
        self.write()
        self.store = new_store(folder / "kpi.duckdb")
        self.runtime = Runtime([folder / "acme.yaml"], self.store, self.hands.clock)
        self.exposition = Exposition(self.runtime.snapshot, self.hands.clock)
        self.runtime.changed = self.exposition.refresh

    def write(self) -> None:
        """Write the catalogue and the export of this hour; now and then the file is missing, or half a table."""
        limit = self._hours // 24 % 7
        (self._folder / "acme.yaml").write_text(CATALOGUE.format(url=self._source, limit=limit))
        number = 5 if self._hours % 31 == 30 else 200
        rows = [f"l{each},2026-01-{1 + (each + self._hours) % 28:02}" for each in range(number)]
        export = self._folder / "leads.csv"
        export.unlink(missing_ok=True)
        if self._hours % 17 != 16:
            export.write_text("\n".join(["lead_id,created_at", *rows, ""]))

    def pass_an_hour(self) -> None:
        """Poll each source, evaluate the company, and write some of its history."""
        self.hands.wait(HOUR)
        self._hours += 1
        self.write()
        for poller in list(self.runtime._poller._pollers.values()):
            poller.run()
        self.runtime.evaluate("acme")
        self.runtime._write_history("acme")

    def pass_a_day(self, url: str) -> None:
        """Let hours pass with a scrape each, slow clients, some pages, and a reload at the end."""
        port = int(url.rpartition(":")[2])
        with ExitStack() as clients:
            for _ in range(CLIENTS):
                client = clients.enter_context(socket.create_connection(("127.0.0.1", port)))
                client.sendall(b"GET /metrics HTTP/1.1\r\nHost: 127.0.0.1\r\n")
            for _ in range(24):
                self.pass_an_hour()
                text = requests.get(f"{url}/metrics", timeout=30).text
                assert 'kpi_leads{company="acme"} 200.0' in text
        for path in ("/", "/sources", "/kpi/acme/leads", "/api/v1/kpis"):
            assert requests.get(url + path, timeout=30).status_code == 200, path
        assert requests.post(f"{url}/-/reload", timeout=30).text == "reloaded\n"


@pytest.fixture
def soak(tmp_path: Path) -> Iterator[Soak]:
    polls = 0

    def answer(_: HttpRequest) -> HttpResponse:
        nonlocal polls
        polls += 1
        return HttpResponse(status=403 if polls % 13 == 0 else 200, pieces=[b'{"v": %d}' % polls])

    with Standin(answer) as server:
        soak = Soak(tmp_path, server.url)
        yield soak
        soak.store.close()


@pytest.mark.slow
@pytest.mark.parametrize("days", first(1, [2, 30]))
def test_memory_descriptors_threads_and_store_are_level(soak: Soak, days: int) -> None:
    settled = 1 + days // 4
    app = create_app(soak.runtime, soak.exposition, soak.hands.clock, settings=WebSettings(lifecycle=True))
    with served(app) as url:
        for _ in range(settled):
            soak.pass_a_day(url)
        before = Usage.of(soak.store.path)
        for _ in range(days - settled):
            soak.pass_a_day(url)
        wait_until(lambda: Usage.of(soak.store.path).descriptors <= before.descriptors, "clients to be closed")
        after = Usage.of(soak.store.path)
    assert after.threads <= before.threads + 2  # of pools that grow up to their limit
    assert after.memory < before.memory + 50_000_000
    assert after.store < max(1.5 * before.store, 8_000_000)  # the first checkpoints make room for further ones
