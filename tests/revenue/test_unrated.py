"""What has no exchange rate is set aside and counted, and takes nothing else with it; where most is, all is unknown."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from exporter.analysis.explain.answer import explanation
from exporter.analysis.explain.request import ExplainRequest
from exporter.analysis.explain.text import explanation_text
from exporter.calendar.windows import Period
from exporter.measures.engine import MeasureFailed
from exporter.records.batch import Row
from tests.revenue.booked import Booked, booked
from tests.revenue.histories import RECORDED
from tests.support.world import World

pytestmark = pytest.mark.slow

CLOSE = datetime(2024, 6, 1, tzinfo=UTC)
NOW = Period(CLOSE, CLOSE)
MAY = Period(datetime(2024, 5, 1, tzinfo=UTC), CLOSE)
NO_RATE = "there is no exchange rate from KWD to USD on 2024-02-10; fill the table fx_rates from that day on"


def item(customer: str, amount: int, currency: str = "USD", starts_at: str = "2024-02-10", **more: str) -> Row:
    return {
        "item_id": f"{customer}-{amount}",
        "line_id": f"l-{customer}",
        "subscription_id": f"s-{customer}",
        "customer_id": customer,
        "unit_amount": amount,
        "currency": currency,
        "starts_at": starts_at,
        **more,
    }


def rate(on: str, currency: str = "KWD", value: str = "3") -> Row:
    return {"rate_on": on, "base_currency": currency, "quote_currency": "USD", "rate": value}


def put(book: Booked, items: Sequence[Row], later: int = 0, **tables: Sequence[Row]) -> None:
    book.poll({"subscription_items": items, **tables}, RECORDED + timedelta(days=later))


def mrr(book: Booked, period: Period = NOW) -> Decimal | None:
    return book.numbers([period], "mrr")["mrr"][period].headline


def set_aside(book: Booked) -> list[tuple[str, int, str]]:
    return [(each.table, each.count, each.examples[0].reason) for each in book.store.polls.rejected("acme")]


@pytest.mark.parametrize("fx", ["period_end", "historic"])
@pytest.mark.parametrize("grain", ["event", "day", "month"])
def test_one_item_is_set_aside_and_counted_alone(fx: str, grain: str) -> None:
    with booked(fx=fx, grain=grain) as book:
        items = [item("a", 100), item("b", 40, "KWD"), item("b", 7, line_id="m"), item("c", 10, "EUR")]
        put(book, items, fx_rates=[rate("2024-01-01", "EUR", "2")])
        results = book.numbers([NOW, MAY], "mrr", "customers", "net_new_mrr")
        assert results["mrr"][NOW].headline == 100 + 7 + 20
        assert results["customers"][NOW].headline == 3
        assert results["net_new_mrr"][MAY].headline == 0
        assert set_aside(book) == [("subscription_items", 1, NO_RATE)]


def test_the_rows_of_its_line_go_with_it_and_those_of_another_do_not() -> None:
    """Give a rate from the first of March on: the line that began before must not appear as one that began then."""
    ended = item("a", 40, "KWD", ends_at="2024-04-01")
    goes_on = item("a", 50, "KWD", starts_at="2024-04-01")
    other = {**item("a", 60, "KWD", starts_at="2024-03-01"), "line_id": "m"}
    with booked() as book:
        put(book, [ended, goes_on, other, *(item(each, 1) for each in "bcd")], fx_rates=[rate("2024-03-01")])
        assert mrr(book) == 180 + 3
        assert [(table, count) for table, count, _ in set_aside(book)] == [("subscription_items", 2)]


def test_it_counts_again_once_the_rate_is_there_and_goes_once_it_is_gone() -> None:
    with booked() as book:
        items = [item("a", 100), item("b", 40, "KWD")]
        put(book, items)
        assert mrr(book) == 100
        put(book, items, 1, fx_rates=[rate("2024-02-10")])
        assert mrr(book) == 220
        assert set_aside(book) == []
        put(book, items, 2, fx_rates=[rate("2024-02-11")])
        assert mrr(book) == 100
        assert set_aside(book) == [("subscription_items", 1, NO_RATE)]
        put(book, items[:1], 3)
        book.keep()
        assert set_aside(book) == []


def test_that_of_each_source_is_its_own() -> None:
    with booked() as book:
        put(book, [item("a", 100), item("b", 40, "KWD")])
        book.keep()
        ((source, table),) = [(each.source, each.table) for each in book.store.polls.rejected("acme")]
        assert (source, table) == ("billing", "subscription_items")


def test_a_discount_that_cannot_be_converted_sets_its_line_aside() -> None:
    off: Row = {
        "discount_id": "d", "customer_id": "b", "subscription_id": "s-b", "line_id": "l-b", "amount_off": 5,
        "currency": "KWD", "starts_at": "2024-02-10",
    }  # fmt: skip
    with booked() as book:
        items = [item("a", 100), item("b", 40)]
        put(book, items, discounts=[off])
        assert mrr(book) == 100
        assert set_aside(book) == [("subscription_items", 1, NO_RATE)]
        put(book, items, 1, discounts=[off], fx_rates=[rate("2024-02-10")])
        assert mrr(book) == 100 + 40 - 15
        put(book, items, 2, discounts=[off], fx_rates=[rate("2024-02-10", value="4")])
        assert mrr(book) == 100 + 40 - 20


def test_a_discount_that_does_not_count_needs_no_rate() -> None:
    off: Row = {
        "discount_id": "d", "customer_id": "b", "subscription_id": "s-b", "line_id": "l-b", "amount_off": 5,
        "currency": "KWD", "starts_at": "2024-02-10", "duration": "once",
    }  # fmt: skip
    with booked() as book:
        put(book, [item("a", 100), item("b", 40)], discounts=[off])
        assert mrr(book) == 140


@pytest.mark.parametrize(("others", "is_known"), [(1, True), (0, False)])
def test_where_most_items_are_without_a_rate_the_revenue_is_unknown(others: int, is_known: bool) -> None:
    with booked() as book:
        put(book, [item("b", 40, "KWD"), *(item(f"a{number}", 100) for number in range(others))])
        if is_known:
            assert mrr(book) == 100
        else:
            for name in ("mrr", "customers", "new_mrr", "past_due_mrr"):
                with pytest.raises(MeasureFailed, match=NO_RATE):
                    book.numbers([NOW], name)


def test_it_is_told_at_once_with_the_number_and_in_explain(tmp_path: Path) -> None:
    world = World(tmp_path, {"subscription_items": [item("a", 100, "EUR"), item("b", 40, "KWD")]}).poll(RECORDED)
    try:
        reading = world.read("mrr", RECORDED)
        series = world.series(RECORDED)
        text = explanation_text(
            explanation(ExplainRequest(world.company, world.company.kpis["mrr"]), world.store, RECORDED)
        )
    finally:
        world.store.close()
    why = NO_RATE.replace("USD", "EUR")
    assert reading.value == 100
    assert [(each.table, each.count, each.reason) for each in reading.rejected] == [("subscription_items", 1, why)]
    assert series['kpi_source_rejected_rows{company="acme",source="books",table="subscription_items"}'] == 1
    assert f"1 row of subscription_items of books set aside, the first because {why}" in text
