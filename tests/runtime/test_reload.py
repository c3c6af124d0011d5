"""Reloading is all or nothing, and neither a start nor a reload waits for an evaluation."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Event
from typing import Any

import pytest
import requests

from exporter.catalogue.model import Company
from exporter.kpis.snapshot import take_snapshot
from exporter.polling.poller import Poller
from exporter.records.polling_state import PollingState
from exporter.records.store import Store
from exporter.runtime import service
from exporter.runtime.service import Runtime
from exporter.sources.files import FilesOptions
from exporter.web.access.settings import WebSettings
from exporter.web.app import create_app
from exporter.web.exposition import Exposition
from tests.servers.process import wait_until
from tests.support.clocks import NOON
from tests.support.runtimes import evaluated
from tests.support.stores import new_store
from tests.support.web_server import served

CATALOGUE = """company: acme
title: Acme
currency: EUR
timezone: UTC
links: {runbooks: "https://r.example.com", dashboards: "https://g.example.com"}
sources:
  crm: {type: files, every: 1h, tables: {leads: {path: leads.csv}}}
kpis:
  one: {title: One, area: a, definition: d, unit: count, window: now, cadence: daily, formula: "1"}
"""
BETTER = CATALOGUE.replace("every: 1h", "every: 2h") + CATALOGUE.splitlines()[-1].replace("one", "two") + "\n"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    (tmp_path / "acme.yaml").write_text(CATALOGUE)
    (tmp_path / "leads.csv").write_text("lead_id,created_at\na,2026-01-01\n")
    return tmp_path / "acme.yaml"


@pytest.fixture
def runtime(file: Path) -> Iterator[Runtime]:
    store = new_store(file.parent / "records.duckdb")
    yield evaluated(Runtime([file], store, lambda: NOON))
    store.close()


def raising(error: BaseException) -> Callable[..., Any]:
    def fail(*_: object, **__: object) -> Any:
        raise error

    return fail


def kpis(runtime: Runtime) -> list[str]:
    evaluated(runtime)
    return [reading.kpi.id for company in runtime.snapshot().companies for reading in company.kpis]


WRONG = {
    "nested deeply": CATALOGUE + "x: " + "[" * 5000 + "]" * 5000,
    "no number of seconds": BETTER.replace("2h", "999999999 years"),
    "no time of a clock": BETTER.replace("every: 2h", "timeout: 999999999 years"),
    "a day that does not exist": BETTER.replace("every: 2h", "cron: 0 0 31 2 *"),
    "not Unicode": "\udcff",
    "nothing": "",
}


@pytest.mark.parametrize("text", WRONG.values(), ids=WRONG.keys())
def test_a_file_that_cannot_be_used_changes_nothing(runtime: Runtime, file: Path, text: str) -> None:
    companies, polls = runtime.companies, runtime.snapshot().polls
    file.write_text(text, errors="surrogateescape")
    with pytest.raises(Exception):  # noqa: B017, PT011 - whatever it is
        runtime.reload()
    assert runtime.companies is companies
    assert (runtime.snapshot().polls, kpis(runtime)) == (polls, ["one"])
    assert not runtime.snapshot().reload.successful
    file.write_text(BETTER)
    runtime.reload()
    assert (runtime.snapshot().reload.successful, kpis(runtime)) == (True, ["one", "two"])


@pytest.mark.parametrize(
    ("owner", "method"),
    [(FilesOptions, "build"), (Poller, "plan"), (PollingState, "state"), (FilesOptions, "schedule")],
    ids=lambda each: each if isinstance(each, str) else each.__name__,
)
def test_whatever_fails_while_it_is_built_changes_nothing(
    runtime: Runtime, file: Path, owner: type, method: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    companies, polls = runtime.companies, runtime.snapshot().polls
    file.write_text(BETTER)
    with monkeypatch.context() as broken:
        broken.setattr(owner, method, raising(OverflowError("cannot convert float infinity to integer")))
        with pytest.raises(OverflowError):
            runtime.reload()
    assert runtime.companies is companies
    assert (runtime.snapshot().polls, runtime.snapshot().reload.successful) == (polls, False)


@pytest.fixture
def endless(monkeypatch: pytest.MonkeyPatch) -> Iterator[Event]:
    """Yield an event without which an evaluation does not end."""
    go_on = Event()

    def slow(company: Company, store: Store, now: Any, last: Any) -> Any:
        go_on.wait()
        return take_snapshot(company, store, now, last)

    monkeypatch.setattr("exporter.runtime.latest.take_snapshot", slow)
    monkeypatch.setattr(service, "RELOAD_SECONDS", 0.05)
    yield go_on
    go_on.set()


def test_it_answers_while_the_first_evaluation_goes_on(file: Path, endless: Event) -> None:
    runtime = Runtime([file], new_store(file.parent / "records.duckdb"))
    app = create_app(runtime, Exposition(runtime.snapshot), settings=WebSettings(lifecycle=True))
    runtime.start()
    try:
        with served(app) as url:
            assert requests.get(f"{url}/-/ready", timeout=30).text == "acme was not evaluated yet\n"
            for path in ("/", "/sources", "/api/v1/kpis", "/-/healthy"):
                assert requests.get(url + path, timeout=30).status_code == 200, path
            metrics = requests.get(f"{url}/metrics", timeout=30).text
            assert ("kpi_exporter_build_info" in metrics, 'kpi_info{company="acme"' in metrics) == (True, False)
            file.write_text(BETTER)
            assert requests.post(f"{url}/-/reload", timeout=30).text == "reloaded\n"
            assert list(runtime.companies["acme"].kpis) == ["one", "two"]
            endless.set()
            wait_until(lambda: requests.get(f"{url}/-/ready", timeout=30).ok, "what was evaluated and polled")
            wait_until(lambda: "kpi_two" in requests.get(f"{url}/metrics", timeout=30).text, "the new KPI")
    finally:
        endless.set()
        runtime.stop()
