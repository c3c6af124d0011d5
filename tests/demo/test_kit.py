"""What every simulated company is built from: the calendar, the cut-off at now, the share of a month, and the cash."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exporter.demo.kit.cutoff import Cutoff
from exporter.demo.kit.ledger import cash_flow, entry
from exporter.demo.kit.months import Months, quarter_end
from exporter.demo.kit.rng import Rng
from exporter.demo.kit.rows import columns
from exporter.demo.kit.subscribers import Interval, Item, Subscriber, active
from exporter.demo.kit.surveys import PROMOTERS, nps

BERLIN = ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 11, 22, 23, tzinfo=UTC)
"""Midnight in Berlin: the 22nd has just ended there."""
MONTHS = Months.until(NOW, 3, BERLIN)
CUT = Cutoff(MONTHS, NOW)
SECOND = timedelta(seconds=1)


def test_months_count_from_the_launch_in_the_zone_of_the_company() -> None:
    assert (MONTHS.launch, MONTHS.current) == (date(2026, 8, 1), 4)
    assert MONTHS.start(4) == datetime(2026, 10, 31, 23, tzinfo=UTC)
    assert MONTHS.last(3) == date(2026, 10, 31)
    assert [month for month in MONTHS.numbers if MONTHS.is_mid_quarter(month)] == [1, 4]
    assert len(MONTHS.days(3, 4)) == 31 + 30


def test_a_quarter_ends_with_its_third_month() -> None:
    assert quarter_end(date(2026, 12, 31)) == date(2026, 12, 31)
    assert quarter_end(date(2028, 1, 1)) == date(2028, 3, 31)


def test_instants_fill_the_months_and_end_before_the_next_one() -> None:
    instants = MONTHS.instants(3, timedelta(hours=6))
    assert instants[0] == MONTHS.start(3)
    assert instants[-1] < MONTHS.start(5) <= instants[-1] + timedelta(hours=6)


@pytest.mark.parametrize(
    ("at", "is_past"),
    [(NOW, True), (NOW + SECOND, False), (date(2026, 11, 22), True), (date(2026, 11, 23), False)],
)
def test_an_instant_is_past_at_now_and_a_day_when_it_is_over(at: date, is_past: bool) -> None:
    row = {"id": "a", "begins": at}
    assert CUT([row], "begins") == ([row] if is_past else [])
    assert CUT.without_future([row]) == [{"id": "a", "begins": at if is_past else None}]


def test_a_row_that_began_hides_what_lies_ahead() -> None:
    row = {"opened": NOW, "answered": NOW + SECOND, "due": date(2026, 11, 23), "priority": "P1"}
    assert CUT([row], "opened") == [{"opened": NOW, "answered": None, "due": None, "priority": "P1"}]


@pytest.mark.parametrize(("day", "is_booked"), [(date(2026, 11, 23), True), (date(2026, 11, 24), False)])
def test_what_is_booked_shows_on_its_day(day: date, is_booked: bool) -> None:
    assert bool(CUT.booked([{"day": day}], "day")) is is_booked


@given(share=st.floats(0, 1), month=st.integers(1, 4))
def test_two_intervals_that_meet_share_the_whole_month(share: float, month: int) -> None:
    at = MONTHS.at(month, share)
    before = Interval(starts=MONTHS.start(month) - SECOND, ends=at).share(month, MONTHS)
    after = Interval(starts=at).share(month, MONTHS)
    assert before + after == pytest.approx(Decimal(1))
    assert Interval(starts=MONTHS.start(month + 1)).share(month, MONTHS) == 0


def test_a_subscriber_pays_one_price_at_a_time() -> None:
    subscriber = Subscriber("a", "SMB", [Item("1", "small", Decimal(9), starts=NOW)])
    subscriber.switch(Item("2", "large", Decimal(20), starts=NOW + SECOND))
    subscriber.leave(NOW + 2 * SECOND)
    instants = [NOW - SECOND, NOW, NOW + SECOND, NOW + 2 * SECOND]
    assert [[item.price for _, item in active([subscriber], at)] for at in instants] == [[], [9], [20], []]
    assert (subscriber.starts, subscriber.ends) == (NOW, NOW + 2 * SECOND)


def test_cash_is_revenue_less_every_cost_but_depreciation() -> None:
    amounts = {"recurring_revenue": 100, "services_revenue": 10, "direct_cost": 30, "tax": 5, "depreciation": 50}
    assert cash_flow((account, Decimal(amount)) for account, amount in amounts.items()) == 75


def test_columns_are_those_of_the_system_and_in_its_order() -> None:
    posting = entry(Rng(1), date(2026, 11, 22), "tax", Decimal("1.005"))
    (row,) = columns([posting], usd="amount", day="on")
    assert list(row.items()) == [("usd", Decimal("1.00")), ("day", date(2026, 11, 22))]


@given(seed=st.integers(0, 100), count=st.integers(0, 40))
def test_the_shares_of_a_survey_hold_for_every_seed(seed: int, count: int) -> None:
    scores = list(nps([None] * count, {PROMOTERS: 0.5, (0,): 0.25}, 1, MONTHS, Rng(seed)))
    assert sum(each.score >= 9 for each in scores) == int(count * 0.5)
    assert sum(each.score == 0 for each in scores) == int(count * 0.25)
    assert len({each.about for each in scores}) == count
    assert all(MONTHS.start(1) < each.at < MONTHS.start(2) for each in scores)
