"""A company with one table, served as it runs: numbers instead of gaps, and what to connect next."""

from __future__ import annotations

import csv
import io
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from html.parser import HTMLParser
from typing import Any

import pytest
import requests
import yaml

from exporter.catalogue.connection import missing_tables
from exporter.catalogue.loading import load
from exporter.runtime.service import Runtime
from exporter.web.access.settings import WebSettings
from exporter.web.app import create_app
from exporter.web.exposition import Exposition
from tests.support.runtimes import evaluated
from tests.support.web_server import served
from tests.support.world import MakeWorld, TableRow, Tables, World, utc

pytestmark = pytest.mark.slow

NOW = utc("2026-04-20T06:00")
COMPANIES = ("unit-economics", "managed-kubernetes")
CASH = {"account_id": "bank", "balance_on": "2026-04-01", "amount": 5000, "currency": "EUR"}


def items() -> list[TableRow]:
    """Return subscriptions that began in each month from 2023 on, of which every fourth has ended or grown."""
    rows: list[TableRow] = []
    for number in range(40):
        starts = utc("2023-01-03T00:00") + timedelta(days=30 * number)
        row = {
            "item_id": f"i{number}",
            "subscription_id": f"s{number}",
            "customer_id": f"c{number}",
            "unit_amount": 100 + number,
            "currency": "EUR",
            "starts_at": starts.date(),
            "ends_at": (starts + timedelta(days=200)).date() if number % 4 == 0 else "",
        }
        rows.append(row)
        if number % 4 == 1:
            ends = (starts + timedelta(days=100)).date()
            rows[-1] = {**row, "ends_at": ends}
            rows.append({**row, "item_id": f"j{number}", "unit_amount": 300, "starts_at": ends})
    return rows


@dataclass(frozen=True)
class Site:
    """A running exporter without its threads, and its address."""

    world: World
    address: str
    runtime: Runtime

    def get(self, path: str) -> requests.Response:
        return requests.get(f"{self.address}{path}", timeout=30)

    def reload(self) -> requests.Response:
        """Ask for a reload, after which the thread of evaluation would compute the companies."""
        answer = requests.post(f"{self.address}/-/reload", timeout=30)
        evaluated(self.runtime)
        return answer


class _Tags(HTMLParser):
    """The tiles of a page by status, and the texts of its sections on what is not connected."""

    def __init__(self) -> None:
        super().__init__()
        self.statuses: list[str] = []
        self.missing: list[str] = []
        self._within = 0

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        named = dict(attributes)
        if tag == "li" and "data-status" in named:
            self.statuses.append(named["data-status"] or "")
        if tag == "section" and "missing" in (named.get("class") or "").split():
            self._within = 1
            self.missing.append("")
        elif self._within:
            self._within += tag == "section"

    def handle_endtag(self, tag: str) -> None:
        if self._within and tag == "section":
            self._within -= 1

    def handle_data(self, data: str) -> None:
        if self._within:
            self.missing[-1] += data


def page(text: str) -> _Tags:
    tags = _Tags()
    tags.feed(text)
    return tags


@pytest.fixture(params=COMPANIES)
def site(request: pytest.FixtureRequest, world: MakeWorld) -> Iterator[Site]:
    catalogue = {"extends": request.param, "currency": {"unit-economics": "USD"}.get(request.param, "EUR")}
    rows = [{**row, "currency": catalogue["currency"]} for row in items()]
    made = world({"subscription_items": rows}, catalogue=catalogue).poll(NOW)
    with running(made) as site:
        yield site


@contextmanager
def running(made: World) -> Iterator[Site]:
    """Serve the company as it stands, with its site as the value."""
    runtime = evaluated(Runtime([made.folder / "company.yaml"], made.store, lambda: NOW))
    exposition = Exposition(runtime.snapshot)
    with served(create_app(runtime, exposition, lambda: NOW, settings=WebSettings(lifecycle=True))) as address:
        yield Site(made, address, runtime)


def test_the_page_is_full_of_numbers(site: Site) -> None:
    company = site.world.company
    connected = [kpi for kpi in company.kpis.values() if company.connected(kpi)]
    seen = page(site.get("/").text)
    assert len(seen.statuses) == len(connected)
    assert "unknown" not in seen.statuses
    wall = page(site.get("/?company=acme&view=wall").text)
    assert sorted(wall.statuses) == sorted(seen.statuses)
    assert not wall.missing


def test_one_section_says_what_to_connect_largest_gain_first(site: Site) -> None:
    text = site.get("/").text
    (section,) = page(text).missing
    groups = missing_tables(site.world.company)
    places = [section.index(f"{group.title}: ") for group in groups]
    assert places == sorted(places)
    assert all(kpi.title in section for group in groups for kpi in group.kpis)
    assert f"{sum(len(group.kpis) for group in groups)} more not connected" in text


