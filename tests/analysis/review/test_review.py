"""What a review says of records that can be checked by hand, from files to its lines."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import pytest

from exporter.analysis.review.request import ReviewRequest
from exporter.analysis.review.review import Review, ReviewLine, review
from exporter.catalogue.loading import load, shipped_file
from exporter.catalogue.schema.company import Cadence
from exporter.kpis.display_status import DisplayStatus
from tests.support.mrr_company import subscription
from tests.support.world import MakeWorld, TableRow, World, utc

NOW = utc("2026-04-20T06:00")


def incidents(*months: tuple[int, int]) -> list[TableRow]:
    """P1 incidents: so many in each month of 2026."""
    return [
        {"incident_id": f"{month}-{n}", "priority": "P1", "triggered_at": f"2026-{month:02}-10T{n:02}:00:00Z"}
        for month, count in months
        for n in range(count)
    ]


def clusters(*starts: str) -> list[TableRow]:
    return [{"asset_id": n, "kind": "cluster", "starts_at": at} for n, at in enumerate(starts)]


def of(world: World, cadence: Cadence = Cadence.MONTHLY, since: datetime | None = None, now: datetime = NOW) -> Review:
    return review(ReviewRequest(world.company, cadence, since), world.store, now)


def ids(lines: Sequence[ReviewLine]) -> list[str]:
    return [line.kpi.id for line in lines]


def line(reviewed: Review, kpi: str) -> ReviewLine:
    return next(each for each in reviewed.lines if each.kpi.id == kpi)


SHIPPED = load(shipped_file("managed-kubernetes"), {}).kpis
KPI = {"area": "x", "unit": "count", "window": "now", "definition": "x", "formula": "clusters"}


def catalogue(**kpis: Mapping[str, object]) -> dict[str, Any]:
    """KPIs of the test's own and no other."""
    own = {id_: {**KPI, "title": id_, **kpi} for id_, kpi in kpis.items()}
    return {"kpis": {**dict.fromkeys(SHIPPED), **own}}


@pytest.mark.parametrize(
    ("cadence", "reviewed"),
    [
        (Cadence.DAILY, ["d"]),
        (Cadence.WEEKLY, ["d", "w"]),
        (Cadence.MONTHLY, ["d", "w", "m"]),
        (Cadence.QUARTERLY, ["d", "w", "m", "q"]),
    ],
)
def test_a_review_has_the_kpis_of_its_cadence_and_finer_ones(
    world: MakeWorld, cadence: Cadence, reviewed: list[str]
) -> None:
    named = {"d": "daily", "w": "weekly", "m": "monthly", "q": "quarterly"}
    kpis = {id_: {"cadence": text} for id_, text in named.items()}
    result = of(world({"assets": clusters()}, catalogue=catalogue(**kpis)).poll(NOW), cadence)
    assert sorted(ids(result.lines)) == sorted(reviewed)


@pytest.mark.parametrize(
    ("cadence", "since"),
    [
        (Cadence.DAILY, "2026-04-19T06:00"),
        (Cadence.WEEKLY, "2026-04-13T06:00"),
        (Cadence.MONTHLY, "2026-03-20T07:00"),  # before the clocks were set forward in Berlin
        (Cadence.QUARTERLY, "2026-01-20T07:00"),
    ],
)
def test_the_last_review_was_one_cadence_ago(world: MakeWorld, cadence: Cadence, since: str) -> None:
    assert of(world({"assets": clusters()}).poll(NOW), cadence).since == utc(since)


def test_what_changed_its_status_is_told_with_what_it_was(world: MakeWorld) -> None:
    """2 P1 incidents are a warning and 6 are critical; those of March count from the first of April on."""
    kpis = {"p1_incidents": {"accumulates": False}}
    seen = world({"incidents": incidents((2, 1), (3, 6))}, catalogue={"kpis": kpis}).poll(NOW)
    (changed,) = [each for each in of(seen).changed if each.kpi.id == "p1_incidents"]
    assert (changed.was, changed.status) == ("in order", "critical")
    assert "p1_incidents" not in ids(of(seen, Cadence.DAILY).changed)
    assert "p1_incidents" not in ids(of(seen, since=utc("2026-03-31T22:00")).changed)
    assert "p1_incidents" in ids(of(seen, since=utc("2026-03-31T21:59")).changed)


