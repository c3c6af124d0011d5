"""Reading never writes: the ledger is brought up to date after polls and at the start, and by nothing else."""

from __future__ import annotations

import logging
from collections.abc import Mapping

import pytest

from exporter.analysis.backfill.backfill import backfill
from exporter.analysis.backfill.request import BackfillRequest
from exporter.analysis.backtest.backtest import backtest
from exporter.analysis.backtest.request import BacktestRequest
from exporter.analysis.explain.answer import explanation
from exporter.analysis.explain.request import ExplainRequest
from exporter.analysis.review.request import ReviewRequest
from exporter.analysis.review.review import review
from exporter.analysis.what_if.request import WhatIfRequest
from exporter.analysis.what_if.what_if import what_if
from exporter.calendar.clock import Clock
from exporter.catalogue.resolution.scenarios import parse_settings
from exporter.catalogue.schema.company import Cadence
from exporter.kpis.kpi_series import kpi_series
from exporter.kpis.snapshot import take_snapshot
from exporter.records.store import Store
from exporter.revenue import materialization
from exporter.runtime.latest import LatestReadings
from exporter.runtime.service import Runtime
from tests.demo.simulations import poll
from tests.support.mrr_company import catalogue, item
from tests.support.runtimes import evaluated
from tests.support.world import MakeWorld, Tables, World, utc

READ = utc("2026-03-10T06:30")
LATER = utc("2026-03-10T12:30")
ITEMS: Tables = {"subscription_items": [item(1, 100, "2026-01-01"), item(2, 200, "2026-02-01")]}
KPIS = catalogue(
    income={"warning": "< 50", "plan": "2026-02-01 100, 2026-03-01 250"},
    growth={"formula": "net_new_mrr", "window": "month"},
)


@pytest.fixture
def polled(world: MakeWorld) -> World:
    """Return a company whose ledger is as its first poll left it, and that was polled once more since."""
    acme = world(ITEMS, catalogue=KPIS, max_age="365d").poll(READ)
    acme.write("subscription_items", [*ITEMS["subscription_items"], item(3, 400, "2026-03-01")])
    poll(acme.company, acme.store, LATER)
    return acme


def contents(store: Store) -> Mapping[str, list[tuple[object, ...]]]:
    """Return every table of the store."""
    with store.cursor() as cursor:
        tables = cursor.execute(
            "SELECT schema_name, table_name FROM duckdb_tables() WHERE database_name = ?", [store.layout.catalog]
        ).fetchall()
        return {
            f"{schema}.{table}": cursor.execute(
                f'FROM "{store.layout.catalog}"."{schema}"."{table}" ORDER BY ALL'
            ).fetchall()
            for schema, table in tables
        }


def is_fresh(world: World) -> bool:
    ledger = world.company.ledger
    with world.store.reading("acme", world.company.timezone, ledger.sources) as cursor:
        return materialization.is_fresh(cursor, world.store.layout, ledger)


def test_no_question_writes_and_all_see_the_last_poll(polled: World) -> None:
    company, store = polled.company, polled.store
    before = contents(store)
    income = {each.kpi.id: each.value for each in take_snapshot(company, store, LATER).kpis}["income"]
    assert income == 700
    income_kpi = company.kpis["income"]
    explained = explanation(ExplainRequest(company, income_kpi), store, LATER)
    assert explained.reading.value == 700
    assert explanation(ExplainRequest(company, income_kpi, known_at=READ), store, LATER).reading.value == 300
    assert kpi_series(company, store, [utc("2026-02-15"), LATER])["income"].value == [300, 700]
    shocked = WhatIfRequest(company, parse_settings(company, ["mrr=+10%"]))
    assert [each.after.value for each in what_if(shocked, store, LATER)]
    review(ReviewRequest(company, Cadence.WEEKLY), store, LATER)
    assert "kpi_income" in "".join(backfill(BackfillRequest((company,), "2026-02-01"), store, LATER))
    backtest(BacktestRequest(company, "2026-02-01"), store, LATER)
    assert contents(store) == before
    assert not is_fresh(polled)


def test_an_exporter_that_died_before_the_refresh_makes_up_for_it_at_the_start(polled: World) -> None:
    assert not is_fresh(polled)
    runtime = evaluated(Runtime([polled.folder / "company.yaml"], polled.store, lambda: LATER))
    assert is_fresh(polled)
    (company,) = runtime.snapshot().companies
    assert {each.kpi.id: each.value for each in company.kpis}["income"] == 700


def test_where_the_ledger_cannot_be_stored_its_numbers_are_right(
    polled: World, caplog: pytest.LogCaptureFixture
) -> None:
    polled.store.close()
    reader = Store(polled.store.path, read_only=True)
    latest = LatestReadings(reader, Clock.of(lambda: LATER), lambda: ["acme"])
    latest.evaluate(polled.company)
    (company,) = latest.all()
    assert {each.kpi.id: each.value for each in company.kpis}["income"] == 700
    assert ("ERROR", "the revenue ledger of the company acme could not be stored") in [
        (record.levelname, record.getMessage()) for record in caplog.records if record.levelno >= logging.ERROR
    ]
    reader.close()