def test_a_kpis_own_page_says_the_same_in_full(site: Site) -> None:
    group = missing_tables(site.world.company)[0]
    (section,) = page(site.get(f"/kpi/acme/{group.kpis[0].id}").text).missing
    assert group.title in section
    assert all(f"{table}.csv" in section for table in group.tables)
    text = site.get(f"/kpi/acme/{group.kpis[0].id}").text
    assert "nothing feeds this KPI yet" in text
    assert not page(site.get("/kpi/acme/arr").text).missing


def test_the_lines_of_the_page_connect_it(site: Site) -> None:
    """Paste what stands on the KPI's page below `sources:`."""
    group = missing_tables(site.world.company)[0]
    (section,) = page(site.get(f"/kpi/acme/{group.kpis[0].id}").text).missing
    lines = yaml.safe_load(section.split("sources:", 1)[1])
    file = site.world.folder / "company.yaml"
    document = yaml.safe_load(file.read_text("utf-8"))
    file.write_text(yaml.safe_dump({**document, "sources": {**document["sources"], **lines}}), "utf-8")
    company = load(file)
    assert all(company.connected(company.kpis[kpi.id]) for kpi in group.kpis)


def test_json_and_csv_have_a_status_of_its_own(site: Site) -> None:
    company = site.world.company
    kpis: list[dict[str, Any]] = site.get("/api/v1/kpis").json()["companies"][0]["kpis"]
    rows = list(csv.DictReader(io.StringIO(site.get("/kpis.csv").text)))
    assert [each["id"] for each in kpis] == list(company.kpis)
    for each in kpis:
        kpi = company.kpis[each["id"]]
        assert (each["status"] == "not connected") == (not company.connected(kpi))
        if not company.connected(kpi):
            detail = f"not connected: connect {' and '.join(company.missing(kpi))}"
            assert each["unknown"] == {"reason": "not_connected", "detail": detail}
            assert each["value"] is None
    by_csv = {row["kpi"]: row["status"] for row in rows}
    assert {id_ for id_, status in by_csv.items() if status == "not connected"} == {
        each["id"] for each in kpis if each["status"] == "not connected"
    }


def test_metrics_have_only_its_facts(site: Site) -> None:
    company, lines = site.world.company, site.get("/metrics").text.splitlines()
    for kpi in company.kpis.values():
        named = [line for line in lines if f'kpi="{kpi.id}"' in line or line.startswith(f"{kpi.metric()}{{")]
        infos = [line for line in named if line.startswith("kpi_info{")]
        assert len(infos) == 1
        assert ('connected="false"' in infos[0]) == (not company.connected(kpi))
        if not company.connected(kpi):
            assert named == infos
    assert not any(line.startswith("kpi_exporter_kpi_unknown{") for line in lines)


@pytest.mark.process
def test_reviews_and_backtests_leave_it_out(site: Site) -> None:
    company = site.world.company
    away = [kpi.id for kpi in company.kpis.values() if not company.connected(kpi)]
    review = site.get("/api/v1/report?company=acme&cadence=quarterly&format=markdown").text
    assert "(`arr`)" in review
    assert not [id_ for id_ in away if f"(`{id_}`)" in review]
    backtest = site.get("/api/v1/backtest?company=acme&since=2026-04-01&until=2026-04-10").json()
    assert backtest["alerts"]
    assert not {each["kpi"] for each in backtest["alerts"]} & set(away)


def test_a_reload_tells_what_lost_its_source(world: MakeWorld, caplog: pytest.LogCaptureFixture) -> None:
    tables: Tables = {"subscription_items": items(), "cash_balances": [CASH], "financings": []}
    made = world(tables, sources={"cash_balances": "bank", "financings": "bank"}).poll(NOW)
    file = made.folder / "company.yaml"
    document = yaml.safe_load(file.read_text("utf-8"))
    with running(made) as site:
        assert site.reload().text == "reloaded\n"
        without = {name: options for name, options in document["sources"].items() if name != "bank"}
        file.write_text(yaml.safe_dump({**document, "sources": without}), "utf-8")
        with caplog.at_level(logging.WARNING):
            answer = site.reload()
        line = "no longer connected: cash_runway (cash_balances, financings)"
        assert (answer.status_code, answer.text) == (200, f"reloaded\nacme: {line}\n")
        assert f"acme: {line}" in caplog.messages
        noticed = f"{line}, last read on 2026-04-20 08:00"
        (section,) = page(site.get("/").text).missing
        assert noticed in section
        assert noticed in site.get("/sources").text
        file.write_text(yaml.safe_dump(document), "utf-8")
        assert site.reload().text == "reloaded\n"
        assert "no longer connected" not in site.get("/").text
