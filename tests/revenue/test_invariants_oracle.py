"""The ledger's SQL against a model of the policy in plain Python, over generated histories and policies."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exporter.revenue.policy import RevenuePolicy
from tests.revenue.computed import Bench, Movement
from tests.revenue.histories import ZONES, History, histories
from tests.revenue.oracle import Moved, Oracle
from tests.support.examples import examples

POLICIES = st.fixed_dictionaries(
    {"grain": st.sampled_from(["event", "day", "month"])},
    optional={
        "discounts": st.sampled_from(["all", "forever", "none"]),
        "churn_at": st.just("cancel_request"),
        "paused": st.just("keep"),
        "zero_mrr": st.just("contraction"),
        "credit_lines": st.sampled_from(["exclude", "include"]),
        "dunning_days": st.sampled_from([None, 0, 7]),
        "reactivation_days": st.sampled_from([5, 20]),
        "weeks_per_month": st.just("4.33"),
        "days_per_month": st.just("30"),
        "tax": st.just("include"),
        "trial": st.just("include"),
        "usage": st.just("include"),
        "fx": st.just("historic"),
    },
)


@pytest.fixture(scope="module")
def bench() -> Iterator[Bench]:
    bench = Bench()
    yield bench
    bench.close()


@examples(25)
@given(history=histories(), policy=POLICIES, zone=st.sampled_from(ZONES))
def test_every_movement_is_that_of_the_oracle(
    bench: Bench, history: History, policy: dict[str, Any], zone: str
) -> None:
    right = Oracle(history, RevenuePolicy.model_validate(policy), ZoneInfo(zone)).movements()
    movements = netted(bench.movements(history, zone, **policy), policy["grain"])
    assert amounts(movements) == pytest.approx(amounts(right), abs=1e-6)


def netted(movements: list[Movement], grain: str) -> list[Moved]:
    """Return movements of customers over all their currencies; one kind each."""
    buckets: dict[tuple[str, date | datetime], list[Movement]] = {}
    for movement in movements:
        day = movement.business_date
        bucket = {"event": movement.effective_at.astimezone(UTC), "day": day, "month": day.replace(day=1)}[grain]
        if movement.kind is not None:
            buckets.setdefault((movement.customer_id, bucket), []).append(movement)
    moves = []
    for (customer, bucket), parts in buckets.items():
        (kind,) = {part.kind for part in parts}
        assert kind is not None
        moves.append(Moved(customer, bucket, kind, Fraction(sum(part.delta for part in parts))))
    return moves


def amounts(movements: list[Moved]) -> dict[tuple[str, str, str], float]:
    """Return the amount of each movement, without those that rounding leaves over."""
    return {
        (moved.customer_id, f"{moved.bucket}"[:16], moved.kind): float(moved.amount)
        for moved in movements
        if abs(moved.amount) > 1e-7
    }
