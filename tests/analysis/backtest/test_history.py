"""Which alerts would have fired, on histories that can be computed by hand: every form of threshold, every end."""

from __future__ import annotations

from datetime import timedelta

import pytest

from exporter.analysis.backtest.backtest import totals
from tests.support.mrr_company import BOOKS, READ, STEPS, catalogue, day, episodes, gaps, item, judge
from tests.support.world import MakeWorld, Tables, World, utc

pytestmark = pytest.mark.slow

LOW, HIGH = "KpiIncomeLow", "KpiIncomeHigh"


def company_with(world: MakeWorld, **income: object) -> World:
    """Return the books with one KPI, `income`."""
    return world(BOOKS, catalogue=catalogue(income=income), max_age="3650d").poll(READ)


def test_a_level_fires_from_the_first_moment_beyond_it_to_the_first_that_is_not(world: MakeWorld) -> None:
    result = judge(company_with(world, warning="> 1400", critical="> 1600"))
    assert episodes(result) == {
        (HIGH, "warning"): [("02-10", "03-05", "resolved")],
        (HIGH, "critical"): [("02-20", "02-25", "resolved")],
    }
    ((warning,), (critical,)) = (each.episodes for each in result.histories)
    assert (warning.length, critical.length) == (timedelta(days=23), timedelta(days=5))
    assert (warning.worst.value, warning.worst.limit) == (1800, 1400)
    assert not warning.open_start


@pytest.mark.parametrize(
    ("written", "fired"),
    [
        ("> 1500", [("02-20", "02-25", "resolved")]),
        (">= 1500", [("02-10", "03-05", "resolved")]),
        ("> 1800", []),
        (">= 1800", [("02-20", "02-25", "resolved")]),
    ],
)
def test_at_the_limit_strictness_is_literal(world: MakeWorld, written: str, fired: list[tuple[str, str, str]]) -> None:
    assert episodes(judge(company_with(world, critical=written))) == {(HIGH, "critical"): fired}


def test_what_fires_at_both_ends_says_so(world: MakeWorld) -> None:
    result = judge(company_with(world, warning="< 1200"))
    assert episodes(result) == {(LOW, "warning"): [("01-15", "02-10", "resolved"), ("03-05", "04-15", "still firing")]}
    first, second = result.histories[0].episodes
    assert (first.open_start, second.open_start) == (True, False)
    assert (first.worst.value, first.worst.limit) == (1000, 1200)


def test_a_plan_that_rises_past_the_value(world: MakeWorld) -> None:
    """Expect a plan of 1000 on 1 January to rise by 10 a day: 1200 on the 21st, 1210 on the 22nd."""
    income = {"plan": "2026-01-01 1000, 2026-03-02 1600", "formula": "mrr + mrr / 5", "warning": "< plan"}
    result = judge(company_with(world, **income, critical="< 80% of plan"))
    name = "KpiIncomeBelowPlan"
    # 1800 from 10 February on is above the plan until 5 March, where it is 1200 against the plan's last value, 1600.
    assert episodes(result) == {
        (name, "warning"): [("01-22", "02-10", "resolved"), ("03-05", "04-15", "still firing")],
        (name, "critical"): [("03-05", "04-15", "still firing")],
    }
    assert (result.histories[0].episodes[0].worst.value, result.histories[0].episodes[0].worst.limit) == (1200, 1390)


def test_before_its_plan_begins_nothing_fires_and_nothing_is_unknown(world: MakeWorld) -> None:
    result = judge(company_with(world, plan="2026-04-01 5000", warning="< plan"))
    assert episodes(result) == {("KpiIncomeBelowPlan", "warning"): [("04-01", "04-15", "still firing")]}
    assert result.histories[0].gaps == []


