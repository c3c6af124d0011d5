"""What always holds of the revenue measures, whatever the history: the numbered sentences of docs/revenue.md."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exporter.measures.engine import MeasureResult
from tests.revenue.booked import booked, months, zero
from tests.revenue.histories import ZONES, History, Rate, histories
from tests.support.examples import examples

pytestmark = pytest.mark.slow

grains = pytest.mark.parametrize("grain", ["event", "day", "month"])
few = examples(3)
zones = st.sampled_from(ZONES)
CENT = Decimal("1e-5")
MOVES = ("new_mrr", "reactivation_mrr", "expansion_mrr", "contraction_mrr", "churned_mrr", "fx_mrr")


@grains
@few
@given(history=histories(), zone=zones)
def test_01_close_is_open_and_what_moved_over_any_window(grain: str, history: History, zone: str) -> None:
    with booked(history, zone, grain=grain) as book:
        periods = months(zone)
        results = book.numbers(periods, "mrr", "net_new_mrr", *MOVES)
    opening = Decimal(0)
    for period in periods:
        new, back, more, less, lost, fx = (zero(results[name].get(period)) for name in MOVES)
        close = zero(results["mrr"].get(period))
        if period == periods[0]:
            opening = close - zero(results["net_new_mrr"].get(period))
        elif period == periods[-1]:
            opening = zero(results["mrr"].get(periods[0])) - zero(results["net_new_mrr"].get(periods[0]))
        assert abs(close - (opening + new + back + more - less - lost + fx)) < CENT
        assert abs(close - opening - zero(results["net_new_mrr"].get(period))) < CENT
        opening = close


@grains
@few
@given(history=histories(), zone=zones)
def test_03_customers_close_at_open_and_new_and_back_less_lost(grain: str, history: History, zone: str) -> None:
    counts = ("new_paying_customers", "reactivated_customers", "churned_customers")
    with booked(history, zone, grain=grain, paused="keep") as book:
        periods = months(zone)
        results = book.numbers(periods, "customers", *counts)
    for before, period in pairwise(periods[:-1]):
        new, back, lost = (zero(results[name].get(period)) for name in counts)
        opening, close = (zero(results["customers"].get(each)) for each in (before, period))
        assert close == opening + new + back - lost


@few
@given(history=histories(), zone=zones)
def test_08_gross_retention_lies_between_nothing_and_all_and_below_net(history: History, zone: str) -> None:
    with booked(history, zone) as book:
        periods = months(zone)
        results = book.numbers(periods, "mrr", "retained_mrr", "retained_gross_mrr", "retained_customers", "customers")
    for before, period in pairwise(periods[:-1]):
        opening = zero(results["mrr"].get(before))
        gross, net = (zero(results[name].get(period)) for name in ("retained_gross_mrr", "retained_mrr"))
        assert 0 <= gross <= opening + CENT
        assert gross <= net + CENT
        assert zero(results["retained_customers"].get(period)) <= zero(results["customers"].get(before))


@few
@given(history=histories(), zone=zones)
def test_08_customers_won_later_do_not_matter_to_retention(history: History, zone: str) -> None:
    periods = months(zone)
    later = [
        replace(item, item_id=f"later {item.item_id}", customer_id="c9")
        for item in history.items
        if item.starts_at >= periods[2].starts
    ]
    names = ("retained_mrr", "retained_gross_mrr", "retained_customers", "lost_mrr", "lost_customers")
    with booked(history, zone) as book:
        alone = book.numbers(periods[:3], *names)
    with booked(replace(history, items=(*history.items, *later)), zone) as book:
        together = book.numbers(periods[:3], *names)
    assert alone == together


@few
@given(history=histories(), zone=zones)
def test_09_segments_add_up_to_all(history: History, zone: str) -> None:
    with booked(history, zone) as book:
        periods = months(zone)
        results = book.numbers(periods, "mrr", "new_mrr", "customers")
    for numbers in results.values():
        for number in numbers.values():
            parts = sum(number.parts.get("tier", {}).values(), Decimal(0))
            assert abs(zero(number) - parts) < CENT


@few
@given(history=histories(), zone=zones)
def test_10_vintages_add_up_to_all_and_begin_whole(history: History, zone: str) -> None:
    with booked(history, zone) as book:
        periods = months(zone)
        results = book.numbers(periods, "mrr", "customers", "cohort_mrr", "cohort_customers")
    for before, period in pairwise(periods[:-1]):
        for cohort, whole in (("cohort_mrr", "mrr"), ("cohort_customers", "customers")):
            opening = results[cohort].get(period) or MeasureResult()
            assert abs(zero(opening) - zero(results[whole].get(before))) < CENT
            assert abs(zero(opening) - sum(opening.parts.get("vintage", {}).values(), Decimal(0))) < CENT


@few
@given(history=histories(), zone=zones, factor=st.sampled_from([2, 7]))
def test_13_prices_times_k_leave_ratios_as_they_are(history: History, zone: str, factor: int) -> None:
    names = ("mrr", "retained_mrr", "lost_mrr", "customers", "lost_customers")
    periods = months(zone)
    with booked(history, zone) as book:
        plain = book.numbers(periods, *names)
    with booked(history.times(factor), zone) as book:
        scaled = book.numbers(periods, *names)
    for name in names:
        for period in periods:
            times = 1 if name.endswith("customers") else factor
            assert abs(zero(scaled[name].get(period)) - times * zero(plain[name].get(period))) < CENT


@few
@given(history=histories(currencies=("EUR",)), zone=zones)
def test_15_constant_currency_retention_is_independent_of_exchange_rates(history: History, zone: str) -> None:
    periods = months(zone)
    moving = replace(history, rates=(*history.rates, Rate(periods[1].ends.date(), "EUR", Decimal("1.7"))))
    ratios = []
    for each in (history, moving):
        with booked(each, zone) as book:
            results = book.numbers(periods, "mrr", "retained_mrr", "retained_gross_mrr")
        ratios.append(
            [
                round(zero(results[name].get(period)) / opening, 6)
                for name in ("retained_mrr", "retained_gross_mrr")
                for before, period in pairwise(periods[:-1])
                if (opening := zero(results["mrr"].get(before)))
            ]
        )
    assert ratios[0] == ratios[1]


@few
@given(history=histories(currencies=("USD",)), zone=zones)
def test_16_the_parts_of_lost_and_kept_revenue_are_the_whole(history: History, zone: str) -> None:
    """Compare lost and retained revenue, capped at the opening, with the opening."""
    with booked(history, zone) as book:
        periods = months(zone)
        results = book.numbers(periods, "mrr", "lost_mrr", "retained_gross_mrr", "average_run_rate", "customers")
    for before, period in pairwise(periods[:-1]):
        opening, close = (zero(results["mrr"].get(each)) for each in (before, period))
        assert (
            abs(opening - zero(results["lost_mrr"].get(period)) - zero(results["retained_gross_mrr"].get(period)))
            < CENT
        )
        arpa, payers = (zero(results[name].get(period)) for name in ("average_run_rate", "customers"))
        assert abs(arpa * payers - close) < CENT
