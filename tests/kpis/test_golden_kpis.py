"""Golden cases of other KPIs, K1 to K13: from CSV files to `/metrics`, with the number that others get wrong."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta

import pytest

from tests.kpis.test_worked_examples import entries, item
from tests.support.world import MakeWorld, TableRow, Tables, berlin, utc

READ = utc("2026-04-01T06:00")
MARCH = berlin(date(2026, 3, 15)).isoformat()
WORKED: Mapping[str, Mapping[str, float]] = {
    "K1": {"ltv": 1600, "ltv_cac": 4, "cac_payback": 10},
    "K2": {"cac": 2000, "cac_payback": 12.5, "payback_by_new_mrr": 12.5},
    "K4": {"cash_runway": 12},
}
"""The right numbers of the cases that docs/revenue.md tells of."""


def won(count: int) -> list[TableRow]:
    deal = {"amount": 1, "currency": "EUR", "created_at": MARCH, "closed_at": MARCH, "won": True}
    return [{"deal_id": number, **deal} for number in range(count)]


def values_of(series: Mapping[str, float], *kpis: str) -> dict[str, float]:
    """Return the values of these KPIs, without those that have none."""
    names = {kpi: f'kpi_{kpi}{SUFFIXES.get(kpi, "")}{{company="acme"}}' for kpi in kpis}
    return {kpi: series[name] for kpi, name in names.items() if name in series}


SUFFIXES = {
    "ltv": "_eur",
    "cac": "_eur",
    "cac_payback": "_months",
    "payback_by_new_mrr": "_months",
    "cash_runway": "_months",
}
"""The unit at the end of a metric's name."""


def test_k1_lifetime_value_is_of_gross_profit(world: MakeWorld) -> None:
    """One of forty leaves; those left pay 50 at 80 %; winning one cost 400. On revenue it would be 2,000 and 5."""
    tables: Tables = {
        "customers": [],
        "subscription_items": [item(n, f"c{n}", 50, MARCH if n == 0 else "") for n in range(40)],
        "deals": won(2),
        "ledger_entries": entries({"account": "direct_cost", "amount": 39 * 10}, {"account": "sales", "amount": 800}),
    }
    assert values_of(world(tables).poll(READ).series(READ), *WORKED["K1"]) == pytest.approx(WORKED["K1"])


def test_k2_payback_is_of_what_one_customer_brings(world: MakeWorld) -> None:
    """100,000 win fifty who pay 10,000 together at 80 %. The cost of one over the revenue of all would be 0.25."""
    overlay = {
        "kpis": {
            "payback_by_new_mrr": {
                "title": "Payback by new MRR",
                "area": "finance",
                "definition": "Spend over the gross profit of new MRR.",
                "unit": "months",
                "window": "month",
                "formula": "acquisition_spend / (new_mrr * unit_gross_margin)",
            }
        }
    }
    tables: Tables = {
        "customers": [],
        "subscription_items": [{**item(n, f"c{n}", 200), "starts_at": MARCH} for n in range(50)],
        "deals": won(50),
        "ledger_entries": entries(
            {"account": "direct_cost", "amount": 2000}, {"account": "sales", "amount": 60000},
            {"account": "marketing", "amount": 40000},
        ),
    }  # fmt: skip
    series = world(tables, catalogue=overlay).poll(READ).series(READ)
    assert values_of(series, *WORKED["K2"]) == pytest.approx(WORKED["K2"])


def test_k3_without_churn_there_is_no_lifetime_value(world: MakeWorld) -> None:
    """And not an infinite one, nor the one of before."""
    tables: Tables = {
        "customers": [],
        "subscription_items": [item(n, f"c{n}", 50) for n in range(4)],
        "ledger_entries": entries({"account": "direct_cost", "amount": 40}),
    }
    series = world(tables).poll(READ).series(READ)
    assert values_of(series, "ltv") == {}
    assert series['kpi_exporter_kpi_unknown{company="acme",kpi="ltv",reason="division_by_zero"}'] == 1
    assert series['kpi_logo_churn_ratio{company="acme"}'] == 0


ALIVE: Mapping[str, object] = {
    "kpis": {
        "default_alive": {
            "title": "Default alive",
            "area": "finance",
            "definition": "1 where cash does not shrink.",
            "unit": "count",
            "window": "month",
        }
    }
}