def test_the_worst_change_comes_first(world: MakeWorld) -> None:
    rising = ["2026-01-01T00:00Z", "2026-04-01T00:00Z"]
    kpis = {
        "better": {"warning": "< 2"},
        "worse": {"warning": ">= 2"},
        "worst": {"critical": ">= 2"},
        "same": {"critical": ">= 1"},
    }
    reviewed = of(world({"assets": clusters(*rising)}, catalogue=catalogue(**kpis)).poll(NOW))
    changed = [(each.kpi.id, each.was, each.status) for each in reviewed.changed]
    assert changed == [
        ("worst", "in order", "critical"),
        ("worse", "in order", "warning"),
        ("better", "warning", "in order"),
    ]
    assert {status: count for status, count in reviewed.counts.items() if count} == {
        DisplayStatus.CRITICAL: 2,
        DisplayStatus.WARNING: 1,
        DisplayStatus.OK: 1,
    }


def test_what_comes_to_miss_its_target_has_changed_too(world: MakeWorld) -> None:
    rising = ["2026-01-01T00:00Z", "2026-04-01T00:00Z"]
    kpis = {"missed": {"target": "< 2"}, "met": {"target": "> 1"}, "on_plan": {"plan": "M0 9"}, "none": {}}
    reviewed = of(world({"assets": clusters(*rising)}, catalogue=catalogue(**kpis)).poll(NOW))
    assert [(each.kpi.id, each.was, each.status) for each in reviewed.changed] == [
        ("missed", DisplayStatus.OK, DisplayStatus.OFF_TARGET),
        ("met", DisplayStatus.OFF_TARGET, DisplayStatus.OK),
    ]
    assert {each.status for each in reviewed.lines if each.kpi.id in ("on_plan", "none")} == {DisplayStatus.NO_TARGET}


def test_what_went_stale_since_has_changed_to_unknown(world: MakeWorld) -> None:
    seen = world({"incidents": incidents((2, 1), (3, 1))}, max_age="10d").poll(utc("2026-04-09T06:00"))
    changed = line(of(seen, since=utc("2026-04-10T06:00")), "p1_incidents")
    assert (changed.was, changed.status) == ("in order", "unknown")
    assert "too long ago" in changed.why_unknown


def test_the_furthest_behind_comes_first_and_ceilings_are_kept_from_below(world: MakeWorld) -> None:
    kpis = {
        "floor": {"target": "plan", "plan": "M0 5"},
        "half": {"target": "plan", "plan": "M0 4"},
        "met": {"target": "plan", "plan": "M0 2"},
        "beaten": {"target": "plan", "plan": "M0 1"},
        "ceiling": {"target": "plan (a ceiling)", "plan": "M0 1"},
        "kept": {"target": "plan (a ceiling)", "plan": "M0 3"},
        "low": {"target": "< 20", "plan": "M0 1.6"},
        "later": {"target": "plan", "plan": "M+12 9"},
    }
    reviewed = of(world({"assets": clusters(*["2026-01-01T00:00Z"] * 2)}, catalogue=catalogue(**kpis)).poll(NOW))
    assert [(each.kpi.id, each.short) for each in reviewed.behind] == [
        ("ceiling", "100%"),
        ("floor", "60%"),
        ("half", "50%"),
        ("low", "25%"),
    ]


