"""KPIs of the email provider out of its records, by hand-made examples, from CSV files to the text of `/metrics`."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from tests.support.world import MakeWorld, TableRow, World, utc

READ = utc("2026-04-10T06:00")
CATALOGUE: dict[str, Any] = {"extends": "email-infrastructure", "launch": "2025-04-01"}


def item(customer: str, amount: int, starts: str, ends: str = "") -> TableRow:
    return {
        "item_id": f"{customer} {starts}",
        "subscription_id": customer,
        "customer_id": customer,
        "unit_amount": amount,
        "currency": "USD",
        "starts_at": starts,
        "ends_at": ends,
    }


def made(world: MakeWorld, **tables: list[TableRow]) -> World:
    return world(tables, catalogue=CATALOGUE).poll(READ)


def test_cac_by_segment(world: MakeWorld) -> None:
    """Two agencies for 280 and one SaaS company for 110."""
    segments = {"a1": "agencies", "a2": "agencies", "s1": "SaaS companies"}
    costs = [("agencies", 200), ("agencies", 80), ("SaaS companies", 110)]
    series = made(
        world,
        customers=[{"customer_id": id_, "tier": segment} for id_, segment in segments.items()],
        subscription_items=[item(id_, 79, "2026-03-01") for id_ in segments],
        acquisition_costs=[
            {"cost_id": n, "spent_on": "2026-02-20", "segment": segment, "amount": usd, "currency": "USD"}
            for n, (segment, usd) in enumerate(costs)
        ],
    ).series(READ)
    assert series['kpi_cac_by_segment_usd{company="acme",segment="agencies"}'] == 140
    assert series['kpi_cac_by_segment_usd{company="acme",segment="SaaS companies"}'] == 110
    assert series['kpi_cac_usd{company="acme"}'] == 130


def test_retention_and_lifetime_value_over_a_year(world: MakeWorld) -> None:
    """Of ten customers who pay 100 one left, so they stay 120 months on average; the margin is 80 %."""
    tables: dict[str, list[TableRow]] = {
        "customers": [],
        "subscription_items": [item(f"c{n}", 100, "2025-01-01", "2026-01-15" if n == 0 else "") for n in range(10)],
        "ledger_entries": [
            {"entry_id": account, "booked_on": "2026-03-31", "account": account, "amount": usd, "currency": "USD"}
            for account, usd in (("recurring_revenue", 1000), ("direct_cost", 150), ("shared_cost", 50))
        ],
    }
    series = made(world, **tables).series(READ)
    assert series['kpi_retention_ratio{company="acme"}'] == 0.9
    assert series['kpi_gross_margin_ratio{company="acme"}'] == 0.8
    assert series['kpi_ltv_usd{company="acme"}'] == 9600


def test_nobody_left_so_the_lifetime_has_no_end(world: MakeWorld) -> None:
    entry = {"entry_id": 1, "booked_on": "2026-03-31", "account": "recurring_revenue", "amount": 1, "currency": "USD"}
    result = made(world, subscription_items=[item("c", 100, "2025-01-01")], ledger_entries=[entry]).read("ltv", READ)
    assert result.unknown
    assert result.unknown.detail == "no customer of twelve months ago left, so the lifetime has no end"


def test_teams_grow_per_customer(world: MakeWorld) -> None:
    """Two customers with two members each, then a third member in one: from 2 to 2.5."""
    joined = ["2026-01-01", "2026-01-01", "2026-01-01", "2026-01-01", "2026-03-20"]
    series = made(
        world,
        subscription_items=[item("a", 79, "2026-01-01"), item("b", 79, "2026-01-01")],
        team_members=[{"member_id": n, "customer_id": "ab"[n % 2], "joined_at": at} for n, at in enumerate(joined)],
    ).series(READ)
    assert series['kpi_team_expansion_ratio{company="acme"}'] == 0.25


def test_mail_against_the_month_before(world: MakeWorld) -> None:
    volumes = [("2026-02-10", 800), ("2026-03-10", 600), ("2026-03-20", 400)]
    series = made(
        world,
        mail_volumes=[{"customer_id": "c", "sent_on": on, "sent": n, "delivered": n} for on, n in volumes],
    ).series(READ)
    assert series['kpi_emails_sent{company="acme"}'] == 1000
    assert series['kpi_email_volume_growth_ratio{company="acme"}'] == 0.25


def test_the_mvp_when_the_document_was_written(world: MakeWorld) -> None:
    features: list[TableRow] = [
        {"feature_id": n, "milestone": "mvp", "completed_on": "2025-12-01" if n < 8 else ""} for n in range(22)
    ]
    series = made(world, roadmap_features=features).series(READ)
    assert round(series['kpi_mvp_completion_ratio{company="acme"}'], 2) == 0.36


@pytest.mark.parametrize(
    ("now", "mrr", "arr"),
    [
        ("2026-03-31T23:59", None, None),
        ("2026-04-01T00:00", 25_000, 300_000),
        ("2026-10-01T00:00", 25_000 + 75_000 * 183 / 365, 300_000 + 900_000 * 183 / 365),
        ("2027-04-01T00:00", 100_000, 1_200_000),
        ("2028-01-01T00:00", 100_000, 1_200_000),
    ],
)
def test_plans_count_from_the_launch(world: MakeWorld, now: str, mrr: float | None, arr: float | None) -> None:
    at: datetime = utc(now)
    series = world({"subscription_items": []}, catalogue=CATALOGUE).series(at)
    for kpi, planned in (("mrr", mrr), ("arr", arr)):
        result = series.get(f'kpi_plan{{company="acme",kpi="{kpi}",scenario="base"}}')
        assert result == (None if planned is None else pytest.approx(planned, abs=0.01))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("now", "lower", "upper"),
    [
        ("2026-03-31T23:59", None, None),
        ("2026-04-01T00:00", 25_000, 75_000),
        ("2026-06-30T23:59", 25_000, 75_000),
        ("2026-07-01T00:00", 75_000, 150_000),
        ("2026-10-01T00:00", 150_000, 250_000),
        ("2027-01-01T00:00", 400_000, 600_000),
        ("2027-06-30T23:59", 400_000, 600_000),
    ],
)
def test_the_range_of_each_quarter_is_published_beside_the_plan(
    world: MakeWorld, now: str, lower: float | None, upper: float | None
) -> None:
    series = world({"subscription_items": []}, catalogue=CATALOGUE).series(utc(now))
    result = {end: series.get(f'kpi_plan{{company="acme",kpi="mrr",scenario="{end}"}}') for end in ("lower", "upper")}
    assert result == {"lower": lower, "upper": upper}
