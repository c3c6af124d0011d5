"""A ledger in the store: late corrections, replay, any order of polls, and what was known when."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exporter.records.batch import Row
from tests.revenue.booked import booked, months, rows
from tests.revenue.histories import ZONES, History, Item, histories
from tests.support.examples import examples

pytestmark = pytest.mark.slow

grains = pytest.mark.parametrize("grain", ["event", "day", "month"])
few = examples(3)
LEARNT = datetime(2024, 7, 1, 6, tzinfo=UTC)


@dataclass(frozen=True)
class Corrected:
    """A history as it became known: every version of it, each with when it was learnt."""

    versions: Sequence[History]

    def learnt(self, number: int) -> datetime:
        return LEARNT + timedelta(days=10 * number)

    def rows(self, number: int) -> dict[str, list[Row]]:
        """Return the rows of a version, with the time at which the source learnt them."""
        dated = rows(self.versions[number])
        for table in ("subscription_items", "discounts", "fx_rates"):
            dated[table] = [{**row, "learnt_at": self.learnt(number)} for row in dated[table]]
        return dated


@st.composite
def corrected(draw: st.DrawFn) -> Corrected:
    """Draw a history in which, twice, some rows are corrected: dearer, begun earlier, or never there."""
    versions = [draw(histories())]
    for _ in range(2):
        items = tuple(item for each in versions[-1].items for item in draw(_correction(each)))
        versions.append(replace(versions[-1], items=items))
    return Corrected(versions)


def _correction(item: Item) -> st.SearchStrategy[tuple[Item, ...]]:
    dearer = replace(item, unit_amount=item.unit_amount + Decimal(5))
    earlier = replace(item, starts_at=item.starts_at - timedelta(days=20))
    return st.sampled_from([(item,)] * 6 + [(dearer,), (earlier,), ()])


@grains
@few
@given(history=corrected(), zone=st.sampled_from(ZONES))
def test_11_incremental_is_the_full_rebuild_row_for_row(grain: str, history: Corrected, zone: str) -> None:
    with booked(zone=zone, grain=grain) as step_by_step, booked(zone=zone, grain=grain) as at_once:
        for number in range(len(history.versions)):
            for book in (step_by_step, at_once):
                book.poll(history.rows(number), history.learnt(number))
            step_by_step.keep()
        assert step_by_step.ledger() == at_once.ledger()


@few
@given(history=corrected(), zone=st.sampled_from(ZONES), data=st.data())
def test_11_replay_and_any_order_of_rows_give_the_same_ledger(
    history: Corrected, zone: str, data: st.DataObject
) -> None:
    last = len(history.versions) - 1
    tables = history.rows(last)
    shuffled = {table: data.draw(st.permutations(each)) + each[:2] for table, each in tables.items()}
    with booked(zone=zone) as plain, booked(zone=zone) as other:
        plain.poll(tables, history.learnt(last))
        other.poll(shuffled, history.learnt(last))
        other.keep()
        other.poll(tables, history.learnt(last) + timedelta(days=1))
        assert other.ledger() == plain.ledger()


@few
@given(history=corrected(), order=st.permutations([0, 1, 2]))
def test_11_versions_may_come_in_any_order(history: Corrected, order: list[int]) -> None:
    """Corrections that add or change rows, each with when it was learnt: its time decides, not that of the poll."""
    with booked() as plain, booked() as other:
        for number in range(3):
            plain.poll(history.rows(number), history.learnt(number), snapshot=False)
        for place, number in enumerate(order):
            other.poll(history.rows(number), LEARNT + timedelta(days=100 + place), snapshot=False)
            other.keep()
        assert other.ledger() == plain.ledger()


@grains
@few
@given(history=corrected(), zone=st.sampled_from(ZONES))
def test_12_what_was_known_then_is_not_changed_by_what_was_learnt_later(
    grain: str, history: Corrected, zone: str
) -> None:
    with booked(zone=zone, grain=grain) as book:
        ledgers = []
        for number in range(len(history.versions)):
            book.poll(history.rows(number), history.learnt(number))
            ledgers.append(book.ledger())
        for number, ledger in enumerate(ledgers):
            assert book.ledger(known_at=history.learnt(number) + timedelta(hours=1)) == ledger


@few
@given(history=corrected())
def test_12_a_correction_restates_the_months_before_it(history: Corrected) -> None:
    """Expect the measures of the last version alone, whatever was believed before."""
    names = ("mrr", "new_mrr", "churned_mrr", "customers")
    with booked() as book, booked(history.versions[-1]) as right:
        for number in range(len(history.versions)):
            book.poll(history.rows(number), history.learnt(number))
        assert book.numbers(months("UTC"), *names) == right.numbers(months("UTC"), *names)