def test_a_change_compares_with_the_period_before(world: MakeWorld) -> None:
    """Compare with a month before: 1500 on 5 March, 1800 on the 20th, 1500 again from 25 March to 5 April."""
    result = judge(company_with(world, warning="declines > 30%", critical="declines > 40%"))
    assert episodes(result) == {
        ("KpiIncomeFalling", "warning"): [("03-10", "04-05", "resolved")],
        ("KpiIncomeFalling", "critical"): [("03-20", "03-25", "resolved")],
    }


def test_where_nothing_was_a_period_before_a_change_cannot_be_judged(world: MakeWorld) -> None:
    """Begin the first subscription at noon of 1 December, so that until 1 January there is no month before."""
    result = judge(company_with(world, warning="declines > 30%"), since="2025-12-20", until="2026-01-20")
    (gap,) = result.histories[0].gaps
    assert (gap.reason, gap.length) == ("no_data", timedelta(days=13))
    assert "mrr has no data at 2025-11-20 00:00" in gap.detail


def test_a_band_has_an_alert_to_either_side(world: MakeWorld) -> None:
    result = judge(company_with(world, warning="outside 1200 to 1600"))
    assert episodes(result) == {
        (LOW, "warning"): [("01-15", "02-10", "resolved"), ("03-05", "04-15", "still firing")],
        (HIGH, "warning"): [("02-20", "02-25", "resolved")],
    }


def test_a_segment_is_judged_by_its_own_value_and_limit(world: MakeWorld) -> None:
    tables: Tables = {
        "subscription_items": [*STEPS, item(4, 40, "2026-03-14", "2026-03-19")],
        "customers": [
            {"customer_id": number, "tier": tier} for number, tier in enumerate(("gold", "gold", "tin", "tin"), 1)
        ],
    }
    income = {"by": ["tier"], "segments": "tier", "warning": "> 1400 (gold), > 100 (tin)"}
    made = world(tables, catalogue=catalogue(income=income), max_age="3650d").poll(READ)
    gold, tin = judge(made).histories
    assert [each.alert.labels["segment"] for each in (gold, tin)] == ["gold", "tin"]
    assert [(e.starts, e.length.days) for e in gold.episodes] == [(utc("2026-02-09T23:00"), 23)]
    assert [(e.starts, e.length.days) for e in tin.episodes] == [(utc("2026-02-19T23:00"), 5)]
    # Before the first customer of tin there is no number for it; once all have left, it is known to be 0.
    assert [e.end for e in tin.episodes] == ["resolved"]
    assert gaps(tin) == [("01-15", "02-20")]


def test_a_divergence_needs_both_sides(world: MakeWorld) -> None:
    kpis = {
        "small": {"formula": "mrr / 2"},
        "parting": {"warning": "income > 1400 while small < 800"},
        "income": {},
    }
    made = world(BOOKS, catalogue=catalogue(**kpis), max_age="3650d").poll(READ)
    assert episodes(judge(made)) == {
        ("KpiPartingDiverging", "warning"): [("02-10", "02-20", "resolved"), ("02-25", "03-05", "resolved")]
    }


def test_a_threshold_of_a_year_is_in_force_in_that_year_only(world: MakeWorld) -> None:
    more = {**catalogue(income={"warning": "< 1200 (year 2)"}), "launch": "2025-02-01"}
    made = world(BOOKS, catalogue=more, max_age="3650d").poll(READ)
    assert episodes(judge(made)) == {
        (LOW, "warning"): [("02-01", "02-10", "resolved"), ("03-05", "04-15", "still firing")]
    }


def test_data_that_grows_too_old_ends_an_episode_as_unknown_not_as_resolved(world: MakeWorld) -> None:
    """Read last on 1 March: the value stands still for three days, and then nothing is known."""
    made = world(BOOKS, catalogue=catalogue(income={"critical": "> 1400"}), max_age="3d").poll(utc("2026-03-01T06:00"))
    result = judge(made)
    assert episodes(result) == {(HIGH, "critical"): [("02-10", "03-05", "unknown")]}
    (gap,) = result.histories[0].gaps
    assert (gap.reason, day(gap.starts), day(gap.ends)) == ("stale", "03-05", "04-15")
    assert "the source books was last read on 2026-03-01 06:00 UTC, which is too long ago" in gap.detail


