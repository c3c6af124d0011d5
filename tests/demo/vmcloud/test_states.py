"""What the demo shows of the cloud provider: every KPI but one, three of its six thresholds crossed, on any day."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from exporter.catalogue.language.plans import Scenario
from exporter.demo.vmcloud.simulation import write
from exporter.kpis.reading import CompanyReading, Reason, Status
from tests.demo.simulations import kpi_values, simulated_reading
from tests.support.examples import first

pytestmark = pytest.mark.slow

CRITICAL = {"support_backlog", "error_rate"}
WARNING = {"trial_conversion", "gpu_utilization", "cash_runway"}

MOMENTS = {
    "the middle of a quarter": (datetime(2026, 11, 22, 10, tzinfo=UTC), 1),
    "the first instant of a year in Paris": (datetime(2026, 12, 31, 23, tzinfo=UTC), 1),
    "the last evening of a quarter": (datetime(2027, 3, 31, 20, tzinfo=UTC), 1),
    "a leap day": (datetime(2028, 2, 29, 12, tzinfo=UTC), 1),
    "the night the clock goes back": (datetime(2026, 10, 25, 1, 30, tzinfo=UTC), 1),
    "the first morning of a month": (datetime(2026, 9, 1, 6, tzinfo=UTC), 1),
    "another seed": (datetime(2027, 7, 30, 6, tzinfo=UTC), 2),
    "yet another seed": (datetime(2026, 12, 9, 10, tzinfo=UTC), 77),
}


@pytest.fixture(scope="module", params=first(1, MOMENTS))
def reading(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> CompanyReading:
    return simulated_reading(write, tmp_path_factory.mktemp("demo"), *MOMENTS[request.param])


def test_all_but_the_growth_of_a_year_are_known(reading: CompanyReading) -> None:
    unknown = {each.kpi.id: each.unknown for each in reading.kpis if each.unknown is not None}
    assert len(reading.kpis) == 70
    assert set(unknown) == {"arr_growth"}
    assert unknown["arr_growth"].reason is Reason.TOO_YOUNG


def test_the_page_shows_every_state(reading: CompanyReading) -> None:
    assert {each.kpi.id for each in reading.kpis if each.status is Status.CRITICAL} == CRITICAL
    assert {each.kpi.id for each in reading.kpis if each.status is Status.WARNING} == WARNING


def test_the_company_is_somewhat_behind_its_plan_of_the_ninth_month(reading: CompanyReading) -> None:
    values = kpi_values(reading)
    plan = {each.kpi.id: each.plan[Scenario.BASE] for each in reading.kpis if Scenario.BASE in each.plan}
    assert 66_000 < plan["mrr"] < 75_100
    assert 0.65 * plan["mrr"] < values["mrr"] < plan["mrr"]
    assert values["customers"] == pytest.approx(plan["customers"], rel=0.1)
    assert values["new_customers"] == 67 < plan["new_customers"]
    assert values["trial_signups"] == pytest.approx(plan["trial_signups"], rel=0.35)
    assert values["burn_rate"] < plan["burn_rate"]


def test_values_are_plausible(reading: CompanyReading) -> None:
    values = kpi_values(reading)
    assert values["arr"] == pytest.approx(12 * values["mrr"])
    assert values["active_customers"] < values["customers"]
    assert values["enterprise_customers"] < values["paying_customers"] < values["customers"]
    assert 0.03 < values["logo_churn"] < 0.05
    assert values["trial_conversion"] == pytest.approx(0.18, abs=0.01)
    assert 0.999 < values["uptime"] < 1
    assert values["p1_incidents"] == 1
    assert 0.06 < values["api_latency_mean"] < 0.1
    assert 0.3 < values["api_latency_p99"] < 0.5
    assert 30 < values["vm_provisioning_time"] < 60
    assert 0.55 < values["gross_margin"] < 0.66
    assert (
        values["gpu_t4_utilization"] * 25 + values["gpu_4090_utilization"] * 20 + values["gpu_a100_utilization"] * 40
        > 20
    )
    assert 5 < values["ltv_cac"] < 12
    assert 350 < values["ltv_b2c"] < 500 < 5000 < values["ltv_b2b"] < 9000


def test_breakdowns_are_by_segment_channel_keyword_and_priority(reading: CompanyReading) -> None:
    breakdowns = {each.kpi.id: each.breakdowns for each in reading.kpis}
    assert set(breakdowns["mrr"]["tier"]) == {"B2C", "SMB", "enterprise"}
    assert set(breakdowns["traffic_share"]["channel"]) == {"organic", "paid", "referral"}
    assert set(breakdowns["resolution_time"]["priority"]) == {"P1", "P2", "P3", "P4"}
    assert set(breakdowns["search_position"]["keyword"]) == {
        "cloud gpu france",
        "vps pas cher",
        "hébergement gpu",
        "cloud ia france",
    }


def test_two_rows_are_set_aside_and_no_other(reading: CompanyReading) -> None:
    rejected = {source.name: dict(source.rejected) for source in reading.sources if source.rejected}
    assert rejected == {"billing": {"subscription_items": 1}, "product": {"trials": 1}}


def test_every_source_delivers(reading: CompanyReading) -> None:
    assert len(reading.sources) == 12
    assert all(source.rows and all(source.rows.values()) for source in reading.sources)
