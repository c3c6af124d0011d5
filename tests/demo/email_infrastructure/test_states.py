"""What the demo shows of the email provider: every KPI, most targets met and some missed, on any day."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

import pytest

from exporter.catalogue.language.plans import Scenario
from exporter.demo.email_infrastructure.simulation import write
from exporter.kpis.reading import CompanyReading, Reading
from tests.demo.simulations import kpi_values, simulated_reading
from tests.support.examples import first

pytestmark = pytest.mark.slow

MOMENTS = {
    "the middle of a quarter": (datetime(2026, 11, 22, 10, tzinfo=UTC), 1),
    "the first instant of a year": (datetime(2027, 1, 1, tzinfo=UTC), 1),
    "the last evening of a quarter": (datetime(2027, 3, 31, 23, 30, tzinfo=UTC), 1),
    "a leap day": (datetime(2028, 2, 29, 12, tzinfo=UTC), 1),
    "the first morning of a month": (datetime(2026, 9, 1, 6, tzinfo=UTC), 1),
    "another seed": (datetime(2027, 7, 30, 6, tzinfo=UTC), 2),
    "yet another seed": (datetime(2026, 12, 9, 10, tzinfo=UTC), 77),
}


@pytest.fixture(scope="module", params=first(1, MOMENTS))
def reading(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> CompanyReading:
    return simulated_reading(write, tmp_path_factory.mktemp("demo"), *MOMENTS[request.param])


def _by_id(reading: CompanyReading) -> Mapping[str, Reading]:
    return {each.kpi.id: each for each in reading.kpis}


def test_every_kpi_is_known(reading: CompanyReading) -> None:
    assert {each.kpi.id: each.unknown for each in reading.kpis if each.unknown} == {}
    assert len(reading.kpis) == 28


def test_values_are_plausible(reading: CompanyReading) -> None:
    values = kpi_values(reading)
    assert 40_000 < values["mrr"] < 52_000
    assert values["arr"] == pytest.approx(12 * values["mrr"])
    assert 0.80 <= values["gross_margin"] <= 0.85
    assert 0.90 < values["deliverability"] < 0.96
    assert 0.995 < values["uptime"] < 0.9995
    assert 0.85 < values["campaign_success"] < 0.95
    assert 30 * 60 < values["provisioning_time"] < 60 * 60
    assert 24 * 3600 < values["time_to_first_value"] < 48 * 3600
    assert values["emails_sent"] > 500_000
    assert 0.8 < values["smtp_health"] <= 1
    assert 0.9 < values["server_health"] <= 1
    assert 200 < values["queue_depth"] < 1200
    assert 40 < values["nps"] < 46
    assert 4.0 < values["csat"] < 4.6
    assert 0.6 < values["retention"] < 0.9
    assert values["ltv"] > 1500
    assert 6 < values["ltv_cac"] < 14
    assert 5 <= values["failed_payments"] < 40
    assert values["mau"] > 500
    assert 0 < values["email_volume_growth"] < 0.3
    assert values["domains_added"] > 60
    assert 0 < values["enterprise_upgrades"] < 0.01
    assert 14 / 22 < values["mvp_completion"] < 17 / 22


def test_customers_cost_more_to_win_than_aimed_for(reading: CompanyReading) -> None:
    segments = _by_id(reading)["cac"].breakdowns["segment"]
    assert set(segments) == {"agencies", "SaaS companies"}
    assert segments["SaaS companies"] > 100
    assert segments["agencies"] > 150


def test_two_core_features_are_used_by_fewer_customers_than_aimed_for(reading: CompanyReading) -> None:
    assert 0.45 < kpi_values(reading)["feature_adoption"] < 0.60


def test_revenue_is_behind_plan_and_mail_ahead_of_it(reading: CompanyReading) -> None:
    readings = _by_id(reading)
    plan = {id_: reading.plan[Scenario.BASE] for id_, reading in readings.items() if Scenario.BASE in reading.plan}
    values = kpi_values(reading)
    assert values["mrr"] < plan["mrr"]
    assert values["arr"] < plan["arr"]
    assert values["emails_sent"] > plan["emails_sent"] == 500_000


def test_two_rows_are_set_aside_and_no_other(reading: CompanyReading) -> None:
    rejected = {source.name: dict(source.rejected) for source in reading.sources if source.rejected}
    assert rejected == {"billing": {"refunds": 1}, "maillog": {"mail_volumes": 1}}


def test_every_source_delivers(reading: CompanyReading) -> None:
    assert all(source.rows and all(source.rows.values()) for source in reading.sources)