def test_a_gap_parts_two_episodes(world: MakeWorld) -> None:
    """Answers of 10 and of 25 March: for a week after each the mean is known."""
    surveys = [
        {"response_id": n, "kind": "csat", "score": 2, "responded_at": f"2026-03-{on}T12:00Z"}
        for n, on in enumerate((10, 25))
    ]
    mood = {"formula": "csat", "unit": "score 1..5", "window": "trailing 7 days", "warning": "< 3", "per": None}
    made = world({"surveys": surveys}, catalogue=catalogue(mood=mood), max_age="3650d").poll(READ)
    result = judge(made, since="2026-03-01")
    assert episodes(result) == {
        ("KpiMoodLow", "warning"): [("03-11", "03-18", "unknown"), ("03-26", "04-02", "unknown")]
    }
    assert gaps(result.histories[0]) == [("03-01", "03-11"), ("03-18", "03-26"), ("04-02", "04-15")]
    assert {gap.reason for gap in result.histories[0].gaps} == {"no_data"}


def test_the_end_is_judged_too_and_steps_may_be_hours(world: MakeWorld) -> None:
    """Expect the increase of noon of the 9th at 13:00 by steps of an hour, which is 14:00 in Berlin."""
    made = company_with(world, warning="> 1400")
    assert episodes(judge(made, since="2026-02-01", until="2026-02-15", step="1h")) == {
        (HIGH, "warning"): [("02-09T14:00", "02-15", "still firing")]
    }
    assert episodes(judge(made, since="2026-02-01", until="2026-02-09T18:00")) == {
        (HIGH, "warning"): [("02-09T18:00", "02-09T18:00", "still firing")]
    }


@pytest.mark.slow
def test_a_hold_keeps_an_alert_quiet_until_it_has_passed(world: MakeWorld) -> None:
    """Crossed from 10 February on, it was crossed at every moment of three days for the first time on the 13th."""
    income = {"warning": "> 1400", "critical": "> 1600", "hold": "3 days"}
    result = judge(company_with(world, **income))
    assert episodes(result) == {
        (HIGH, "warning"): [("02-13", "03-05", "resolved")],
        (HIGH, "critical"): [("02-23", "02-25", "resolved")],
    }
    assert episodes(judge(company_with(world, **{**income, "hold": "6 days"})))[HIGH, "critical"] == []
    assert episodes(judge(company_with(world, **{**income, "hold": "30m"})))[HIGH, "critical"] == [
        ("02-20", "02-25", "resolved")
    ]


def test_totals_count_notifications_and_the_worst_status_of_each_kpi(world: MakeWorld) -> None:
    kpis = {"income": {"warning": "> 1400", "critical": "> 1600"}, "other": {"warning": "< 1"}, "quiet": {}}
    made = world(BOOKS, catalogue=catalogue(**kpis), max_age="3650d").poll(READ)
    result = judge(made, since="2026-01-15", until="2026-04-15")
    warning, critical = totals(result.histories)
    assert (warning.severity, warning.notifications, critical.notifications) == ("warning", 1, 1)
    # Of two KPIs over 90 days, one was critical for 5, and for the 18 others of its 23 days a warning.
    assert (warning.lasted.days, critical.lasted.days) == (18, 5)
    assert warning.evaluated == critical.evaluated == 2 * timedelta(days=90) - 2 * timedelta(hours=1)
    assert result.months == pytest.approx(90 / 30.4375, abs=0.01)


def test_only_the_kpis_that_are_named(world: MakeWorld) -> None:
    kpis = {"income": {"warning": "> 1400"}, "other": {"warning": "< 1"}}
    made = world(BOOKS, catalogue=catalogue(**kpis), max_age="3650d").poll(READ)
    assert list(episodes(judge(made, kpis=("other",)))) == [("KpiOtherLow", "warning")]
