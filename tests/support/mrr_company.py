"""A company whose MRR steps up and down on known days, and backtests of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from exporter.analysis.backtest.backtest import Backtest, backtest
from exporter.analysis.backtest.episodes import AlertHistory
from exporter.analysis.backtest.request import BacktestRequest
from exporter.catalogue.loading import load, shipped_file
from tests.support.world import BERLIN, TableRow, Tables, World, utc

READ = utc("2026-05-01T06:00")

SHIPPED = load(shipped_file("managed-kubernetes"), {}).kpis
COMMON = {"area": "revenue", "definition": "It counts.", "window": "now", "unit": "EUR", "per": "month"}


def catalogue(**kpis: Mapping[str, object]) -> dict[str, Any]:
    """KPIs of the test's own and no other; each is the MRR unless it says otherwise."""
    own = {id_: {**COMMON, "title": f"The {id_}", "formula": "mrr", **kpi} for id_, kpi in kpis.items()}
    return {"kpis": {**dict.fromkeys(SHIPPED), **own}}


def subscription(number: int, amount: int, starts: str, ends: str = "") -> TableRow:
    """Return the subscription of a separate customer."""
    return {
        "item_id": number,
        "subscription_id": number,
        "customer_id": number,
        "unit_amount": amount,
        "currency": "EUR",
        "starts_at": starts,
        "ends_at": ends,
    }


def item(number: int, amount: int, starts: str, ends: str = "") -> TableRow:
    """Return the subscription of a separate customer, from noon to noon."""
    return subscription(number, amount, f"{starts}T12:00Z", ends and f"{ends}T12:00Z")


STEPS = [
    item(1, 1000, "2025-12-01"),
    item(2, 500, "2026-02-09", "2026-03-04"),
    item(3, 300, "2026-02-19", "2026-02-24"),
]
"""MRR of 1000, at midnight of 10 February 1500, of 20 February 1800, of 25 February 1500, of 5 March 1000 again."""

BOOKS: Tables = {"subscription_items": STEPS, "customers": [{"customer_id": 1, "tier": "gold"}]}


def judge(
    world: World,
    *thresholds: str,
    since: str = "2026-01-15",
    until: str | None = "2026-04-15",
    now: datetime = READ,
    **more: Any,
) -> Backtest:
    return backtest(BacktestRequest(world.company, since, until, thresholds=thresholds, **more), world.store, now)


def day(at: datetime) -> str:
    """Return the day in Berlin that begins then, with its time where it is another."""
    local = at.astimezone(BERLIN)
    return f"{local:%m-%d}" if local.hour == 0 else f"{local:%m-%dT%H:%M}"


def episodes(result: Backtest, *, tried: bool = False) -> Mapping[tuple[str, str], Sequence[tuple[str, str, str]]]:
    """Per alert and severity, each episode's first day, last day and end."""
    histories = (result.trial or []) if tried else result.histories
    return {
        (each.alert.name, each.alert.severity): [(day(e.starts), day(e.ends), e.end.value) for e in each.episodes]
        for each in histories
    }


def gaps(history: AlertHistory) -> Sequence[tuple[str, str]]:
    """Return the first and the last day of each gap."""
    return [(day(gap.starts), day(gap.ends)) for gap in history.gaps]
