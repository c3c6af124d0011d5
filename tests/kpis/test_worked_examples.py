"""The worked examples of the managed Kubernetes provider, from CSV files to the text of `/metrics`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import pytest

from tests.support.world import MakeWorld, TableRow, Tables, berlin, utc

pytestmark = pytest.mark.slow

BOOKED = date(2026, 3, 15)
STARTS = berlin(date(2026, 1, 1)).isoformat()
READ = utc("2026-04-01T06:00")
HOUR = 50
"""EUR an engineer's hour costs."""


@dataclass(frozen=True)
class Tier:
    """One customer of a tier, per month and in EUR: what is paid, and what serving costs."""

    fees: int
    support: int
    margin: int
    engineer_hours: int
    infrastructure: int
    monitoring: int
    backup: int
    on_call: int
    support_hours: int

    def paid(self) -> Mapping[str, int]:
        return {"fees": self.fees, "support": self.support, "margin": self.margin}

    def costs(self) -> tuple[int, ...]:
        hours = (self.engineer_hours * HOUR, self.support_hours * HOUR)
        return (*hours, self.infrastructure, self.monitoring, self.backup, self.on_call)


TIERS = {
    "starter": Tier(1700, 0, 10, 4, 15, 5, 4, 20, 1),
    "professional": Tier(4600, 800, 45, 8, 25, 15, 12, 50, 3),
    "enterprise": Tier(13000, 2500, 150, 16, 50, 40, 30, 150, 8),
}


def item(number: object, customer: str, amount: object, ends: str = "", **other: object) -> TableRow:
    return {
        "item_id": number,
        "subscription_id": customer,
        "customer_id": customer,
        "unit_amount": amount,
        "currency": "EUR",
        "starts_at": STARTS,
        "ends_at": ends,
        **other,
    }


def entries(*booked: TableRow) -> list[TableRow]:
    """Ledger entries of March, each given as account, amount and what else it has."""
    return [{"entry_id": n, "booked_on": BOOKED, "currency": "EUR", **each} for n, each in enumerate(booked)]


def deals(count: int) -> list[TableRow]:
    """Return new customers won in March."""
    won = {
        "amount": 20000,
        "currency": "EUR",
        "created_at": STARTS,
        "closed_at": berlin(BOOKED).isoformat(),
        "won": True,
    }
    return [{"deal_id": number, **won} for number in range(count)]


def one_customer_of_each_tier() -> dict[str, list[TableRow]]:
    return {
        "customers": [{"customer_id": tier, "tier": tier} for tier in TIERS],
        "subscription_items": [
            item(f"{tier}-{part}", tier, amount, product=part)
            for tier, each in TIERS.items()
            for part, amount in each.paid().items()
        ],
        "ledger_entries": entries(
            *(
                {"account": "direct_cost", "amount": amount, "customer_id": tier}
                for tier, each in TIERS.items()
                for amount in each.costs()
            )
        ),
    }


def test_mrr_cost_to_serve_and_margin_of_each_tier(world: MakeWorld) -> None:
    series = world(one_customer_of_each_tier()).poll(READ).series(READ)

    def by_tier(kpi: str, suffix: str) -> list[float]:
        return [series[f'kpi_{kpi}_by_tier_{suffix}{{company="acme",tier="{tier}"}}'] for tier in TIERS]

    assert by_tier("mrr", "eur") == [1710, 5445, 15650]
    assert by_tier("cost_to_serve", "eur_per_month") == [294, 652, 1470]
    assert [round(margin, 3) for margin in by_tier("unit_gross_margin", "ratio")] == [0.828, 0.880, 0.906]
    assert by_tier("revenue_per_customer", "eur_per_month") == [1710, 5445, 15650]
    assert series['kpi_mrr_eur{company="acme"}'] == 1710 + 5445 + 15650
    assert series['kpi_arr_eur{company="acme"}'] == 12 * (1710 + 5445 + 15650)


@pytest.mark.parametrize(
    ("sales", "per_lead", "leads", "presales", "cac"),
    [(4000, 200, 20, 1000, 9000), (3500, 150, 15, 800, 6550), (3000, 120, 12, 600, 5040)],
)
def test_acquisition_cost_of_each_year(
    world: MakeWorld, sales: int, per_lead: int, leads: int, presales: int, cac: int
) -> None:
    spent = {"sales": 2 * sales, "marketing": 2 * per_lead * leads, "presales": 2 * presales}
    tables = {
        "deals": deals(2),
        "ledger_entries": entries(*({"account": account, "amount": amount} for account, amount in spent.items())),
    }
    series = world(tables).poll(READ).series(READ)
    assert series['kpi_cac_eur{company="acme"}'] == cac
    parts = {"sales": sales, "marketing": per_lead * leads, "presales": presales}
    for component, amount in parts.items():
        assert series[f'kpi_cac_by_component_eur{{company="acme",component="{component}"}}'] == amount


