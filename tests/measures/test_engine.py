"""Asking measures: rows become numbers, mistakes become sentences, what a source answered is looked up."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal

import pytest

from exporter.calendar.windows import Period
from exporter.conventions import MOST_PARTS_COMPUTED
from exporter.measures.engine import MeasureFailed, MeasureResult, evaluate, prepare
from exporter.measures.model import Measure
from exporter.quantities import units
from exporter.records.batch import Answer
from tests.measures.book import Book, at, item, month, shipped

FEBRUARY, MARCH = month("2026-02"), month("2026-03")
HOUR = 3600.0


def results(book: Book, sql: str, *periods: Period, by: tuple[str, ...] = ()) -> Mapping[Period, MeasureResult]:
    measure = Measure("own", "a company's own", units.parse("count"), by, sql)
    with book.reading(with_ledger=False) as cursor:
        prepare(cursor, periods, {sql: periods})
        return evaluate(cursor, measure, periods)


VALUES = "('starter', 'big', 4), ('starter', NULL, 3), (NULL, 'big', 5), ('pro', 'big', NULL)"
FROM_VALUES = f"(VALUES {VALUES}) AS given (tier, type, n)"


def test_a_row_of_all_labels_is_the_headline_and_one_of_one_label_a_part(book: Book) -> None:
    sql = f"""
        SELECT period, tier, type, SUM(n) AS value FROM period, {FROM_VALUES}
        GROUP BY GROUPING SETS ((period), (period, tier), (period, type), (period, tier, type))
    """
    numbers = results(book, sql, MARCH, by=("tier", "type"))[MARCH]
    assert numbers == MeasureResult(
        Decimal(12),
        {"tier": {"starter": Decimal(7), "none": Decimal(5)}, "type": {"big": Decimal(9), "none": Decimal(3)}},
    )
    assert numbers.labelled("big") == 9
    assert numbers.labelled("pro") is None


def test_what_nobody_asked_the_total_of_has_none(book: Book) -> None:
    sql = f"SELECT period, tier, SUM(n) AS value FROM period, {FROM_VALUES} GROUP BY period, tier"
    parts = {"tier": {"starter": Decimal(7), "none": Decimal(5)}}
    assert results(book, sql, MARCH, by=("tier",))[MARCH] == MeasureResult(None, parts, total=False)
    text = sql.replace("SUM(n) AS value", "SUM(n) AS value, tier IS NULL AS is_total")
    assert results(book, text, MARCH, by=("tier",))[MARCH] == MeasureResult(
        Decimal(5), {"tier": {"starter": Decimal(7)}}
    )
    total = f"{sql} UNION ALL SELECT period, NULL, SUM(n) FROM period, {FROM_VALUES} GROUP BY period"
    assert results(book, total, MARCH, by=("tier",))[MARCH] == MeasureResult(Decimal(12), parts)


def test_a_label_is_never_two_numbers(book: Book) -> None:
    sql = "SELECT period, tier, 1 AS value FROM period, (VALUES (NULL), (' ')) AS given (tier)"
    with pytest.raises(MeasureFailed, match="the measure own gives more than one number for tier 'none'"):
        results(book, sql, MARCH, by=("tier",))


@pytest.mark.parametrize(("parts", "is_computed"), [(MOST_PARTS_COMPUTED, True), (MOST_PARTS_COMPUTED + 1, False)])
def test_a_breakdown_of_too_many_parts_is_not_computed(book: Book, parts: int, is_computed: bool) -> None:
    sql = f"""
        SELECT period, tier, COUNT(*) AS value FROM period, (SELECT range::VARCHAR AS tier FROM range({parts})) AS given
        GROUP BY GROUPING SETS ((period), (period, tier))
    """
    result = results(book, sql, MARCH, by=("tier",))[MARCH]
    assert result.headline == parts
    assert len(result.parts.get("tier", ())) == (parts if is_computed else 0)
    assert result.withheld == (frozenset() if is_computed else {"tier"})


@pytest.mark.parametrize(("length", "is_published"), [(1000, True), (1001, False), (900_000, False)])
def test_a_label_that_is_too_long_withholds_its_breakdown_and_no_other(
    book: Book, length: int, is_published: bool
) -> None:
    values = f"(VALUES (repeat('x', {length}), 'a', 1), (repeat('y', {length}), 'b', 2), ('s', 'c', 3))"
    sql = f"""
        SELECT period, tier, type, SUM(n) AS value FROM period, {values} AS given (tier, type, n)
        GROUP BY GROUPING SETS ((period), (period, tier), (period, type))
    """
    result = results(book, sql, MARCH, by=("tier", "type"))[MARCH]
    assert result.headline == Decimal(6)
    assert result.parts["type"] == {"a": Decimal(1), "b": Decimal(2), "c": Decimal(3)}
    assert ("tier" in result.parts, result.withheld) == (is_published, frozenset([] if is_published else ["tier"]))


@pytest.mark.parametrize("value", ["NULL", "'nan'::DOUBLE", "'inf'::DOUBLE"])
def test_what_is_no_number_is_unknown_not_zero(book: Book, value: str) -> None:
    assert results(book, f"SELECT period, {value} AS value FROM period", MARCH) == {MARCH: MeasureResult(None)}


def test_periods_without_a_row_are_left_out(book: Book) -> None:
    assert results(book, "SELECT period, 1 AS value FROM period WHERE period = 1", FEBRUARY, MARCH) == {
        MARCH: MeasureResult(Decimal(1))
    }
    assert results(book, "SELECT period, 1 AS value FROM period") == {}


@pytest.mark.parametrize(
    ("sql", "message"),
    [
        ("SELECT period, 'many' AS value FROM period", "gives 'many', which is not a number"),
        ("SELECT period, 1 AS value FROM period, (VALUES (1), (2))", "more than one number for a period"),
        ("SELECT NULL AS period, 1 AS value", "a row for no period"),
        ("SELECT 2 AS period, 1 AS value", "a row for no period"),
        ("SELECT -1 AS period, 1 AS value", "a row for no period"),
        ("SELECT period, CAST('x' AS INTEGER) AS value FROM period", "cannot be computed: Conversion Error"),
        ("SELECT period, 1 AS amount FROM period", 'cannot be computed: Binder Error: Referenced column "value"'),
    ],
)
def test_a_measure_that_fails_says_why_on_one_line(book: Book, sql: str, message: str) -> None:
    with pytest.raises(MeasureFailed) as failed:
        results(book, sql, MARCH)
    assert str(failed.value).startswith("the measure own ")
    assert message in str(failed.value)
    assert "\n" not in str(failed.value)


def together(book: Book, *names: str) -> dict[str, object]:
    """Return the headline of each measure for March, or why there is none, all after one preparation."""
    measures = [shipped(name) for name in names]
    text: dict[str, object] = {}
    with book.reading() as cursor:
        prepare(cursor, [MARCH], {measure.sql or "": [MARCH] for measure in measures})
        for measure in measures:
            try:
                text[measure.name] = evaluate(cursor, measure, [MARCH])[MARCH].headline
            except MeasureFailed as failed:
                text[measure.name] = str(failed)
    return text


def test_what_measures_share_is_computed_once_and_where_it_fails_others_go_on(book: Book) -> None:
    names = ("mrr", "net_new_mrr", "scheduled_churn_mrr", "past_due_mrr", "tickets")
    book.put("subscription_items", item("a", 100, "2026-02-10"), item("b", 7, "2026-03-10", status="past_due"))
    right = {name: book.value(name, MARCH) for name in names}
    assert together(book, *names) == right == dict(zip(names, (107, 7, 0, 7, 0), strict=True))
    book.put("subscription_items", *(item(each, 5, "2026-03-10", currency="KWD") for each in "cde"))
    failed = together(book, *names)
    assert failed.pop("tickets") == 0
    assert all("no exchange rate from KWD" in str(text) for text in failed.values())


def answered(book: Book, *periods: Period, max_age: float = HOUR) -> Mapping[Period, MeasureResult]:
    measure = Measure("open_tickets", "asked", units.parse("count"), ("team", "site"), source="desk")
    with book.reading(with_ledger=False) as cursor:
        prepare(cursor, periods, {})
        return evaluate(cursor, measure, periods, max_age)


def moment(text: str) -> Period:
    return Period(at(text), at(text))


def test_an_answer_holds_from_its_poll_until_it_is_too_old(book: Book) -> None:
    book.poll(Answer("open_tickets", Decimal(3)), at=at("2026-03-02 12:00"), source="desk")
    book.poll(Answer("open_tickets", Decimal(5)), at=at("2026-03-02 12:30"), source="desk")
    book.poll(Answer("open_tickets", Decimal(99)), at=at("2026-03-02 12:30"), source="another")
    times = ("11:59", "12:00", "12:29", "12:30", "13:30", "13:31")
    inputs = [answered(book, moment(f"2026-03-02 {time}")) for time in times]
    values = [next((numbers.headline for numbers in each.values()), None) for each in inputs]
    assert values == [None, 3, 3, 5, 5, None]


def test_a_month_is_answered_by_what_was_known_at_its_end(book: Book) -> None:
    book.poll(Answer("open_tickets", Decimal(3)), at=MARCH.ends - timedelta(minutes=5), source="desk")
    book.poll(Answer("open_tickets", Decimal(5)), at=MARCH.ends + timedelta(minutes=5), source="desk")
    assert answered(book, FEBRUARY, MARCH) == {MARCH: MeasureResult(Decimal(3))}


def test_a_label_that_the_last_poll_no_longer_gave_is_gone(book: Book) -> None:
    first = (Answer("open_tickets", Decimal(1), {"team": team, "site": ""}) for team in ("red", "blue"))
    book.poll(
        *first, Answer("open_tickets", Decimal(2), {"team": "", "site": ""}), at=at("2026-03-02 12:00"), source="desk"
    )
    book.poll(Answer("open_tickets", Decimal(4), {"team": "red", "site": ""}), at=at("2026-03-02 12:30"), source="desk")
    before, after = moment("2026-03-02 12:10"), moment("2026-03-02 12:40")
    assert answered(book, before, after) == {
        before: MeasureResult(Decimal(2), {"team": {"red": Decimal(1), "blue": Decimal(1)}}),
        after: MeasureResult(None, {"team": {"red": Decimal(4)}}, total=False),
    }


def test_a_source_without_a_number_has_answered_unknown(book: Book) -> None:
    book.poll(Answer("open_tickets", Decimal(3)), at=at("2026-03-02 12:00"), source="desk")
    book.poll(Answer("open_tickets", None), at=at("2026-03-02 12:30"), source="desk")
    now = moment("2026-03-02 12:40")
    assert answered(book, now) == {now: MeasureResult(None)}
