"""When a KPI is known, as of when, and why not."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from exporter.kpis.reading import Reading, Reason
from tests.support.world import MakeWorld, TableRow, berlin, utc

pytestmark = pytest.mark.slow

READ = utc("2026-04-01T06:00")


def item(number: object, amount: object, starts: str, ends: str = "", customer: str = "c") -> TableRow:
    return {
        "item_id": number,
        "subscription_id": "s",
        "customer_id": customer,
        "unit_amount": amount,
        "currency": "EUR",
        "starts_at": starts,
        "ends_at": ends,
    }


def deal(number: object, closed: str) -> TableRow:
    common = {"deal_id": number, "amount": 1, "currency": "EUR", "created_at": "2026-01-01"}
    return {**common, "closed_at": closed, "won": True}


def balance(on: str, amount: int) -> TableRow:
    return {"account_id": "giro", "balance_on": on, "amount": amount, "currency": "EUR"}


def reason(reading: Reading) -> tuple[Reason, str]:
    assert reading.unknown is not None
    assert reading.value is None
    assert reading.status is None
    return reading.unknown.reason, reading.unknown.detail


# One step of MRR per month, so that what is new tells its month.
STEPS = [item(n, 10**n, f"2026-{n + 1:02}-10") for n in range(4)]


def test_a_month_is_over_when_its_data_was_read_after_its_end(world: MakeWorld) -> None:
    """The clocks in Berlin strike twelve at 22:00 UTC."""
    acme = world({"subscription_items": STEPS})
    end = utc("2026-03-31T22:00")
    acme.poll(end - timedelta(seconds=1))
    assert acme.read("net_new_mrr", end + timedelta(hours=1)).value == 10
    acme.poll(end)
    reading = acme.read("net_new_mrr", end + timedelta(hours=1))
    assert reading.value == 100
    assert reading.previous == 10
    assert reading.period is not None
    assert (reading.period.starts, reading.period.ends) == (berlin(date(2026, 3, 1)), end)


def test_a_source_that_fails_freezes_its_kpis_and_no_others(world: MakeWorld) -> None:
    acme = world(
        {"subscription_items": STEPS, "deals": [deal(1, "2026-02-10"), *(deal(n, "2026-03-10") for n in (2, 3))]},
        sources={"subscription_items": "billing", "deals": "crm"},
    )
    acme.poll(utc("2026-03-31T20:00"))
    for day in (1, 2):
        acme.store.polls.failed("acme", "billing", utc(f"2026-04-0{day}T06:00"), "the server answered 503")
        acme.poll(utc(f"2026-04-0{day}T06:00"), "crm")
    now = utc("2026-04-02T07:00")
    readings = {reading.kpi.id: reading for reading in acme.take(now).kpis}
    assert (readings["net_new_mrr"].value, readings["net_new_mrr"].previous) == (10, 1)
    assert (readings["mrr"].value, readings["mrr"].previous) == (111, 11)
    assert readings["mrr"].as_of == readings["net_new_mrr"].as_of == utc("2026-03-31T20:00")
    assert (readings["new_customers"].value, readings["new_customers"].previous) == (2, 1)
    assert readings["new_customers"].as_of == utc("2026-04-02T06:00")
    sources = {source.name: source for source in acme.take(now).sources}
    assert (sources["billing"].up, sources["billing"].error) == (False, "the server answered 503")
    assert sources["crm"].up is True
    acme.poll(utc("2026-04-03T06:00"), "billing")
    assert acme.read("net_new_mrr", utc("2026-04-03T07:00")).value == 100


def test_a_formula_over_two_sources_is_as_old_as_the_older(world: MakeWorld) -> None:
    people = [{"team": "all", "effective_on": f"2026-0{n}-01", "people": n} for n in range(1, 5)]
    acme = world(
        {"subscription_items": [item(1, 1200, "2026-01-01")], "headcount": people},
        sources={"subscription_items": "billing", "headcount": "hr"},
    )
    acme.poll(utc("2026-03-31T20:00"), "billing").poll(READ, "hr")
    assert acme.read("revenue_per_employee", READ).value == 4800  # by March's people, though April's are known


def test_the_parts_of_a_formula_end_together(world: MakeWorld) -> None:
    """LTV:CAC is of a month; the 90 days of its CAC end with that month, not now."""
    spent = {"2025-12-31": 1, "2026-01-02": 10, "2026-03-31": 100, "2026-04-01": 1000}
    entries = [
        {"entry_id": on, "account": "sales", "amount": amount, "booked_on": on, "currency": "EUR"}
        for on, amount in spent.items()
    ]
    entries.append({**entries[2], "entry_id": "a cost", "account": "direct_cost", "amount": 0})
    items = [item(1, 100, "2026-01-01"), item(2, 100, "2026-01-01", "2026-03-10", customer="d")]
    acme = world({"subscription_items": items, "ledger_entries": entries, "deals": [deal(1, "2026-03-10")]})
    acme.poll(utc("2026-04-10T06:00"))
    assert acme.read("cac", utc("2026-04-10T06:00")).value == 1100
    assert acme.read("ltv", utc("2026-04-10T06:00")).value == 200
    assert acme.read("ltv_cac", utc("2026-04-10T06:00")).value == 200 / 110


def test_why_a_kpi_is_unknown(world: MakeWorld) -> None:
    acme = world(
        {
            "subscription_items": [item(1, 100, "2026-03-10")],
            "deployments": [],
            "cash_balances": [balance("2025-12-31", 100), balance("2026-03-31", 100)],
            "financings": [],
            "surveys": [],
            "leads": [],
        },
        sources={"leads": "marketing"},
    )
    acme.poll(READ, "books")
    readings = {reading.kpi.id: reading for reading in acme.take(READ).kpis}
    assert reason(readings["uptime"]) == (Reason.NOT_CONNECTED, "not connected: connect outages")
    assert reason(readings["mqls"]) == (Reason.NOT_POLLED, "the source marketing has not been read yet")
    assert reason(readings["nps"]) == (Reason.NO_DATA, "nps has no data from 2026-01-01 00:00 to 2026-04-01 00:00")
    assert reason(readings["mrr_growth"]) == (
        Reason.TOO_YOUNG,
        "too young: from 11 April 2026 on",
    )
    assert reason(readings["change_failure_rate"]) == (Reason.DIVISION_BY_ZERO, "the formula divides by zero")
    assert reason(readings["cash_runway"]) == (
        Reason.UNDEFINED,
        "the company is not burning cash, so the runway has no end",
    )
    assert readings["mrr"].value == 100
    assert len(readings) == len(acme.company.kpis)


def test_a_source_that_was_never_read_says_why(world: MakeWorld) -> None:
    acme = world({"leads": []})
    acme.store.polls.failed("acme", "books", READ, "leads.csv does not exist")
    expected = (Reason.NOT_POLLED, "the source books has not been read yet: leads.csv does not exist")
    assert reason(acme.read("mqls", READ)) == expected


def test_a_table_that_a_polled_source_has_not_delivered_yet_is_not_taken_for_empty(world: MakeWorld) -> None:
    """A reload has given the source another table to fill."""
    acme = world({"leads": [{"lead_id": 1, "created_at": "2026-03-05", "qualified_at": "2026-03-05"}]}).poll(READ)
    wider = world({"leads": [], "deployments": []})
    wider.store.close()
    wider.store = acme.store
    assert wider.read("mqls", READ).value == 1
    assert reason(wider.read("deployment_frequency", READ))[0] is Reason.NOT_POLLED


def test_what_is_older_than_its_maximum_age_is_unknown(world: MakeWorld) -> None:
    acme = world({"leads": []}, max_age="1h").poll(READ)
    assert acme.read("mqls", READ + timedelta(hours=1)).value == 0
    stale = acme.read("mqls", READ + timedelta(hours=1, seconds=1))
    assert reason(stale)[0] is Reason.STALE
    assert "2026-04-01 06:00 UTC" in reason(stale)[1]
    assert stale.as_of == READ


def test_data_is_stale_when_the_first_of_its_sources_is_overdue_by_its_own_schedule(world: MakeWorld) -> None:
    """Inventory is read every hour, people daily; a poll may take 30 s."""
    tables = {
        "assets": [{"asset_id": 1, "kind": "cluster", "starts_at": "2026-01-01"}],
        "headcount": [{"team": "engineering", "effective_on": "2026-01-01", "people": 1}],
    }
    acme = world(tables, sources={"assets": "inventory", "headcount": "people"}, every="1h")
    slow = acme.company.sources["people"].model_copy(update={"every": 86400.0})
    acme.company = replace(acme.company, sources={**acme.company.sources, "people": slow})
    acme.poll(READ, "people").poll(READ + timedelta(hours=10), "inventory")
    now = READ + timedelta(hours=11)
    reading = acme.read("clusters_per_engineer", now)
    assert reading.as_of == READ
    assert reading.stale_after == timedelta(hours=10 + 2, seconds=30).total_seconds()
    assert acme.read("clusters", now).stale_after == timedelta(hours=2, seconds=30).total_seconds()
    acme.poll(READ + timedelta(hours=47), "inventory")
    late = acme.read("clusters_per_engineer", READ + timedelta(hours=47))
    assert late.stale_after == timedelta(days=2, seconds=30).total_seconds()


def test_a_measure_that_fails_spoils_no_other_kpi(world: MakeWorld) -> None:
    kpi = {"title": "Own", "area": "own", "definition": "Own", "window": "month", "unit": "count"}
    sql = "SELECT period, CAST(lead_id AS INTEGER) AS value FROM period, leads"
    acme = world(
        {"leads": [{"lead_id": "x", "created_at": "2026-03-05", "qualified_at": "2026-03-05"}], "deployments": []},
        catalogue={
            "measures": {"a_broken": {"doc": "Breaks", "unit": "count", "sql": sql}},
            "kpis": {"a_broken": kpi, "z_broken": {**kpi, "formula": "a_broken"}},
        },
    ).poll(READ)
    readings = {reading.kpi.id: reading for reading in acme.take(READ).kpis}
    assert reason(readings["a_broken"])[0] is Reason.ERROR
    assert "Could not convert string 'x'" in reason(readings["z_broken"])[1]
    assert readings["mqls"].value == 1
    assert readings["deployment_frequency"].value == 0


def test_runway_is_the_cash_over_the_burn_per_month(world: MakeWorld) -> None:
    balances = [balance("2025-12-31", 1_500_000), balance("2026-03-31", 1_200_000)]
    acme = world({"cash_balances": balances, "financings": []}).poll(READ)
    assert acme.read("cash_runway", READ).value == 12.0


def test_a_loss_on_every_customer_is_no_short_payback(world: MakeWorld) -> None:
    """Negative months would pass for the best payback there is."""
    cost: TableRow = {"account": "direct_cost", "amount": 150, "booked_on": "2026-03-05", "currency": "EUR"}
    sales: TableRow = {"account": "sales", "amount": 50, "booked_on": "2026-03-05", "currency": "EUR"}
    acme = world(
        {
            "subscription_items": [item(1, 100, "2026-01-01")],
            "ledger_entries": [{"entry_id": 1, **cost}, {"entry_id": 2, **sales}],
            "deals": [deal(1, "2026-03-10")],
        }
    ).poll(READ)
    assert acme.read("unit_gross_margin", READ).value == -0.5
    for kpi in ("cac_payback", "break_even_mrr"):
        assert reason(acme.read(kpi, READ))[0] is Reason.UNDEFINED


def test_without_a_source_of_assets_only_the_breakdown_by_type_is_missing(world: MakeWorld) -> None:
    customers = [{"customer_id": "c", "tier": "starter"}]
    acme = world({"subscription_items": [item(1, 100, "2026-01-01")], "customers": customers}).poll(READ)
    reading = acme.read("mrr", READ)
    assert reading.value == 100
    assert reading.breakdowns == {"tier": {"starter": 100}}


def test_a_breakdown_has_only_the_parts_that_are_known(world: MakeWorld) -> None:
    """Enterprise has no booked cost: its margin is unknown, not 100 %."""
    booked = {"account": "direct_cost", "booked_on": "2026-03-05", "currency": "EUR"}
    acme = world(
        {
            "customers": [{"customer_id": tier[0], "tier": tier} for tier in ("starter", "enterprise")],
            "subscription_items": [item(1, 100, "2026-01-01", customer="s"), item(2, 300, "2026-01-01", customer="e")],
            "ledger_entries": [{"entry_id": 1, "amount": 20, "customer_id": "s", **booked}],
        }
    ).poll(READ)
    reading = acme.read("unit_gross_margin", READ)
    assert reading.value == 0.95
    assert reading.breakdowns == {"tier": {"starter": 0.8}}


@pytest.mark.parametrize(("amount", "published"), [("10.005", 10.0), ("10.015", 10.02), ("10.025", 10.02)])
def test_money_is_rounded_once_half_to_even_and_ratios_are_not(world: MakeWorld, amount: str, published: float) -> None:
    items = [item(1, amount, "2026-01-01"), item(2, amount, "2026-03-10", customer="d")]
    acme = world({"subscription_items": items}).poll(READ)
    assert acme.read("revenue_per_customer", READ).value == published
    assert acme.read("mrr", READ).previous == published
    assert acme.read("mrr", READ).value == float(amount) * 2  # not twice the rounded amount
    assert acme.read("mrr_growth", READ).value == 1
    assert acme.read("expansion_share", READ).value == 0