@pytest.mark.parametrize(
    ("before", "expected"),
    [(1_500_000, {**WORKED["K4"], "default_alive": 0}), (1_140_000, {"default_alive": 1})],
    ids=["burns 100,000 a month", "earns 20,000 a month"],
)
def test_k4_runway_is_known_while_cash_shrinks(world: MakeWorld, before: int, expected: dict[str, float]) -> None:
    """Earning 20,000 a month is no runway of −60 months, nor an endless one."""
    balances = [
        {"account_id": "bank", "balance_on": day, "amount": amount, "currency": "EUR"}
        for day, amount in (("2025-12-31", before), ("2026-03-31", 1_200_000))
    ]
    tables: Tables = {"cash_balances": balances, "financings": []}
    series = world(tables, catalogue=ALIVE).poll(READ).series(READ)
    assert values_of(series, "cash_runway", "default_alive") == expected


def surveys(kind: str, *scores: int) -> list[TableRow]:
    return [
        {"response_id": n, "respondent_id": n, "kind": kind, "score": score, "responded_at": MARCH}
        for n, score in enumerate(scores)
    ]


def test_k6_promoters_less_detractors_and_nothing_without_answers(world: MakeWorld) -> None:
    request = world({"surveys": surveys("nps", *[10, 9, 9, 10, 9], *[7, 8, 8], *[0, 6])}).poll(READ).series(READ)
    assert request['kpi_nps{company="acme"}'] == 30
    silent = world({"surveys": []}).poll(READ).series(READ)
    assert 'kpi_nps{company="acme"}' not in silent


def test_k7_who_was_asked_and_did_not_answer_is_not_dissatisfied(world: MakeWorld) -> None:
    """Eight good, two bad, five offered: 80 % of the answers, not 53 % of those asked. Good is 5 and bad is 1."""
    unanswered = [{"response_id": f"offered {n}", "kind": "csat", "responded_at": MARCH} for n in range(5)]
    tables = {"surveys": [*surveys("csat", *[5] * 8, *[1] * 2), *unanswered]}
    series = world(tables, catalogue={"extends": "vmcloud"}).poll(READ).series(READ)
    assert series['kpi_csat_ratio{company="acme"}'] == 0.8


def test_k9_a_release_that_caused_two_incidents_failed_once(world: MakeWorld) -> None:
    tables: Tables = {
        "deployments": [{"deployment_id": n, "deployed_at": MARCH, "failed": n == 0} for n in range(4)],
        "incidents": [{"incident_id": n, "priority": "P1", "triggered_at": MARCH} for n in range(2)],
    }
    series = world(tables).poll(READ).series(READ)
    assert series['kpi_change_failure_rate_ratio{company="acme"}'] == 0.25
    assert series['kpi_p1_incidents{company="acme"}'] == 2


def test_k11_a_store_that_opened_since_is_not_comparable(world: MakeWorld) -> None:
    """A sold 100 and then 110; B opened eight months before the year's end and sold 60: +10 %, not +70 %."""

    def sale(number: int, store: str, on: str, amount: int) -> TableRow:
        return {"sale_id": number, "store_id": store, "sold_on": on, "amount": amount, "cost": 1, "currency": "USD"}

    tables: Tables = {
        "stores": [
            {"store_id": "A", "opened_on": "2020-01-01", "selling_area": 1},
            {"store_id": "B", "opened_on": "2025-05-01", "selling_area": 1},
        ],
        "store_sales": [
            sale(1, "A", "2024-06-01", 100),
            sale(2, "A", "2025-06-01", 110),
            sale(3, "B", "2025-06-01", 60),
        ],
    }
    series = world(tables, catalogue={"extends": "unit-economics"}).poll(READ).series(READ)
    assert series['kpi_same_store_sales_ratio{company="acme"}'] == pytest.approx(0.1)


def test_k13_the_rule_of_40_counts_points(world: MakeWorld) -> None:
    """Growth of 30 % and a margin of 15 % are 45, not 0.45."""
    rule = {
        "title": "Rule of 40",
        "area": "finance",
        "definition": "Growth and margin of the last 12 months, in percentage points.",
        "unit": "score -1000..1000",
        "window": "trailing 12 months",
        "formula": "100 * (revenue / previous(revenue) - 1 + ebitda / revenue)",
    }

    def booked(number: int, on: date, account: str, amount: int) -> TableRow:
        return {"entry_id": number, "booked_on": on, "account": account, "amount": amount, "currency": "USD"}

    now = READ.date()
    tables = {
        "ledger_entries": [
            booked(1, now - timedelta(days=500), "recurring_revenue", 1000),
            booked(2, now - timedelta(days=100), "recurring_revenue", 1300),
            booked(3, now - timedelta(days=90), "general", 1105),
        ]
    }
    overlay = {"extends": "unit-economics", "kpis": {"rule_of_40": rule}}
    series = world(tables, catalogue=overlay).poll(READ).series(READ)
    assert series['kpi_rule_of_40{company="acme"}'] == pytest.approx(45)
