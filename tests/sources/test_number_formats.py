"""Numbers in the dialects of files: as they were meant, or refused, and never as another number."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exporter.records.batch import Unreadable
from exporter.sources.number_formats import Numerals, OtherDialect

DIALECTS = [
    (None, None),
    (".", None),
    (",", None),
    (",", "."),
    (",", " "),
    (",", "'"),
    (".", ","),
    (".", " "),
    (".", "'"),
]
"""Decimal and thousands signs as catalogues tell them."""

amounts = st.decimals(min_value=-(10**12), max_value=10**12, places=2)


def written(amount: Decimal, decimal: str | None, thousands: str | None) -> str:
    """Write an amount as a program of a dialect does."""
    signs = {",": thousands or "", ".": decimal or "."}
    return "".join(signs.get(character, character) for character in f"{amount:,.2f}")


@pytest.mark.parametrize(("decimal", "thousands"), DIALECTS)
@given(amount=amounts)
def test_an_amount_is_read_in_the_dialect_that_is_told(
    amount: Decimal, decimal: str | None, thousands: str | None
) -> None:
    read = Numerals(decimal, thousands).read(written(amount, decimal, thousands))
    assert isinstance(read, str)
    assert Decimal(read) == amount


@pytest.mark.parametrize(("decimal", "thousands"), DIALECTS)
@pytest.mark.parametrize("other", DIALECTS)
@given(amount=amounts)
def test_an_amount_with_cents_is_never_read_as_another(
    amount: Decimal, other: tuple[str | None, str | None], decimal: str | None, thousands: str | None
) -> None:
    try:
        read = Numerals(decimal, thousands).read(written(amount, *other))
    except OtherDialect:
        return
    assert isinstance(read, Unreadable) or Decimal(read) == amount


@given(parts=st.lists(amounts, min_size=1, max_size=6), dialect=st.sampled_from(DIALECTS))
def test_where_nothing_is_told_one_amount_of_another_dialect_condemns_them_all(
    parts: list[Decimal], dialect: tuple[str | None, str | None]
) -> None:
    texts = [written(amount, *dialect) for amount in parts]
    if any("," in text or "'" in text or " " in text for text in texts):
        with pytest.raises(OtherDialect):
            [Numerals().read(text) for text in texts]
    else:
        assert [Decimal(str(Numerals().read(text))) for text in texts] == parts


@pytest.mark.parametrize(
    ("text", "write"),
    [
        ("49,00", 'write `decimal: ","`'),
        ("1.500,50", 'write `decimal: ","` and `thousands: "."`'),
        ("1.234.567", 'write `decimal: ","` and `thousands: "."`'),
        ("1,234.50", 'write `decimal: "."` and `thousands: ","`'),
        ("12,34,567.00", 'write `decimal: "."` and `thousands: ","`'),
        ("1'234.50", 'write `decimal: "."` and `thousands: "\'"`'),
        ("1\N{RIGHT SINGLE QUOTATION MARK}234", 'write `thousands: "\'"`'),
        ("1\N{NARROW NO-BREAK SPACE}234,50", 'write `decimal: ","` and `thousands: " "`'),
        ("1\N{NO-BREAK SPACE}234", 'write `thousands: " "`'),
        ("1,234", 'could be two numbers: write `decimal: ","`, or `thousands: ","`'),
        ("€1.234,50", 'write `decimal: ","` and `thousands: "."`'),
        ("1,234.50 USD", 'write `decimal: "."` and `thousands: ","`'),
        ("(49,00)", 'write `decimal: ","`'),
        ("12,5 %", 'write `decimal: ","`'),
    ],
)
def test_a_number_of_another_dialect_names_what_to_write(text: str, write: str) -> None:
    with pytest.raises(OtherDialect) as refused:
        Numerals().read(text)
    assert f'"{text}"' in str(refused.value)
    assert write in str(refused.value)


@pytest.mark.parametrize(
    "text", ["1.234", "0.5", "-12", "+3", "1E+05", "", "n/a", "€49", "(49.00)", "49-", "1_000", "x,y"]
)
def test_what_is_no_evidence_is_left_for_the_store_to_judge(text: str) -> None:
    assert Numerals().read(text) == text


@pytest.mark.parametrize("text", ["49.00", "1.23", "abc", "1,2,3", "1..234", "12.34", "1.234,5,6", "€5", "1_000"])
def test_what_is_no_number_in_the_dialect_that_is_told_is_one_bad_value(text: str) -> None:
    read = Numerals(",", ".").read(text)
    assert isinstance(read, Unreadable)
    assert read.reason.startswith(f'"{text}" is not a number with `decimal: ","` and `thousands: "."`')


def test_thousands_that_are_not_told_are_named() -> None:
    read = Numerals(",").read("1.500,50")
    assert isinstance(read, Unreadable)
    assert '`thousands: "."`' in read.reason


@pytest.mark.parametrize(("text", "evidence"), [("1.234", True), ("1.000", False), ("0.125", False), ("1.5", False)])
def test_a_whole_number_with_a_group_behind_a_point_is_evidence(text: str, evidence: bool) -> None:
    if evidence:
        with pytest.raises(OtherDialect):
            Numerals().read(text, whole=True)
    else:
        assert Numerals().read(text, whole=True) == text


def test_a_long_text_is_not_searched_for_a_number() -> None:
    text = "(" * 100_000 + "1,5"
    assert Numerals().read(text) == text
