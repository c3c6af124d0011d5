"""What always holds of a ledger, whatever the history: the numbered sentences of docs/revenue.md, at every grain."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import groupby, pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.revenue.computed import Bench, Movement, of_customers
from tests.revenue.histories import ZONES, History, Item, histories
from tests.support.examples import examples

pytestmark = pytest.mark.slow

GRAINS = ("event", "day", "month")
grains = pytest.mark.parametrize("grain", GRAINS)
zones = st.sampled_from(ZONES)
once = examples(8)
SINGLE = ("USD",)
DUST = Decimal("1e-6")
"""What rounding each run-rate to its last place may leave."""


@pytest.fixture(scope="module")
def bench() -> Iterator[Bench]:
    bench = Bench()
    yield bench
    bench.close()


def buckets(rows: Iterable[Movement], grain: str) -> Iterator[list[Movement]]:
    """Yield the rows of one customer that belong together: of one bucket, in all its currencies."""

    def when(row: Movement) -> date | datetime:
        day = row.business_date
        return {"event": row.effective_at, "day": day, "month": day.replace(day=1)}[grain]

    for _, together in groupby(rows, key=when):
        yield list(together)


@grains
@once
@given(history=histories(), zone=zones)
def test_01_each_balance_is_the_one_before_and_what_moved(
    bench: Bench, grain: str, history: History, zone: str
) -> None:
    for _, rows in of_customers(bench.movements(history, zone, grain=grain)):
        for currency in {row.currency for row in rows}:
            mine = [row for row in rows if row.currency == currency]
            assert mine[0].after_native == mine[0].delta_native
            for earlier, later in pairwise(mine):
                assert later.after_native == earlier.after_native + later.delta_native
                assert earlier.until == later.effective_at
            assert mine[-1].until is None


@grains
@once
@given(history=histories(), zone=zones)
def test_02_all_movements_since_the_beginning_are_the_run_rates_in_force(
    bench: Bench, grain: str, history: History, zone: str
) -> None:
    rows = bench.movements(history, zone, grain=grain)
    for month in (3, 4, 6):
        at = datetime(2024, month, 1, tzinfo=ZoneInfo(zone))
        moved: dict[str, Decimal] = {}
        for row in rows:
            if row.effective_at < at:
                moved[row.currency] = moved.get(row.currency, Decimal(0)) + row.delta_native
        paid = bench.run_rates(history, at, zone, grain=grain)
        assert {key: amount for key, amount in moved.items() if amount} == {
            key: amount for key, amount in paid.items() if amount
        }


@grains
@once
@given(history=histories(), zone=zones)
def test_04_one_new_per_customer_and_every_kind_in_its_place(
    bench: Bench, grain: str, history: History, zone: str
) -> None:
    for _, rows in of_customers(bench.movements(history, zone, grain=grain)):
        moved = [row for row in rows if row.kind and row.delta]
        kinds = [bucket[0] for bucket in buckets(moved, grain) if bucket[0].kind in ("new", "churn", "reactivation")]
        assert [row.kind for row in kinds] == ["new", *["churn", "reactivation"] * len(kinds)][: len(kinds)]
        for row in kinds:
            assert abs(row.after if row.kind == "churn" else row.before) < DUST
            assert (row.before if row.kind == "churn" else row.after) > 0


@grains
@once
@given(history=histories(), zone=zones)
def test_05_kinds_have_their_signs(bench: Bench, grain: str, history: History, zone: str) -> None:
    for _, rows in of_customers(bench.movements(history, zone, grain=grain)):
        for bucket in buckets((row for row in rows if row.kind), grain):
            (kind,), moved = {row.kind for row in bucket}, sum(row.delta for row in bucket)
            assert kind is not None
            assert moved > -DUST if kind in ("new", "reactivation", "expansion") else moved < DUST


@grains
@once
@given(history=histories(currencies=SINGLE), zone=zones)
def test_05_a_book_in_one_currency_has_no_fx(bench: Bench, grain: str, history: History, zone: str) -> None:
    rows = bench.movements(history, zone, grain=grain)
    assert "fx" not in {row.kind for row in rows}
    assert all(row.delta == row.delta_native and row.after == row.after_native for row in rows)


@grains
@once
@given(history=histories(), zone=zones)
def test_06_no_balance_is_negative(bench: Bench, grain: str, history: History, zone: str) -> None:
    assert all(row.after_native >= 0 and row.after >= 0 for row in bench.movements(history, zone, grain=grain))


@once
@given(history=histories(currencies=SINGLE), zone=zones)
def test_07_a_coarser_grain_moves_less_each_way_and_the_same_in_all(bench: Bench, history: History, zone: str) -> None:
    event, day, month = (bench.movements(history, zone, grain=grain) for grain in GRAINS)
    up = [sum(row.delta for row in rows if row.delta > 0) for rows in (event, day, month)]
    assert up == sorted(up, reverse=True)
    net = {sum(row.delta for row in rows) for rows in (event, day, month)}
    assert len(net) == 1


@grains
@once
@given(history=histories(), zone=zones, data=st.data())
def test_11_the_order_of_rows_does_not_matter(
    bench: Bench, grain: str, history: History, zone: str, data: st.DataObject
) -> None:
    shuffled = replace(
        history,
        items=tuple(data.draw(st.permutations(history.items))),
        discounts=tuple(data.draw(st.permutations(history.discounts))),
    )
    assert bench.movements(shuffled, zone, grain=grain) == bench.movements(history, zone, grain=grain)


@grains
@once
@given(history=histories(), zone=zones)
def test_13_prices_times_three_are_movements_times_three(bench: Bench, grain: str, history: History, zone: str) -> None:
    plain, tripled = (bench.movements(each, zone, grain=grain) for each in (history, history.times(3)))
    assert [row[:7] for row in tripled] == [row[:7] for row in plain]
    for one, three in zip(plain, tripled, strict=True):
        assert abs(three.delta - 3 * one.delta) < DUST
        assert abs(three.after - 3 * one.after) < DUST


@once
@given(history=histories(), zone=zones)
def test_13_names_of_customers_do_not_matter(bench: Bench, history: History, zone: str) -> None:
    renamed = replace(
        history,
        items=tuple(replace(item, customer_id=_renamed(item.customer_id)) for item in history.items),
        discounts=tuple(replace(each, customer_id=_renamed(each.customer_id)) for each in history.discounts),
    )
    expected = [row._replace(customer_id=_renamed(row.customer_id)) for row in bench.movements(history, zone)]
    assert sorted(bench.movements(renamed, zone), key=_place) == sorted(expected, key=_place)


@once
@given(history=histories(currencies=SINGLE, discounts=0))
def test_14_a_shift_by_whole_years_keeps_the_totals_of_months(bench: Bench, history: History) -> None:
    """Over a year without a leap day: what begins after February in 2024 is asked again in 2025."""
    spring = [item for item in history.items if item.starts_at >= datetime(2024, 3, 1, tzinfo=UTC)]
    now, later = (replace(history, items=tuple(_shifted(item, years) for item in spring)) for years in (0, 1))
    assert [(row.kind, row.delta, _shifted_day(row.business_date)) for row in bench.movements(now)] == [
        (row.kind, row.delta, row.business_date) for row in bench.movements(later)
    ]


@once
@given(history=histories(currencies=SINGLE, discounts=0))
def test_14_another_time_zone_moves_only_what_lies_near_midnight(bench: Bench, history: History) -> None:
    noon = replace(history, items=tuple(_at_noon(item) for item in history.items))
    utc, berlin = (
        [(row.business_date, row.kind, row.delta) for row in bench.movements(noon, zone, paused="keep")]
        for zone in ZONES
    )
    assert utc == berlin


def _renamed(customer: str) -> str:
    """Another name, which sorts the other way."""
    return f"z{9 - int(customer[1:])}"


def _place(row: Movement) -> tuple[str, datetime, str]:
    return row.customer_id, row.effective_at, row.currency


def _shifted(item: Item, years: int) -> Item:
    moved = {
        name: at.replace(year=at.year + years)
        for name in ("starts_at", "ends_at", "cancel_requested_at", "paid_through")
        if (at := getattr(item, name)) is not None
    }
    return replace(item, **moved)


def _shifted_day(day: date) -> date:
    return day.replace(year=day.year + 1)


def _at_noon(item: Item) -> Item:
    """Set every time to noon in UTC."""
    moved = {
        name: at.replace(hour=12, minute=0)
        for name in ("starts_at", "ends_at", "cancel_requested_at", "paid_through")
        if (at := getattr(item, name)) is not None
    }
    return replace(item, **moved)
