"""Formulas are computed in decimals, unknown in is unknown out, and money is rounded at the very end."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

import pytest

from exporter.catalogue.language import formula
from exporter.catalogue.language.formula import Name
from exporter.kpis.arithmetic import TOO_LARGE, Result, compute, published
from exporter.kpis.reading import Reason, Unknown
from exporter.quantities import units

MISSING = Unknown(Reason.NO_DATA, "there is no b")
NOW: Mapping[str, Result] = {"a": Decimal("0.1"), "b": MISSING, "zero": Decimal(0), 'a["x"]': Decimal(5)}
BEFORE: Mapping[str, Result] = {"a": Decimal("0.05"), "zero": Unknown(Reason.STALE, "zero is too old")}


def lookup(name: Name, previous: bool) -> Result:
    return (BEFORE if previous else NOW)[name.text]


def computed(text: str) -> Result:
    return compute(formula.parse(text).tree, lookup)


@pytest.mark.parametrize(
    ("text", "result"),
    [
        ("a + a + a", "0.3"),  # which binary fractions miss
        ("1 - a * 2 - 3", "-2.2"),
        ("1 - (a - 3)", "3.9"),
        ("12 / 3 / 2", "2"),
        ("a / previous(a) - 1", "1"),
        ('-a["x"] + 1', "-4"),
        ("ceil(a)", "1"),
        ("ceil(-a)", "0"),
        ("ceil(3)", "3"),
        ("1 / 3 * 3", "0.9999999999999999999999999999999999"),
    ],
)
def test_results_are_exact_decimals(text: str, result: str) -> None:
    assert computed(text) == Decimal(result)


@pytest.mark.parametrize("text", ["b", "a + b", "b * zero", "-b", "ceil(b)", "b / zero", "zero / b"])
def test_the_unknown_makes_the_result_unknown(text: str) -> None:
    assert computed(text) == MISSING


def test_the_first_unknown_is_named() -> None:
    assert computed("previous(zero) + b") == BEFORE["zero"]


@pytest.mark.parametrize("text", ["a / zero", "zero / zero", "1 / (a - a)"])
def test_division_by_zero_is_unknown(text: str) -> None:
    assert computed(text) == Unknown(Reason.DIVISION_BY_ZERO, "the formula divides by zero")


@pytest.mark.parametrize(
    ("value", "unit", "result"),
    [
        ("0.125", "EUR", 0.12),
        ("0.135", "EUR", 0.14),
        ("-0.125", "EUR/month", -0.12),
        ("2.5", "JPY", 2.0),
        ("1.0005", "KWD", 1.0),
        ("1.0015", "KWD", 1.002),
        ("0.12345678901234567", "ratio", 0.12345678901234567),
        ("1E+27", "EUR", 1e27),
    ],
)
def test_money_is_rounded_half_to_even_to_the_places_of_its_currency(value: str, unit: str, result: float) -> None:
    assert published(Decimal(value), units.parse(unit)) == result


@pytest.mark.parametrize("unit", ["EUR", "JPY", "count", "ratio"])
def test_a_number_has_at_most_28_digits_before_the_point(unit: str) -> None:
    parsed = units.parse(unit)
    assert published(Decimal("9" * 28), parsed) == 1e28
    for value in (Decimal(10) ** 28, Decimal("1E+400"), Decimal("1E+999999")):
        for number in (value, -value):
            assert published(number, parsed) == TOO_LARGE


@pytest.mark.parametrize("text", ["a" + " * a" * 30, "1 / (1 / (a" + " * a" * 30 + "))", "ceil(a" + " * a" * 30 + ")"])
def test_what_no_decimal_holds_is_unknown(text: str) -> None:
    def huge(name: Name, previous: bool) -> Result:
        return Decimal("1E+99999")

    assert compute(formula.parse(text).tree, huge) == TOO_LARGE
