"""Targets, plans and thresholds: what is in force, and on which side of a limit a value lies."""

from __future__ import annotations

import operator
import re
from math import inf, nextafter

import pytest

from exporter.catalogue.language.plans import Scenario
from exporter.catalogue.loading import load, shipped_file
from exporter.catalogue.model import Kpi
from exporter.kpis.freshness import Polls
from exporter.kpis.levels import EvaluationContext, status
from exporter.kpis.reading import Status
from tests.support.world import MakeWorld, TableRow, utc

COMPANY = load(shipped_file("managed-kubernetes"), {})
NOW = utc("2027-06-01")
CONTEXT = EvaluationContext(COMPANY, NOW, Polls({}, {}), {})
WRITTEN = re.compile(r"^(<=|>=|<|>)")
MEANS = {"<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge}
LIMITED = [kpi for kpi, levels in ((k, CONTEXT.thresholds(k)) for k in COMPANY.kpis.values()) if any(levels.values())]


@pytest.mark.parametrize("kpi", LIMITED, ids=lambda kpi: kpi.id)
def test_every_threshold_fires_on_its_side_and_at_its_limit_only_if_it_says_so(kpi: Kpi) -> None:
    thresholds = CONTEXT.thresholds(kpi)
    limits = {severity: level.limit for severity, (level,) in thresholds.items()}
    signs = {
        severity: MEANS[match[1]]
        for severity, condition in kpi.thresholds.items()
        if (match := WRITTEN.match(condition.text))
    }
    for limit in limits.values():
        for value in (limit, nextafter(limit, -inf), nextafter(limit, inf)):
            crossed = {severity for severity in limits if signs[severity](value, limits[severity])}
            expected = Status.CRITICAL if "critical" in crossed else Status.WARNING if crossed else Status.OK
            assert status(value, thresholds) is expected, f"{value!r}"


@pytest.mark.parametrize(
    ("seconds_down", "uptime", "expected"),
    [
        (0, 1.0, Status.OK),
        (2591, 1 - 2591 / 2592000, Status.OK),
        (2592, 0.999, Status.WARNING),
        (12960, 0.995, Status.WARNING),
        (12961, 1 - 12961 / 2592000, Status.CRITICAL),
    ],
)
def test_uptime_to_the_second(world: MakeWorld, seconds_down: int, uptime: float, expected: Status) -> None:
    end = f"2026-03-15T{12 + seconds_down // 3600:02}:{seconds_down // 60 % 60:02}:{seconds_down % 60:02}Z"
    now = utc("2026-03-20T12:00")
    acme = world({"outages": [{"outage_id": 1, "starts_at": "2026-03-15T12:00:00Z", "ends_at": end}]}).poll(now)
    reading = acme.read("uptime", now)
    assert (reading.value, reading.status) == (uptime, expected)


@pytest.mark.slow
def test_a_status_is_that_of_the_published_value(world: MakeWorld) -> None:
    """2,499.996 EUR is published as 2,500.00, which is not less than 2,500."""
    item = {"item_id": 1, "subscription_id": 1, "customer_id": 1, "currency": "EUR", "starts_at": "2026-01-01"}
    now = utc("2026-04-01T06:00")

    def status_of(amount: str) -> Status | None:
        acme = world({"subscription_items": [{**item, "unit_amount": amount}]}).poll(now)
        return acme.read("revenue_per_customer", now).status

    assert [status_of(amount) for amount in ("2499.994", "2499.996", "4000.004", "4000.006")] == [
        Status.CRITICAL,
        Status.WARNING,
        Status.WARNING,
        Status.OK,
    ]


def test_a_target_is_published_in_its_years_only(world: MakeWorld) -> None:
    acme = world({"leads": []})

    def target(kpi: str, now: str) -> list[float]:
        return [level.limit for level in acme.read(kpi, utc(now)).target]

    assert target("mrr_growth", "2026-12-31T22:59") == [0.08, 0.12]
    assert target("mrr_growth", "2026-12-31T23:00") == []
    assert target("ebitda_margin", "2026-12-31T22:59") == []
    assert target("ebitda_margin", "2026-12-31T23:00") == [0.3]


def test_plans_run_in_a_straight_line_and_their_limits_with_them(world: MakeWorld) -> None:
    acme = world({"leads": []})
    before, at_the_end = acme.read("arr", utc("2026-12-31T22:59")), acme.read("arr", utc("2026-12-31T23:00"))
    assert before.plan == {}
    assert before.target == ()
    assert before.thresholds == {"warning": (), "critical": ()}
    assert at_the_end.plan == {Scenario.BASE: 560e3, Scenario.BEAR: 300e3, Scenario.BULL: 840e3}
    assert [level.limit for level in at_the_end.thresholds["critical"]] == [448e3]
    half_way = acme.read("arr", utc("2027-07-02T11:00"))
    assert half_way.plan[Scenario.BASE] == 1_280_000
    assert acme.read("break_even_mrr", utc("2026-06-30T21:59")).plan == {Scenario.BASE: 25300}
    assert acme.read("break_even_mrr", utc("2026-06-30T22:00")).plan == {Scenario.BASE: 41400}


def test_a_plan_per_phase_is_read_from_records(world: MakeWorld) -> None:
    def point(on: str, value: int, scenario: str = "base", kpi: str = "mqls") -> TableRow:
        return {"kpi": kpi, "scenario": scenario, "effective_on": on, "value": value}

    leads = [{"lead_id": n, "created_at": "2026-03-05", "qualified_at": "2026-03-05"} for n in range(30)]
    points = [
        point("2026-04-01", 60),
        point("2026-04-11", 80),
        point("2026-04-01", 10, "bear"),
        point("2026-04-01", 1, kpi="nps"),
    ]
    acme = world({"leads": leads, "plans": points}, max_age="30d").poll(utc("2026-04-01T06:00"))
    early, start, later, last = (
        acme.read("mqls", utc(now))
        for now in ("2026-03-31T21:59", "2026-03-31T22:00", "2026-04-10T21:59", "2026-04-10T22:00")
    )
    assert (early.plan, early.thresholds, early.target) == ({}, {"warning": (), "critical": ()}, ())
    assert start.plan == {Scenario.BASE: 60, Scenario.BEAR: 10}
    assert start.status is Status.WARNING  # 30 are not less than half of 60
    assert later.plan[Scenario.BASE] == 60  # phases are steps, from one point to the next
    assert later.status is Status.WARNING
    assert last.plan[Scenario.BASE] == 80
    assert last.status is Status.CRITICAL
    assert [level.limit for level in last.thresholds["critical"]] == [40]
    assert acme.read("nps", utc("2026-05-01")).plan == {}
