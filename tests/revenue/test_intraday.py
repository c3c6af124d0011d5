"""MRR inside a day: the same number on `/metrics`, in `explain`, in a backfill and in the kept past, by every grain."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from exporter.analysis.backfill.backfill import backfill
from exporter.analysis.backfill.request import BackfillRequest
from exporter.analysis.explain.answer import explanation
from exporter.analysis.explain.request import ExplainRequest
from exporter.analysis.explain.text import explanation_text
from exporter.history import table
from exporter.history.writer import HistoryWriter
from tests.support.world import World, utc

pytestmark = pytest.mark.slow

READ = utc("2024-03-14T06:00")
DAY = utc("2024-03-12")
HOURS = {0: 240, 9: 240, 10: 310, 12: 310, 18: 310, 19: 270, 23: 270}
"""A line of 70 begins at a quarter past nine, and one of 40 ends at half past six in the evening."""
LINES = [
    ("1", "200", "2024-01-01T00:00:00Z", ""),
    ("2", "70", "2024-03-12T09:15:00Z", ""),
    ("3", "40", "2024-01-01T00:00:00Z", "2024-03-12T18:30:00Z"),
]
ITEMS = [
    {
        "item_id": number, "line_id": number, "subscription_id": "s", "customer_id": "a", "plan": f"plan {number}",
        "unit_amount": amount, "currency": "EUR", "starts_at": starts, "ends_at": ends,
    }
    for number, amount, starts, ends in LINES
]  # fmt: skip


BASE = """
company: acme
title: Acme
currency: EUR
timezone: UTC
links: {runbooks: "https://runbooks.example.com/kpi", dashboards: "https://grafana.example.com"}
history: {keep: 3 days, dense: 3 days, every: 1h}
kpis:
  mrr: {title: MRR, area: revenue, definition: What customers pay., unit: EUR, per: month, by: [plan], window: now}
"""


@pytest.fixture(params=["event", "day", "month"])
def world(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[World]:
    (tmp_path / "base.yaml").write_text(BASE, "utf-8")
    catalogue = {"extends": str(tmp_path / "base.yaml"), "revenue_policy": {"grain": request.param}}
    made = World(tmp_path, {"subscription_items": ITEMS}, catalogue, max_age="3650d").poll(READ)
    yield made
    made.store.close()


def test_on_metrics_and_its_parts(world: World) -> None:
    for hour, right in HOURS.items():
        series = world.series(DAY + timedelta(hours=hour))
        assert series['kpi_mrr_eur{company="acme"}'] == right, hour
        parts = [value for name, value in series.items() if name.startswith("kpi_mrr_by_plan_eur{")]
        assert sum(parts) == right, hour


def test_in_explain_and_its_bridge(world: World) -> None:
    for hour, right in HOURS.items():
        text = explanation_text(
            explanation(
                ExplainRequest(world.company, world.company.kpis["mrr"], DAY + timedelta(hours=hour)), world.store, READ
            )
        )
        assert f"\n  {right} EUR\n" in text, hour
        (closing,) = re.findall(r"\n  = closing +([\d.]+) ", text)
        assert float(closing) == right, hour


def test_in_a_backfill(world: World) -> None:
    text = "".join(
        backfill(BackfillRequest((world.company,), "2024-03-12", "2024-03-13", step="1h"), world.store, READ)
    )
    published = {
        datetime.fromtimestamp(float(at), UTC): float(value)
        for value, at in re.findall(r"^kpi_mrr_eur\{[^}]*\} (\S+) (\S+)$", text, re.MULTILINE)
    }
    assert {hour: published[DAY + timedelta(hours=hour)] for hour in HOURS} == HOURS


def test_in_the_history(world: World) -> None:
    writer = HistoryWriter(world.store, lambda: READ)
    writer.set_companies({"acme": world.company})
    while writer.write_batch("acme"):
        pass
    history = table.load(world.store, "acme", DAY, ["mrr"])["mrr"]
    by_instant = dict(zip(history.at, history.value, strict=True))
    assert {hour: by_instant[(DAY + timedelta(hours=hour)).timestamp()] for hour in HOURS} == HOURS