def test_payback_of_a_starter_customer_is_by_profit_not_by_revenue(world: MakeWorld) -> None:
    tables = one_customer_of_each_tier()
    tables["deals"] = deals(1)
    spent = ({"account": account, "amount": 3000} for account in ("sales", "marketing", "presales"))
    costs = [{**cost, "entry_id": f"cost {cost['entry_id']}"} for cost in tables["ledger_entries"]]
    tables["ledger_entries"] = [*costs, *entries(*spent)]
    series = world(tables).poll(READ).series(READ)
    payback = series['kpi_cac_payback_by_tier_months{company="acme",tier="starter"}']
    assert payback == pytest.approx(9000 / 1416, rel=1e-12)
    assert round(payback, 1) == 6.4


def test_lifetime_value_and_its_ratio_to_the_acquisition_cost(world: MakeWorld) -> None:
    """One of 67 customers leaves, so customers stay 67 months; those left pay 4,500 on average at a margin of 87 %."""
    left = berlin(BOOKED).isoformat()
    tables = {
        "customers": [],
        "subscription_items": [item(n, f"c{n}", 4500, left if n == 0 else "") for n in range(67)],
        "deals": deals(2),
        "ledger_entries": entries(
            {"account": "direct_cost", "amount": 66 * 4500 * 13 // 100}, {"account": "sales", "amount": 18000}
        ),
    }
    series = world(tables).poll(READ).series(READ)
    assert series['kpi_ltv_eur{company="acme"}'] == 262305
    assert round(series['kpi_ltv_cac{company="acme"}'], 1) == 29.1
    assert round(series['kpi_logo_churn_ratio{company="acme"}'], 4) == round(1 / 67, 4)


@pytest.mark.parametrize(("fixed", "mrr"), [(22000, 25287), (36000, 41379), (75000, 86207), (133000, 152874)])
def test_break_even_mrr_of_each_phase(world: MakeWorld, fixed: int, mrr: int) -> None:
    tables = {
        "customers": [],
        "subscription_items": [item(1, "c", 10000)],
        "ledger_entries": entries(
            {"account": "direct_cost", "amount": 1300},
            {"account": "shared_cost", "amount": fixed - 10000},
            {"account": "general", "amount": 10000},
        ),
    }
    assert round(world(tables).poll(READ).series(READ)['kpi_break_even_mrr_eur{company="acme"}']) == mrr


def test_production_clusters_to_break_even_in_phase_1(world: MakeWorld) -> None:
    """A standard cluster brings 1,800 and costs 185; 22,000 a month need 13.6 of them."""
    standard = [f"standard-{n}" for n in range(3)]
    clusters = {**dict.fromkeys(standard, "production standard"), "small": "production small"}
    tables: Tables = {
        "customers": [],
        "assets": [
            {"asset_id": name, "kind": "cluster", "type": type_, "starts_at": STARTS}
            for name, type_ in clusters.items()
        ],
        "subscription_items": [
            *(item(name, "c", 1800, asset_id=name) for name in standard),
            item("small", "c", 1200, asset_id="small"),
        ],
        "ledger_entries": entries(
            {"account": "shared_cost", "amount": 22000},
            {"account": "direct_cost", "amount": 160, "asset_id": "small"},
            *({"account": "direct_cost", "amount": 185, "asset_id": name} for name in standard),
        ),
    }
    series = world(tables).poll(READ).series(READ)
    assert series['kpi_break_even_clusters{company="acme"}'] == 14
    assert series['kpi_cost_to_serve_cluster_by_type_eur_per_month{company="acme",type="production standard"}'] == 185


def staffed(team: str, people: int) -> list[TableRow]:
    """So many people in a team, and a hundred elsewhere."""
    return [
        {"team": name, "effective_on": "2026-01-01", "people": each} for name, each in ((team, people), ("sales", 100))
    ]


@pytest.mark.parametrize(("engineers", "clusters", "each"), [(3, 33, 11), (6, 102, 17), (10, 203, 20.3)])
def test_clusters_per_engineer(world: MakeWorld, engineers: int, clusters: int, each: float) -> None:
    tables: Tables = {
        "assets": [{"asset_id": n, "kind": "cluster", "starts_at": STARTS} for n in range(clusters)],
        "headcount": staffed("engineering", engineers),
    }
    assert world(tables).poll(READ).series(READ)['kpi_clusters_per_engineer{company="acme"}'] == each


@pytest.mark.parametrize(("people", "customers", "each"), [(1, 13, 13), (2, 34, 17), (3, 58, 19.3)])
def test_customers_per_support_person(world: MakeWorld, people: int, customers: int, each: float) -> None:
    tables: Tables = {
        "customers": [],
        "subscription_items": [item(n, f"c{n}", 100) for n in range(customers)],
        "headcount": staffed("support", people),
    }
    series = world(tables).poll(READ).series(READ)
    assert round(series['kpi_customers_per_support_engineer{company="acme"}'], 1) == each
