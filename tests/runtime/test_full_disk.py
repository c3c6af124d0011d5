"""A running exporter whose disk fills up and gets room again: it says so, loses nothing, and goes on by itself."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
import requests

from exporter.polling.polled_source import Key, PollStats
from exporter.records.health import StoreFailed
from exporter.runtime import store_watch
from exporter.runtime.service import Runtime
from exporter.runtime.store_watch import StoreWatch
from exporter.web.app import create_app
from exporter.web.exposition import Exposition
from tests.polling.feeds import PATIENCE
from tests.servers.process import wait_until
from tests.support.full_disk import longest_file
from tests.support.stores import new_store
from tests.support.web_server import served
from tests.support.world import World, utc

CATALOGUE = """company: acme
title: Acme
currency: EUR
timezone: UTC
links: {runbooks: "https://r.example.com", dashboards: "https://g.example.com"}
sources:
  crm: {type: files, every: 100ms, tables: {leads: {path: leads.csv}}}
  shop: {type: files, every: 1h, measures: {orders: {path: o.csv, query: "SELECT 7 AS value", unit: count}}}
kpis:
  leads: {title: L, area: a, definition: d, unit: count, window: now, cadence: daily}
  orders: {title: O, area: a, definition: d, unit: count, window: now, cadence: daily}
measures:
  leads: {doc: d, unit: count, sql: "SELECT period, count(lead_id) AS value FROM period, leads GROUP BY 1"}
"""
REASON = "the record store can keep nothing: file too large"


def export(folder: Path, number: int) -> Path:
    """Write an export of so many rows beside the one that is read."""
    rows = [f"l{each},2026-01-01" for each in range(number)]
    (folder / "new").write_text("\n".join(["lead_id,created_at", *rows, ""]))
    return folder / "new"


@pytest.fixture
def url(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Yield the address of an exporter that looks at its store ten times a second."""
    monkeypatch.setattr(store_watch, "EVERY", 0.1)
    (tmp_path / "acme.yaml").write_text(CATALOGUE)
    (tmp_path / "o.csv").write_text("n\n1\n")
    export(tmp_path, 10).rename(tmp_path / "leads.csv")
    runtime = Runtime([tmp_path / "acme.yaml"], new_store(tmp_path / "kpi.duckdb"))
    exposition = Exposition(runtime.snapshot)
    runtime.changed = exposition.refresh
    runtime.start()
    with served(create_app(runtime, exposition, refresh_seconds=0.1)) as address:
        wait_until(lambda: value(address, 'kpi_leads{company="acme"}') == 10, "the first poll", PATIENCE)
        yield address
    runtime.stop()


def value(url: str, series: str) -> float | None:
    lines = requests.get(f"{url}/metrics", timeout=30).text.splitlines()
    return next((float(line.rsplit(" ", 1)[1]) for line in lines if line.startswith(f"{series} ")), None)


def test_while_it_is_full_nothing_claims_to_be_well_and_with_room_all_goes_on(url: str, tmp_path: Path) -> None:
    for series, number in (("kpi_leads", 10), ("kpi_orders", 7)):
        wait_until(lambda: value(url, f'{series}{{company="acme"}}') == number, f"{series}", PATIENCE)  # noqa: B023
    assert value(url, "kpi_exporter_store_up") == 1
    assert (value(url, "kpi_exporter_store_free_bytes") or 0) > 0
    assert (value(url, "kpi_exporter_store_size_bytes") or 0) > 12_000
    larger = export(tmp_path, 5000)
    with longest_file(1000):
        larger.rename(tmp_path / "leads.csv")
        wait_until(lambda: value(url, "kpi_exporter_store_up") == 0, "the fault", PATIENCE)
        for source in ("crm", "shop"):
            assert value(url, f'kpi_source_up{{company="acme",source="{source}"}}') == 0
        ready = requests.get(f"{url}/-/ready", timeout=30)
        assert (ready.status_code, ready.text) == (503, f"{REASON}\n")
        assert requests.get(f"{url}/-/healthy", timeout=30).text == f"{REASON}\n"
        for path in ("/", "/kpi/acme/leads", "/api/v1/kpis", "/sources.csv"):
            assert requests.get(url + path, timeout=30).status_code == 200, path
        assert REASON in requests.get(f"{url}/sources", timeout=30).text
        assert value(url, 'kpi_leads{company="acme"}') == 10
        assert value(url, 'kpi_orders{company="acme"}') == 7
    wait_until(lambda: requests.get(f"{url}/-/ready", timeout=30).ok, "room", PATIENCE)
    wait_until(lambda: value(url, 'kpi_leads{company="acme"}') == 5000, "the poll", PATIENCE)
    for source in ("crm", "shop"):
        assert value(url, f'kpi_source_up{{company="acme",source="{source}"}}') == 1
    assert value(url, "kpi_exporter_store_up") == 1


def test_what_is_shown_of_sources_and_of_the_store_is_of_one_moment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    at = utc("2026-03-01")
    world = World(tmp_path, {"deals": []}).poll(at)
    runtime = Runtime([tmp_path / "company.yaml"], world.store, lambda: at)
    runtime.evaluate("acme")
    whole_stats = runtime._poller.stats

    def stats() -> Mapping[Key, PollStats]:
        world.store.health.failed(OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)))
        return whole_stats()

    monkeypatch.setattr(runtime._poller, "stats", stats)
    for _ in range(2):
        snapshot = runtime.snapshot()
        visible = {source.up for company in snapshot.companies for source in company.sources}
        assert visible == {snapshot.store.fault is None}
    assert visible == {False}
    world.store.close()


def test_where_only_another_process_can_open_it_this_one_ends(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "acme.yaml").write_text(CATALOGUE)
    store = new_store(tmp_path / "kpi.duckdb")
    runtime = Runtime([tmp_path / "acme.yaml"], store)
    ended: list[str] = []
    watch = StoreWatch(store, runtime._poller, lambda: None, lambda: ended.append("ended"))
    with store.cursor():
        with store.cursor() as cursor:
            cursor.execute("SET GLOBAL debug_checkpoint_abort = 'before_header'")
        with pytest.raises(StoreFailed), store.cursor() as cursor:
            cursor.execute("CREATE TABLE more (n INTEGER); CHECKPOINT")
        watch.look()
        assert ended == []
        monkeypatch.setattr(store_watch, "MOST_STUCK", 0)
        watch.look()
        assert ended == ["ended"]
        assert "what still reads it does not end, so the exporter ends, to be started anew" in caplog.text
    watch.look()
    assert store.health.fault is None
    store.close()
