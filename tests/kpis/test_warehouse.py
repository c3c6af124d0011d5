"""The warehouse source on a real PostgreSQL: what it answers, for which periods, and what it says when it cannot."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from datetime import datetime
from typing import Any
from uuid import uuid4

import pytest
from pydantic import ValidationError

from exporter.kpis.reading import Reason
from exporter.kpis.required_periods import required_periods
from exporter.records.batch import SourceFailed
from exporter.sources.interface import NOT_SET, Context, Deadline
from exporter.sources.warehouse import WarehouseOptions
from tests.servers.postgres import Postgres
from tests.support.source_polls import options
from tests.support.world import MakeWorld, World, utc

pytestmark = pytest.mark.integration

NOW = utc("2024-04-10T12:00")

CONTRACTS = """
    CREATE TABLE account (id TEXT, segment TEXT);
    INSERT INTO account VALUES ('a', 'small'), ('b', 'large'), ('c', 'large');
    CREATE TABLE contract (id TEXT, account TEXT, price NUMERIC, currency TEXT, since TIMESTAMPTZ, until TIMESTAMPTZ);
    INSERT INTO contract VALUES
        ('1', 'a', 100, 'EUR', '2024-01-15 12:00+01', NULL),
        ('2', 'b', 1200, 'EUR', '2024-01-20 12:00+01', '2024-03-31 23:30+02'),
        ('3', 'b', 1500, 'EUR', '2024-03-31 23:30+02', NULL),
        ('4', 'c', 700, 'EUR', '2024-02-01 00:30+01', '2024-04-01 00:30+02');
