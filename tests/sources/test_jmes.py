"""JMESPath as sources use it: exact numbers, instants of numbers, and reasons that people can act on."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from exporter.records.batch import SourceFailed, Unreadable
from exporter.sources import jmes
from tests.support.examples import examples

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
UNITS = {"from_epoch": 1, "from_epoch_ms": 1000, "from_epoch_us": 10**6, "from_epoch_ns": 10**9}
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.decimals() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from("abcd"), inner, max_size=4),
    max_leaves=8,
)
EXPRESSIONS = (
    "from_epoch(a)",
    "from_epoch_ms(a.b)",
    "abs(a)",
    "sum(a)",
    "avg(a[].b)",
    "max_by(a, &b).c",
    "sort_by(a, &b)[0]",
    "join('-', a)",
    "length(a)",
    "to_string(a)",
    "to_number(a)",
    "a > b",
    "a[?b > `1`] | [0]",
    "contains(a, b)",
    "merge(a, b)",
)


def in_microseconds(text: object) -> int:
    return (datetime.fromisoformat(str(text)) - EPOCH) // timedelta(microseconds=1)


@given(
    moment=st.datetimes(datetime(1973, 4, 1), datetime(5000, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001 - in UTC
    function=st.sampled_from(list(UNITS)),
    quoted=st.booleans(),
)
@examples(200)
def test_a_moment_is_read_in_its_unit_and_told_apart_from_the_others(
    moment: datetime, function: str, quoted: bool
) -> None:
    seconds = int((moment - EPOCH).total_seconds())
    for unit, per_second in UNITS.items():
        number = seconds * per_second
        document = {"a": str(number) if quoted else number}
        if unit == function:
            assert in_microseconds(jmes.finder(f"{function}(a)")(document)) == seconds * 10**6
        else:
            with pytest.raises(SourceFailed, match=rf"{number}\"? is not in .*: write {unit}\(\.\.\.\)"):
                jmes.finder(f"{function}(a)")(document)


@pytest.mark.parametrize(
    ("expression", "value", "read"),
    [
        ("from_epoch(a)", None, None),
        ("from_epoch(a)", "", None),
        ("from_epoch(a)", 0, "1970-01-01T00:00:00+00:00"),
        ("from_epoch_ms(a)", 0, "1970-01-01T00:00:00+00:00"),
        ("from_epoch(a)", -1, "1969-12-31T23:59:59+00:00"),
        ("from_epoch(a)", Decimal("1767225600.25"), "2026-01-01T00:00:00.250000+00:00"),
        ("from_epoch(a)", " 1767225600 ", "2026-01-01T00:00:00+00:00"),
        ("from_epoch(a)", 10**11 - 1, "5138-11-16T09:46:39+00:00"),
        ("from_epoch_ms(a)", 10**11, "1973-03-03T09:46:40+00:00"),
        ("from_epoch_ns(a)", 1767225600123456789, "2026-01-01T00:00:00.123456+00:00"),
        ("max_by(a, &n).n", [{"n": Decimal("1.5")}, {"n": 2}], 2),
        ("sort_by(a, &n)[0].n", [{"n": Decimal("1.5")}, {"n": 1}], 1),
        ("to_string(a)", Decimal("10.10"), "10.10"),
        ("to_number(a)", "0.10", Decimal("0.10")),
        ("to_number(a)", Decimal("1.5"), Decimal("1.5")),
        ("to_number(a)", True, None),
        ("type(a)", Decimal("1.5"), "number"),
    ],
)
def test_functions_know_exact_numbers(expression: str, value: object, read: object) -> None:
    assert jmes.finder(expression)({"a": value}) == read


@pytest.mark.parametrize(
    ("value", "says"),
    [
        (True, "true is no number of seconds since 1970"),
        ("2026-01-01", '"2026-01-01" is no number of seconds since 1970; a time that is a text needs no `from_epoch`'),
        ([1], "[1] is no number of seconds since 1970"),
        (Decimal("NaN"), "NaN is no number of seconds since 1970"),
        (10**20, "100000000000000000000 is no time: it is too large for one"),
        (Decimal("1E+999999"), "is no time: it is too large for one"),
        pytest.param(10**5000, "is no time: it is too large for one", id="long"),
        (-(10**11) + 1, "is no time: it lies before the year 1"),
    ],
)
def test_what_is_no_moment_says_why(value: object, says: str) -> None:
    with pytest.raises(SourceFailed) as failed:
        jmes.finder("from_epoch(a)")({"a": value})
    assert str(failed.value).startswith("`from_epoch(a)` does not fit the answer: ")
    assert says in str(failed.value)


@given(document=JSON, expression=st.sampled_from(EXPRESSIONS))
@examples(400)
def test_whatever_is_there_a_column_is_read_or_says_why_in_words(document: Any, expression: str) -> None:
    picked = jmes.picker([expression, "a"])(document)
    assert picked.keys() == {expression, "a"}
    if isinstance(value := picked[expression], Unreadable):
        assert value.reason.startswith(f"`{expression}` does not fit the answer: ")
        assert "Error" not in value.reason.replace(str(document), "")
        with pytest.raises(SourceFailed):
            jmes.finder(expression)(document)


@given(items=st.lists(st.dictionaries(st.sampled_from("ab"), st.none() | st.integers(), max_size=2), max_size=9))
@examples(50)
def test_the_whole_list_is_counted_whatever_is_selected_of_it(items: list[Any]) -> None:
    selections = ("data", "data[]", "data[?a]", "data[].b", "data[?a > `1`].{x: b}", "data[?b] | [?a]", "data[:2]")
    for select in selections:
        assert jmes.unfiltered_finder(select)({"data": items}) == items
    assume(items)
    assert jmes.unfiltered_finder("@")(items) == items


@pytest.mark.parametrize(
    ("expression", "reads"),
    [
        ("total", False),
        ("data.total", False),
        ("data[0].total", False),
        ("length(data)", True),
        ("sum(data[].amount)", True),
        ("data[?x].y | [0]", True),
        ("data[].{value: n}", True),
    ],
)
def test_which_numbers_depend_on_how_many_items_there_are(expression: str, reads: bool) -> None:
    assert jmes.reads_a_list(expression) is reads


@pytest.mark.parametrize("expression", ["a", "from_epoch_ns(a)", "not_null(a, b, c)", "sort_by(a, &b)"])
def test_what_can_be_applied_is_taken_at_load(expression: str) -> None:
    assert jmes.check_expression(expression) == expression
