"""Rows of contracts: a state of a line for each change, whatever the order in which the changes are learnt."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exporter.sources.billing import memory
from exporter.sources.billing.contract import (
    Cancellation,
    Charge,
    Contract,
    Discount,
    SeenLine,
    Sighting,
    Standing,
    TrialPeriod,
)
from exporter.sources.billing.discounts import discount_rows
from exporter.sources.billing.rows import item_rows, trial_rows
from exporter.sources.billing.timeline import ValueTimeline


def day(number: int) -> datetime:
    return datetime(2026, 1, 1, tzinfo=UTC) + timedelta(days=number)


def charge(quantity: int = 1, amount: int = 100, product: str | None = None) -> Charge:
    return Charge("EUR", Decimal(amount), Decimal(quantity), product)


def seen(number: int, status: str | None = "active", **changes: object) -> Sighting:
    """Return a contract as it is shown on a day, with one line since the first."""
    standing = None if status is None else Standing(status)
    plain = Sighting(day(number), day(number), "sub", "cus", day(0), standing, {"line": SeenLine(day(0), charge())})
    return replace(plain, **changes)  # type: ignore[arg-type]


def lines(**charges: Charge) -> dict[str, SeenLine]:
    return {name: SeenLine(day(0), each) for name, each in charges.items()}


def contract_of(*sightings: Sighting) -> Contract:
    contract = Contract.first_seen(sightings[0])
    for each in sightings[1:]:
        contract = contract.seen(each)
    return contract


def states(contract: Contract) -> list[tuple[object, ...]]:
    """Return line, status, quantity and days of each row."""
    return [
        (row["line_id"], row["status"], int(str(row["quantity"])), days(row["starts_at"]), days(row["ends_at"]))
        for row in item_rows(contract)
    ]


def days(at: object) -> int | None:
    return (at - day(0)).days if isinstance(at, datetime) else None


def test_a_change_ends_one_row_and_begins_another() -> None:
    contract = contract_of(seen(0), seen(9, lines=lines(line=charge(3))))
    assert states(contract) == [("line", "active", 1, 0, 9), ("line", "active", 3, 9, None)]


def test_the_status_of_a_row_is_that_of_its_interval() -> None:
    contract = contract_of(seen(0), seen(40, "past_due"), seen(45), seen(60, None, ended_at=day(60)))
    assert [(status, starts, ends) for _, status, _, starts, ends in states(contract)] == [
        ("active", 0, 40),
        ("past_due", 40, 45),
        ("active", 45, 60),
    ]


def test_a_line_comes_and_goes() -> None:
    second = {**lines(line=charge()), "more": SeenLine(day(5), charge(2))}
    contract = contract_of(seen(0), seen(5, lines=second), seen(8))
    assert states(contract) == [("line", "active", 1, 0, None), ("more", "active", 2, 5, 8)]


def test_sightings_may_come_in_any_order_if_they_come_again() -> None:
    first, *others = seen(0), seen(5, lines=lines(line=charge(2))), seen(7, "past_due"), seen(9)
    expected = states(contract_of(first, *others))
    for order in permutations([*others, others[0]]):
        assert states(contract_of(first, *order, *others)) == expected


@pytest.mark.parametrize("status", ["incomplete", "incomplete_expired"])
def test_what_was_never_paid_has_no_row(status: str) -> None:
    assert states(contract_of(seen(0, status))) == []


def test_a_planned_end_is_what_is_paid_for_until_it_has_come() -> None:
    request = Cancellation(day(10), day(31))
    requested = contract_of(seen(0), seen(10, cancellation=request))
    [row] = item_rows(requested)
    assert (row["ends_at"], row["paid_through"], row["cancel_requested_at"]) == (None, day(31), day(10))
    [row] = item_rows(requested.seen(seen(12)))
    assert (row["paid_through"], row["cancel_requested_at"]) == (None, None)
    [row] = item_rows(requested.seen(seen(31, None, ended_at=day(31), cancellation=request)))
    assert (row["ends_at"], row["cancel_requested_at"]) == (day(31), day(10))


def test_what_was_learnt_later_is_dated_later() -> None:
    contract = contract_of(seen(0), seen(10, cancellation=Cancellation(day(10), day(31))), seen(20))
    assert [row["learnt_at"] for row in item_rows(contract)] == [day(20)]


def test_an_amount_off_is_split_by_price_and_anew_when_a_line_changes() -> None:
    two = lines(a=charge(1, 60), b=charge(1, 40))
    discount = Discount("di", day(0), "forever", amount_off=Decimal(15), currency="EUR")
    contract = contract_of(
        seen(0, lines=two, discounts=(discount,)), seen(10, lines=lines(a=charge(1, 60), b=charge(6, 40)))
    )
    parts = [(row["line_id"], row["amount_off"], days(row["starts_at"])) for row in discount_rows(contract)]
    assert sorted(parts, key=str) == [
        ("a", Decimal(3), 10),
        ("a", Decimal(9), 0),
        ("b", Decimal(12), 10),
        ("b", Decimal(6), 0),
    ]


def test_a_percentage_behind_an_amount_lowers_what_the_amount_is_worth() -> None:
    amount = Discount("di_a", day(0), "forever", amount_off=Decimal(10), currency="EUR", position=0)
    half = Discount("di_b", day(0), "forever", percent_off=Decimal(50), position=1)
    contract = contract_of(seen(0, discounts=(amount, half)))
    assert [row.get("amount_off") or row.get("percent_off") for row in discount_rows(contract)] == [50, 5]


def test_a_discount_of_one_product_lowers_no_other() -> None:
    two = lines(a=charge(1, 60, "cloud"), b=charge(1, 40, "backup"))
    discount = Discount("di", day(0), "forever", percent_off=Decimal(10), products=("backup",))
    assert [row["line_id"] for row in discount_rows(contract_of(seen(0, lines=two, discounts=(discount,))))] == ["b"]


def test_a_discount_that_is_gone_ends_and_one_of_a_single_invoice_is_used() -> None:
    kinds = (
        Discount("di_a", day(0), "forever", percent_off=Decimal(10)),
        Discount("di_b", day(0), "once", percent_off=Decimal(5)),
    )
    contract = contract_of(seen(0, discounts=kinds), seen(7, discounts=()))
    assert {row["discount_id"]: days(row["ends_at"]) for row in discount_rows(contract)} == {
        "di_a/line": 7,
        "di_b/line": None,
    }


@pytest.mark.parametrize(("converted", "ended"), [(None, None), (True, 14), (False, 14)])
def test_a_trial_is_over_once_it_is_known_how_it_ended(converted: bool | None, ended: int | None) -> None:
    contract = contract_of(seen(20, trial=TrialPeriod(day(0), day(14), converted)))
    [row] = trial_rows(contract, day(20))
    assert (days(row["ended_at"]), row["converted"]) == (ended, converted)


@given(st.lists(st.tuples(st.integers(0, 30), st.sampled_from("abc")), unique_by=lambda mark: mark[0]))
def test_marks_that_come_again_are_right_in_whatever_order_they_came_first(marks: list[tuple[int, str]]) -> None:
    def of(order: list[tuple[int, str]]) -> ValueTimeline[str]:
        line = ValueTimeline[str]()
        for number, value in order:
            line = line.put(day(number), value, day(number))
        return line

    forward = of(sorted(marks))
    for line in (of([*marks, *sorted(marks)]), of([*sorted(marks, reverse=True), *sorted(marks)])):
        assert [line.at(day(number)) for number, _ in marks] == [forward.at(day(number)) for number, _ in marks]
    assert all(one.value != two.value for one, two in zip(forward.marks, forward.marks[1:], strict=False))


def test_a_contract_is_remembered_as_it_is() -> None:
    discount = Discount("di", day(0), "repeating", day(90), percent_off=Decimal("12.5"), products=("cloud",))
    contract = contract_of(
        seen(
            20,
            trial=TrialPeriod(day(0), day(14), True),
            discounts=(discount,),
            cancellation=Cancellation(day(3), day(60)),
        ),
        seen(30, "past_due"),
    )
    assert memory.from_text(memory.to_text(contract)) == contract
