"""What a newcomer sees: nearly every KPI with a plausible value, some in warning, some critical, on any day."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from exporter.catalogue.language.plans import Scenario
from exporter.demo.managed_kubernetes.simulation import write
from exporter.kpis.reading import CompanyReading, Reason, Status
from tests.demo.simulations import kpi_values, read, simulated_reading
from tests.support.examples import first
from tests.support.stores import new_store

pytestmark = pytest.mark.slow

CRITICAL = {"expansion_share", "change_failure_rate"}
WARNING = {"cac", "mttd", "sla_compliance", "demo_to_close"}
BY_DAY = {"arr", "mrr_growth", "customers_per_support_engineer"}
"""In warning or not, and growth critical or not, as the customers of the month that runs come."""

MOMENTS = {
    "the middle of a quarter": (datetime(2026, 11, 22, 10, tzinfo=UTC), 1),
    "the first instant of a year in Berlin": (datetime(2026, 12, 31, 23, tzinfo=UTC), 1),
    "the last evening of a quarter": (datetime(2027, 3, 31, 20, tzinfo=UTC), 1),
    "a leap day": (datetime(2028, 2, 29, 12, tzinfo=UTC), 1),
    "the day after a leap day": (datetime(2028, 3, 1, 0, tzinfo=UTC), 1),
    "the night the clock goes back": (datetime(2026, 10, 25, 1, 30, tzinfo=UTC), 1),
    "the last month of a quarter": (datetime(2026, 9, 1, 6, tzinfo=UTC), 1),
    "the first month of a quarter": (datetime(2027, 7, 30, 6, tzinfo=UTC), 1),
    "another seed": (datetime(2026, 11, 22, 10, tzinfo=UTC), 2),
    "yet another seed": (datetime(2026, 12, 9, 10, tzinfo=UTC), 77),
}


@pytest.fixture(scope="module", params=first(4, MOMENTS))
def reading(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> CompanyReading:
    return simulated_reading(write, tmp_path_factory.mktemp("demo"), *MOMENTS[request.param])


def test_all_but_the_runway_are_known_and_the_page_shows_every_state(reading: CompanyReading) -> None:
    unknown = {each.kpi.id: each.unknown for each in reading.kpis if each.unknown is not None}
    assert set(unknown) == {"cash_runway"}
    assert unknown["cash_runway"].reason is Reason.UNDEFINED
    assert "not burning cash" in unknown["cash_runway"].detail
    assert {each.kpi.id for each in reading.kpis if each.status is Status.CRITICAL} - BY_DAY == CRITICAL
    assert {each.kpi.id for each in reading.kpis if each.status is Status.WARNING} - BY_DAY == WARNING


def test_the_company_is_where_the_base_plan_has_it_after_three_years(reading: CompanyReading) -> None:
    """Its third year ended with the last complete month."""
    values = kpi_values(reading)
    closed = {each.kpi.id: each.at_close for each in reading.kpis}
    plan = {each.kpi.id: each.plan[Scenario.BASE] for each in reading.kpis if Scenario.BASE in each.plan}
    assert closed["customers"] == plan["customers"] == 58
    assert closed["clusters"] == pytest.approx(plan["clusters"], rel=0.06)
    assert closed["arr"] == pytest.approx(plan["arr"], rel=0.03)
    assert values["break_even_mrr"] == pytest.approx(plan["break_even_mrr"], rel=0.03)
    assert 2 * plan["cac"] < values["cac"] < 15_000
    assert closed["clusters_per_engineer"] == pytest.approx(plan["clusters_per_engineer"], rel=0.06)
    assert closed["customers_per_support_engineer"] == pytest.approx(58 / 3)


def test_values_are_plausible(reading: CompanyReading) -> None:
    values = kpi_values(reading)
    assert values["mrr"] * 12 == pytest.approx(values["arr"])
    assert values["logo_churn"] == pytest.approx(1 / 56)
    assert 1.10 < values["nrr"] < 1.20
    assert 0.86 < values["unit_gross_margin"] < 0.89
    assert 0.9990 < values["uptime"] <= 1
    assert 1_400_000 < values["ebitda"] < 2_200_000
    assert 200_000 < values["ltv"] < 320_000
    assert 15 < values["ltv_cac"] < 25
    assert 3 < values["pipeline_coverage"] < 30


def test_breakdowns_are_by_the_tiers_and_types_of_the_price_list(reading: CompanyReading) -> None:
    breakdowns = {each.kpi.id: each.breakdowns for each in reading.kpis}
    assert set(breakdowns["mrr"]["tier"]) == {"starter", "professional", "enterprise"}
    assert breakdowns["revenue_per_cluster"]["type"] == {
        "development": 504,
        "staging": 504,
        "production small": 1209,
        "production standard": 1814,
        "production large": 2523,
        "on-prem": 3500,
    }
    margins = breakdowns["unit_gross_margin"]["tier"]
    assert margins["starter"] < margins["professional"] < margins["enterprise"]


def test_three_rows_are_set_aside_and_no_other(reading: CompanyReading) -> None:
    rejected = {source.name: dict(source.rejected) for source in reading.sources if source.rejected}
    assert rejected == {
        "billing": {"subscription_items": 1},
        "crm": {"deals": 1},
        "inventory": {"assets": 1},
    }


def test_every_source_delivers(reading: CompanyReading) -> None:
    assert len(reading.sources) >= 12
    assert all(count > 0 for source in reading.sources for count in source.rows.values())
    assert all(source.rows for source in reading.sources)


@pytest.mark.parametrize(("years", "customers", "clusters", "arr"), [(1, 13, 33, 560_000), (2, 34, 102, 2_000_000)])
def test_the_years_before_followed_the_plan_too(
    years: int, customers: int, clusters: int, arr: float, tmp_path: Path
) -> None:
    now = datetime(2026, 11, 22, 10, tzinfo=UTC)
    instant = now.replace(year=now.year - 3 + years, day=1) - timedelta(hours=11)
    store = new_store(tmp_path / "records.duckdb")
    file = write(tmp_path / "demo", now)
    values = kpi_values(read(file, store, instant + timedelta(hours=1)))
    store.close()
    assert values["customers"] == customers
    assert values["clusters"] == pytest.approx(clusters, rel=0.06)
    assert values["arr"] == pytest.approx(arr, rel=0.06)
