"""Which form of numbers and dates a column has, and which nobody can tell."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exporter.setup.forms import NUMERALS, Ambiguous, DateFormat, common_date_format, common_numerals
from exporter.sources.number_formats import Numerals


@pytest.mark.parametrize(
    ("values", "form"),
    [
        (["1234.50", "7"], Numerals()),
        (["49,50", "1.049,00"], Numerals(",", ".")),
        (["1 200,00", "300,00"], Numerals(",", " ")),
        (["1,234.50", "10.00"], Numerals(None, ",")),
        (["1'234.50"], Numerals(None, "'")),
        (["12", "7", "2000"], Numerals()),
    ],
)
def test_the_form_that_reads_all_values(values: list[str], form: Numerals) -> None:
    assert common_numerals([values]) == form


@pytest.mark.parametrize("values", [["1.234"], ["1,234"], ["1.234", "5.678", "12"], ["1,200", "300"]])
def test_an_amount_that_could_be_two_is_not_guessed(values: list[str]) -> None:
    assert isinstance(common_numerals([values]), Ambiguous)


def test_another_column_of_the_file_decides() -> None:
    assert common_numerals([["1.234"], ["49,50"]]) == Numerals(",", ".")
    assert common_numerals([["1.234"], ["49.50"]]) == Numerals()


def test_values_that_are_no_numbers_in_any_form() -> None:
    assert common_numerals([["12", "n/a"]]) is None
    assert common_numerals([["1,234.50", "1.234,50"]]) is None


@given(
    numbers=st.lists(st.decimals(-(10**9), 10**9, places=2), min_size=1, max_size=8),
    form=st.sampled_from(NUMERALS),
)
def test_never_another_number_than_was_written(numbers: list[object], form: Numerals) -> None:
    """Whatever signs a file uses: its numbers are read as they were written, or nobody chooses."""
    texts = [
        f"{number:,.2f}".replace(",", "_").replace(".", form.decimal or ".").replace("_", form.thousands or "")
        for number in numbers
    ]
    chosen = common_numerals([texts])
    assert chosen is not None
    if not isinstance(chosen, Ambiguous):
        assert [chosen.read(text) for text in texts] == [form.read(text) for text in texts]


@pytest.mark.parametrize(
    ("values", "form"),
    [
        (["2026-01-31"], None),
        (["31.01.2026", "01.02.2026"], "%d.%m.%Y"),
        (["25/01/2026", "05/01/2026"], "%d/%m/%Y"),
        (["01/25/2026", "01/05/2026"], "%m/%d/%Y"),
        (["20260131"], "%Y%m%d"),
        (["31.01.2026 08:15"], "%d.%m.%Y %H:%M"),
        (["1767225600"], "epoch"),
        (["1767225600000"], "epoch_ms"),
        (["Jan 2026", "Feb 2026"], "%b %Y"),
    ],
)
def test_the_form_that_reads_all_dates(values: list[str], form: str | None) -> None:
    assert common_date_format([values]) == DateFormat(form)


def test_a_day_that_could_be_two_is_not_guessed() -> None:
    assert isinstance(common_date_format([["01/02/2026", "03/04/2026"]]), Ambiguous)
    assert common_date_format([["01/02/2026"], ["25/12/2026"]]) == DateFormat("%d/%m/%Y")


def test_texts_that_are_no_dates() -> None:
    assert common_date_format([["soon"]]) is None
