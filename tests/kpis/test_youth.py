"""A company younger than the windows of its KPIs: when they can have values, and that this is no alert."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

import pytest

from exporter.analysis.explain.answer import explanation
from exporter.analysis.explain.request import ExplainRequest
from exporter.analysis.review.request import ReviewRequest
from exporter.analysis.review.review import review
from exporter.catalogue.schema.company import Cadence
from exporter.kpis.reading import Reading, Reason, Unknown
from exporter.web.json_view import document
from tests.support.mrr_company import COMMON, item
from tests.support.world import World, utc

pytestmark = pytest.mark.slow

NOW = utc("2025-11-27T09:00")

KPIS: Mapping[str, Mapping[str, object]] = {
    "customers_won": {"formula": "mrr / customers", "window": "month", "unit": "EUR/month", "per": None},
    "kept": {"formula": "retained_mrr / previous(mrr)", "window": "trailing 12 months", "unit": "ratio", "per": None},
    "growth": {"formula": "mrr / previous(mrr) - 1", "window": "month", "unit": "ratio", "per": None},
    "current": {"formula": "mrr", "window": "now"},
    "never": {"formula": "mrr / 0", "window": "now"},
}


@pytest.fixture
def world(tmp_path: Path) -> World:
    """Poll a company whose first customer began on 24 November."""
    catalogue = {"kpis": {id_: {**COMMON, "title": id_, **kpi} for id_, kpi in KPIS.items()}}
    base = World(tmp_path, {"subscription_items": [item(1, 100, "2025-11-24")]}).company
    removed = dict.fromkeys(base.kpis)
    rows = {"subscription_items": [item(1, 100, "2025-11-24")]}
    return World(tmp_path, rows, {"kpis": {**removed, **catalogue["kpis"]}}).poll(NOW)


def reading(world: World, id_: str, at: datetime = NOW) -> Reading:
    return next(each for each in world.take(at).kpis if each.kpi.id == id_)


@pytest.mark.parametrize(
    ("id_", "detail", "day"),
    [
        ("customers_won", "too young: from December 2025 on", "2025-12-01"),
        ("growth", "too young: from January 2026 on", "2026-01-01"),
        ("kept", "too young: from 25 November 2026 on", "2026-11-25"),
    ],
)
def test_a_kpi_whose_window_begins_before_the_first_records_says_from_when_on(
    world: World, id_: str, detail: str, day: str
) -> None:
    unknown = reading(world, id_).unknown
    assert unknown is not None
    assert (unknown.reason, unknown.detail, str(unknown.known_from)) == (Reason.TOO_YOUNG, detail, day)


def test_the_day_that_is_told_brings_a_value(world: World) -> None:
    unknown = reading(world, "growth").unknown
    assert unknown is not None
    assert unknown.known_from is not None
    later = utc(f"{unknown.known_from}T09:00")
    assert reading(world.poll(later), "growth", later).value == 0
    assert reading(world, "customers_won", later).value == 100


def test_other_reasons_stay_and_a_value_is_not_taken_away(world: World) -> None:
    assert reading(world, "current").value == 100
    assert reading(world, "never").unknown == Unknown(Reason.DIVISION_BY_ZERO, "the formula divides by zero")


def test_series_json_and_explanation_agree(world: World) -> None:
    taken = world.take(NOW)
    assert world.series(NOW)['kpi_exporter_kpi_unknown{company="acme",kpi="growth",reason="too_young"}'] == 1
    (company,) = document([taken])["companies"]
    growth = next(each for each in company["kpis"] if each["id"] == "growth")
    assert growth["value"] is None
    assert growth["unknown"] == {
        "reason": "too_young",
        "detail": "too young: from January 2026 on",
        "known_from": "2026-01-01",
    }
    explained = explanation(ExplainRequest(world.company, world.company.kpis["growth"]), world.store, NOW)
    assert explained.reading.unknown == reading(world, "growth").unknown


def test_the_report_says_so_too(world: World) -> None:
    report = review(ReviewRequest(world.company, Cadence.QUARTERLY), world.store, NOW)
    why = {line.kpi.id: line.why_unknown for line in report.unknown}
    assert why["growth"] == "too young: from January 2026 on"
    assert why["kept"] == "too young: from 25 November 2026 on"
    assert "too young" not in why["never"]
