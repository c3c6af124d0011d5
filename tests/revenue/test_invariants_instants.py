"""What holds at any instant and over any window, inside a day or month too: the grain nets movements, not balances."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exporter.calendar.windows import Period
from exporter.measures.engine import MeasureResult
from exporter.revenue.policy import RevenuePolicy
from tests.revenue.booked import Booked, booked, zero
from tests.revenue.histories import INSTANTS, ZONES, History, histories
from tests.revenue.oracle import Oracle

pytestmark = pytest.mark.slow

GRAINS = ("event", "day", "month")
few = settings(max_examples=4, deadline=None)
zones = st.sampled_from(ZONES)
CENT = Decimal("1e-5")
UP, DOWN = ("new_mrr", "reactivation_mrr", "expansion_mrr", "fx_mrr"), ("contraction_mrr", "churned_mrr")
POLICIES = st.fixed_dictionaries(
    {},
    optional={
        "paused": st.just("keep"),
        "fx": st.just("historic"),
        "credit_lines": st.sampled_from(["exclude", "include"]),
        "discounts": st.sampled_from(["all", "none"]),
    },
)
ANY = st.lists(
    st.builds(
        lambda at, off: at + off,
        INSTANTS,
        st.sampled_from([timedelta(0), timedelta(microseconds=1), timedelta(minutes=17), timedelta(hours=-7)]),
    ),
    min_size=2,
    max_size=6,
    unique=True,
).map(sorted)
"""Instants at which something may change, just after, and between them."""
STANDING = """
    SELECT count(*) FILTER (paid_before OR on_hold_before), count(*) FILTER (pays OR on_hold) FROM mrr_open_close
"""
"""The customers of a window's start and end, those who only paused among them."""


def windows(instants: Sequence[datetime]) -> list[Period]:
    """Return each instant by itself, all windows from one to the next, and the whole."""
    periods = [Period(at, at) for at in instants]
    periods += [Period(one, other) for one, other in pairwise(instants)]
    return list(dict.fromkeys([*periods, Period(instants[0], instants[-1])]))


def by_grain(book: Booked, policy: Mapping[str, Any], periods: Sequence[Period], *names: str) -> Any:
    """Return the measures of each grain, from the same records."""
    return {grain: book.under(**policy, grain=grain).numbers(periods, *names) for grain in GRAINS}


def value(results: Mapping[str, Mapping[Period, MeasureResult]], name: str, period: Period) -> Decimal:
    return zero(results[name].get(period))


@few
@given(history=histories(), zone=zones, policy=POLICIES, instants=ANY)
def test_02_mrr_and_customers_are_those_of_the_oracle_at_any_instant_with_every_grain(
    history: History, zone: str, policy: dict[str, Any], instants: list[datetime]
) -> None:
    periods = windows(instants)
    right = Oracle(history, RevenuePolicy.model_validate(policy), ZoneInfo(zone))
    with booked(history, zone) as book:
        results_by_grain = by_grain(book, policy, periods, "mrr", "customers")
    for period in periods:
        paid = right.close(period.ends)
        for grain, results in results_by_grain.items():
            assert float(value(results, "mrr", period)) == pytest.approx(float(sum(paid.values())), abs=1e-5), grain
            assert value(results, "customers", period) == sum(1 for amount in paid.values() if amount > 0), grain


@few
@given(history=histories(), zone=zones, policy=POLICIES, instants=ANY)
def test_09_parts_add_up_to_the_total_at_any_instant_with_every_grain(
    history: History, zone: str, policy: dict[str, Any], instants: list[datetime]
) -> None:
    periods = windows(instants)
    with booked(history, zone) as book:
        results_by_grain = by_grain(book, policy, periods, "mrr", "customers")
        lines = {grain: running(book.under(**policy, grain=grain), periods) for grain in GRAINS}
    for grain, results in results_by_grain.items():
        for period in periods:
            total = value(results, "mrr", period)
            tiers = results["mrr"][period].parts.get("tier", {}) if period in results["mrr"] else {}
            assert abs(sum(tiers.values(), Decimal(0)) - total) < CENT
            assert abs(lines[grain].get(period, Decimal(0)) - total) < CENT
            counted = results["customers"][period].parts.get("tier", {})
            assert sum(counted.values(), Decimal(0)) == value(results, "customers", period)


@few
@given(history=histories(), zone=zones, policy=POLICIES, instants=ANY)
def test_01_opening_and_movements_are_the_close_of_any_window_with_every_grain(
    history: History, zone: str, policy: dict[str, Any], instants: list[datetime]
) -> None:
    periods = windows(instants)
    with booked(history, zone) as book:
        results_by_grain = by_grain(book, policy, periods, "mrr", "net_new_mrr", *UP, *DOWN)
    for results in results_by_grain.values():
        for period in periods:
            moved = sum(value(results, name, period) for name in UP) - sum(
                value(results, name, period) for name in DOWN
            )
            close = value(results, "mrr", period)
            opening = value(results, "mrr", Period(period.starts, period.starts))
            assert abs(close - opening - moved) < CENT
            assert abs(value(results, "net_new_mrr", period) - moved) < CENT


@few
@given(history=histories(), zone=zones, grain=st.sampled_from(GRAINS), at=INSTANTS)
def test_03_customers_close_at_open_and_won_less_lost_pauses_and_all(
    history: History, zone: str, grain: str, at: datetime
) -> None:
    """Begin before the first line and end at any instant, so that no window begins inside a bucket."""
    counts = ("new_paying_customers", "reactivated_customers", "churned_customers")
    start = min(item.starts_at for item in history.items) - timedelta(days=40)
    period = Period(start, max(at, start))
    with booked(history, zone, grain=grain) as book:
        results = book.numbers([period], *counts)
        ((before, after),) = book.query([period], STANDING)
    new, back, lost = (value(results, name, period) for name in counts)
    assert before == 0
    assert after == new + back - lost


def running(book: Booked, periods: Sequence[Period]) -> Mapping[Period, Decimal]:
    """Return what the lines in force at each period's end pay together."""
    rows = book.query(periods, "SELECT period, SUM(monthly) FROM lines_in_force GROUP BY period")
    return {periods[number]: amount for number, amount in rows}