def test_a_missed_target_is_marked_also_where_one_segment_misses_it(world: MakeWorld) -> None:
    """Expect of two small clusters and one large one that a target which is just met is met."""
    types = {"small": 2, "large": 1}
    assets = [
        {"asset_id": f"{type_}{n}", "kind": "cluster", "type": type_, "starts_at": "2026-01-01T00:00Z"}
        for type_, count in types.items()
        for n in range(count)
    ]
    segmented = {"by": ["type"], "segments": "type"}
    kpis: dict[str, dict[str, object]] = {
        "met": {"target": ">= 3"},
        "missed": {"target": "> 3"},
        "segment_met": {**segmented, "target": "< 3 (small), < 2 (large)"},
        "segment_missed": {**segmented, "target": "< 3 (small), < 1 (large)"},
        "nowhere": {**segmented, "target": "> 9 (huge)"},
        "none": {},
    }
    reviewed = of(world({"assets": assets}, catalogue=catalogue(**kpis)).poll(NOW))
    assert {each.kpi.id: each.target for each in reviewed.lines} == {
        "met": ">= 3",
        "missed": "> 3, missed",
        "segment_met": "< 3 (small), < 2 (large)",
        "segment_missed": "< 3 (small), < 1 (large), missed",
        "nowhere": "> 9 (huge)",
        "none": "",
    }


def test_the_largest_move_comes_first_and_noise_is_left_out(world: MakeWorld) -> None:
    """Expect one cluster more to be listed: of 20 a month ago it is 5 %; of 21 it would be less."""
    old = ["2026-01-01T00:00Z"] * 20
    kpis = {
        "from_nothing": {"formula": "clusters - 20"},
        "tripled": {"formula": "clusters - 19.5"},
        "just_enough": {},
        "too_little": {"formula": "clusters + 1"},
        "still": {"formula": "clusters - clusters + 1"},
    }
    reviewed = of(world({"assets": clusters(*old, "2026-04-01T00:00Z")}, catalogue=catalogue(**kpis)).poll(NOW))
    assert [(each.kpi.id, each.change) for each in reviewed.movers] == [
        ("from_nothing", "+1"),
        ("tripled", "+1"),
        ("just_enough", "+5%"),
    ]


def test_what_is_unknown_says_why(world: MakeWorld) -> None:
    reviewed = of(world({"incidents": incidents((3, 1))}).poll(NOW))
    reasons = {each.kpi.id: each.why_unknown for each in reviewed.unknown}
    assert "p1_incidents" not in reasons
    assert "uptime" not in reasons  # which is not connected
    assert reasons["mttr_p1"] == 'time_to_resolve["P1"] has no data from 2026-03-01 00:00 to 2026-04-01 00:00'


def test_a_trend_steps_by_the_cadence_or_by_a_longer_calendar_window(world: MakeWorld) -> None:
    tables = {
        "assets": clusters("2026-04-01T12:00Z", "2026-04-10T12:00Z"),
        "customers": [],
        "subscription_items": [
            subscription(1, 100, "2026-01-15T00:00Z"),
            subscription(2, 50, "2026-02-15T00:00Z", "2026-03-15T00:00Z"),
        ],
    }
    reviewed = of(world(tables, catalogue={"kpis": {"net_new_mrr": {"cadence": "weekly"}}}).poll(NOW), Cadence.WEEKLY)
    assert [point.value for point in line(reviewed, "clusters").trend] == [*[0.0] * 10, 1, 2, 2]
    assert [point.value for point in line(reviewed, "net_new_mrr").trend] == [*[0.0] * 10, 100, 50, -50]


def test_a_trend_carries_the_plan_of_its_time(world: MakeWorld) -> None:
    kpis = {"clusters": {"target": "plan", "plan": "M0 0, M+12 12", "plan_shape": "step"}, "bare": {}}
    reviewed = of(world({"assets": clusters()}, catalogue=catalogue(**kpis)).poll(NOW))
    assert [point.plan for point in line(reviewed, "clusters").trend] == [*[None] * 9, 0, 0, 0, 0]
    assert {point.plan for point in line(reviewed, "bare").trend} == {None}


@pytest.mark.parametrize("since", [NOW, utc("2026-04-21T00:00")])
def test_the_last_review_is_past(world: MakeWorld, since: datetime) -> None:
    with pytest.raises(ValueError, match="which is not past"):
        of(world({"assets": clusters()}).poll(NOW), since=since)