"""
"""In Berlin, on summer time since 31 March: `b` grows on that evening, `c` leaves in the first hour of April."""

ITEMS = {"item_id": "id", "subscription_id": "id", "customer_id": "account", "unit_amount": "price"}
TABLES = {
    "subscription_items": {"query": "contract", "columns": {**ITEMS, "starts_at": "since", "ends_at": "until"}},
    "customers": {"query": "SELECT * FROM account", "columns": {"customer_id": "id", "tier": "segment"}},
}


@pytest.fixture
def database(postgres: Postgres) -> Iterator[str]:
    name = f"test_{uuid4().hex}"
    postgres.execute(f"CREATE DATABASE {name}")
    postgres.execute(CONTRACTS, name)
    yield name
    postgres.execute(f"DROP DATABASE {name} WITH (FORCE)")


def warehouse(world: MakeWorld, postgres: Postgres, database: str, fx: str = "period_end", **section: Any) -> World:
    """Make a world whose revenue is in the warehouse, and whose leads are in a file."""
    source = {
        "type": "warehouse",
        "url": postgres.dsn(database=database),
        "tables": TABLES,
        "measures": ["mrr", "new_mrr", "expansion_mrr", "churned_mrr", "customers"],
        **section,
    }
    kpis = {
        name: {"title": name, "area": "revenue", "definition": name, "unit": "EUR", "per": "month", "window": "month"}
        for name in ("expansion_mrr", "churned_mrr")
    }
    return world({}, catalogue={"sources": {"books": source}, "kpis": kpis, "revenue_policy": {"fx": fx}})


def poll(world: World, at: datetime) -> None:
    """Poll the warehouse as the running exporter does."""
    company, store = world.company, world.store
    context = Context(Deadline(60), {}, at, company.timezone, lambda: required_periods(company, store, "books", at))
    source = company.sources["books"].build("books")
    with store.intake("acme", "books", company.timezone, company.currency) as intake:
        for item in source.poll(context):
            intake.take(item)
        intake.commit(at, {})


def test_kpis_have_the_totals_of_their_own_periods(world: MakeWorld, postgres: Postgres, database: str) -> None:
    acme = warehouse(world, postgres, database)
    poll(acme, NOW)
    mrr = acme.read("mrr", NOW)
    assert (mrr.value, mrr.previous, mrr.at_close) == (1600, 2000, 2300)
    assert mrr.breakdowns == {"tier": {"small": 100, "large": 1500}}
    expansion, churned = acme.read("expansion_mrr", NOW), acme.read("churned_mrr", NOW)
    assert (expansion.value, expansion.previous) == (300, 0)
    assert (churned.value, churned.previous) == (0, 0)
    assert acme.store.polls.fillers("acme") == {}


def test_the_next_month_is_asked_for_when_it_is_over(world: MakeWorld, postgres: Postgres, database: str) -> None:
    acme = warehouse(world, postgres, database)
    poll(acme, NOW)
    may = utc("2024-05-02T12:00")
    poll(acme, may)
    churned = acme.read("churned_mrr", may)
    assert (churned.value, churned.previous) == (700, 0)


def test_while_it_fails_the_last_numbers_stay(world: MakeWorld, postgres: Postgres, database: str) -> None:
    acme = warehouse(world, postgres, database, max_age="2h")
    poll(acme, NOW)
    acme.store.polls.failed("acme", "books", utc("2024-04-10T13:00"), "no answer")
    assert acme.read("mrr", utc("2024-04-10T14:00")).value == 1600
    stale = acme.read("mrr", utc("2024-04-10T14:01")).unknown
    assert stale is not None
    assert stale.reason is Reason.STALE


@pytest.mark.parametrize("fx", ["period_end", "historic"])
def test_an_item_without_an_exchange_rate_is_set_aside_and_counted(
    world: MakeWorld, postgres: Postgres, database: str, fx: str
) -> None:
    postgres.execute("UPDATE contract SET currency = 'USD' WHERE id = '4'", database)
    acme = warehouse(world, postgres, database, fx)
    poll(acme, NOW)
    assert acme.read("mrr", NOW).value == 1600
    ((table, count, (example,)),) = [
        (each.table, each.count, each.examples) for each in acme.store.polls.rejected("acme")
    ]
    assert (table, count) == ("answers", 1)
    assert example.reason == "1 items are set aside: there is no exchange rate from USD to EUR on their day"


@pytest.mark.parametrize("fx", ["period_end", "historic"])
def test_where_most_items_have_no_exchange_rate_the_poll_fails(
    world: MakeWorld, postgres: Postgres, database: str, fx: str
) -> None:
    postgres.execute("UPDATE contract SET currency = 'USD'", database)
    acme = warehouse(world, postgres, database, fx)
    with pytest.raises(SourceFailed, match="amounts in USD have no exchange rate to EUR on their day"):
        poll(acme, NOW)


@pytest.mark.parametrize(("fx", "at_close"), [("period_end", 500), ("historic", 560)])
def test_exchange_rates_of_the_warehouse_count(
    world: MakeWorld, postgres: Postgres, database: str, fx: str, at_close: int
) -> None:
    postgres.execute("UPDATE contract SET currency = 'USD' WHERE id = '4'", database)
    postgres.execute(
        "CREATE TABLE rate (day DATE, usd NUMERIC); INSERT INTO rate VALUES ('2024-01-31', 1.25), ('2024-03-01', 1.4)",
        database,
    )
    rates = {
        "query": "SELECT day, usd FROM rate",
        "columns": {"rate_on": "day", "rate": "usd"},
        "constants": {"base_currency": "EUR", "quote_currency": "USD"},
    }
    acme = warehouse(world, postgres, database, fx, tables={**TABLES, "fx_rates": rates})
    poll(acme, NOW)
    mrr = acme.read("mrr", NOW)
    assert (mrr.value, mrr.at_close) == (1600, 1600 + at_close)
    assert acme.read("expansion_mrr", NOW).value == 300


def test_nothing_is_written(world: MakeWorld, postgres: Postgres, database: str) -> None:
    postgres.execute(
        """CREATE FUNCTION gone() RETURNS SETOF contract LANGUAGE sql AS 'DELETE FROM contract RETURNING *'""", database
    )
    changing = {**TABLES["subscription_items"], "query": "SELECT * FROM gone()"}
    acme = warehouse(world, postgres, database, tables={**TABLES, "subscription_items": changing})
    with pytest.raises(SourceFailed, match="read-only transaction"):
        poll(acme, NOW)
    assert postgres.execute("SELECT COUNT(*) FROM contract", database) == [(4,)]


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("WITH gone AS (DELETE FROM contract RETURNING *) SELECT * FROM gone", "`DELETE` is not a SELECT"),
        ("SELECT 1; DROP TABLE contract", "another statement begins here"),
        ("DROP TABLE contract", "cannot be read as a table's name or a SELECT"),
        ("contract; DROP TABLE contract", "cannot be read as a table's name or a SELECT"),
        ("gone()", "is neither a table's name nor a SELECT"),
        ("SELECT * FROM contract FOR UPDATE", "locks the rows"),
    ],
)
@pytest.mark.parametrize("url", ["postgresql://reader@db/x", NOT_SET])
def test_what_is_no_table_and_no_select_is_refused(query: str, message: str, url: str) -> None:
    tables = {**TABLES, "subscription_items": {"query": query, "columns": ITEMS}}
    with pytest.raises(ValidationError, match=message):
        options("warehouse", url=url, tables=tables, measures=["mrr"])


def test_a_column_that_is_missing_is_named(world: MakeWorld, postgres: Postgres, database: str) -> None:
    unnamed = {"query": "contract", "columns": ITEMS}
    acme = warehouse(world, postgres, database, tables={**TABLES, "subscription_items": unnamed})
    with pytest.raises(SourceFailed, match=r"table subscription_items: .*`starts_at`"):
        poll(acme, NOW)


@pytest.mark.parametrize(
    ("section", "message"),
    [
        ({"measures": ["mmr"]}, "no measure 'mmr' that ships; did you mean `mrr`"),
        ({"tables": {"customers": {"query": "account"}}}, "mrr needs subscription_items under `tables`"),
        ({"tables": {"contracts": {"query": "contract"}}}, "no record table 'contracts'"),
        ({"tables": {"customers": {"query": "a", "columns": {"teir": "x"}}}}, "no column 'teir'; did you mean `tier`"),
        ({"url": "sqlite:///x.db"}, "is of sqlite; measures are computed in postgresql databases and in Apache Spark"),
    ],
)
def test_what_cannot_be_meant_is_refused(section: Any, message: str) -> None:
    inputs = {"url": "postgresql://reader@db/x", "tables": TABLES, "measures": ["mrr"], **section}
    with pytest.raises(ValidationError, match=message):
        assert isinstance(options("warehouse", **inputs), WarehouseOptions)


def test_spark_needs_a_client_that_is_not_always_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyspark.errors", None)
    with pytest.raises(ValidationError, match=r"install kpi-exporter\[spark\]") as failure:
        options("warehouse", url="sc://spark:15002/;token=s3cr3t", tables=TABLES, measures=["mrr"])
    assert "s3cr3t" not in str(failure.value)


def test_errors_hold_no_secret(world: MakeWorld, postgres: Postgres) -> None:
    acme = warehouse(world, postgres, "nowhere")
    with pytest.raises(SourceFailed) as failure:
        poll(acme, NOW)
    assert "s3cr3t" not in str(failure.value)
