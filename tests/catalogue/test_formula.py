"""Formulas: what can be written, in which order it is computed, and what may be combined."""

from __future__ import annotations

from decimal import Decimal

import pytest

from exporter.catalogue.language.formula import (
    Ceiling,
    Expression,
    FormulaError,
    Name,
    Negative,
    Number,
    Operation,
    Previous,
    dimension,
    parse,
    parse_test,
)
from exporter.quantities.comparison import Comparison
from exporter.quantities.units import Dimension
from exporter.quantities.units import parse as unit

UNITS = {
    "mrr": "EUR/month",
    "arr": "EUR/year",
    "cash": "EUR",
    "customers": "count",
    "churn": "ratio",
    "cycle": "duration",
}


def parenthesized(tree: Expression) -> str:
    """Write an expression with every parenthesis."""
    match tree:
        case Number(value):
            return str(value)
        case Name():
            return tree.text
        case Previous(name):
            return f"previous({name.text})"
        case Ceiling(of):
            return f"ceil({parenthesized(of)})"
        case Negative(of):
            return f"-{parenthesized(of)}"
        case Operation(operator, left, right):
            return f"({parenthesized(left)} {operator} {parenthesized(right)})"


def of(name: Name) -> Dimension:
    return unit(UNITS[name.name]).dimension


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("mrr", "mrr"),
        ("mrr / previous(mrr) - 1", "((mrr / previous(mrr)) - 1)"),
        ("a - b - c", "((a - b) - c)"),
        ("a - (b - c)", "(a - (b - c))"),
        ("a / b * c", "((a / b) * c)"),
        ("a + b * c", "(a + (b * c))"),
        ("-a + b", "(-a + b)"),
        ("ceil(a / 0.1)", "ceil((a / 0.1))"),
        ("a[\"P1\"] / a['of 3, it''s']", '(a["P1"] / a["of 3, its"])'),
        ("  a\n  / b  ", "(a / b)"),
        ('a["C#"]', 'a["C#"]'),
    ],
)
def test_what_it_reads(text: str, tree: str) -> None:
    assert parenthesized(parse(text).tree) == tree
    assert parse(text).text == text


def test_numbers_are_exact() -> None:
    assert parse("0.1").tree == Number(Decimal("0.1"))


def test_the_names_it_mentions_in_their_order() -> None:
    text = 'a / (previous(b) - ceil(c)) * -d["x"] + a'
    assert [(name.text, previous) for name, previous in parse(text).terms()] == [
        ("a", False),
        ("b", True),
        ("c", False),
        ('d["x"]', False),
        ("a", False),
    ]
    assert [text[name.column] for name in parse(text).names()] == list("abcda")


def test_columns_are_those_of_characters_not_of_bytes() -> None:
    text = 'a["Büro für Äpfel"] / nonesuch'
    *_, last = parse(text).names()
    assert text[last.column :] == "nonesuch"


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("a ** b", "a ** b"),
        (f"a * 1{28 * '0'}", f"1{28 * '0'}"),
        (f"a * 1{999 * '0'}", f"1{999 * '0'}"),
        ("a * 1e999", "1e999"),
        ("1 + max(a, b)", "max(a, b)"),
        ("a // b", "a // b"),
        ("a % b", "a % b"),
        ("2 * (a and b)", "a and b"),
        ("a if b else c", "a if b else c"),
        ("1 + a.b", "a.b"),
        ("a[0]", "a[0]"),
        ("ceil(a, b)", "ceil(a, b)"),
        ("previous(a / b)", "previous(a / b)"),
        ("previous(5)", "previous(5)"),
        ("previous(previous(a))", "previous(previous(a))"),
        ("1 + 'text'", "'text'"),
        ("1 + True", "True"),
        ("1 + 2j", "2j"),
        ("1e999", "1e999"),
        ("a < b", "a < b"),
        ("__import__('os')", "__import__('os')"),
        ("a # b", "# b"),
        ("a + \\d", "\\d"),
        ("a b", "b"),
        ("lambda: a", "lambda: a"),
        ("(a := b)", "a := b"),
    ],
)
def test_what_it_refuses_and_where(text: str, at: str) -> None:
    with pytest.raises(FormulaError, match=r"cannot be (used|read).*; write names, numbers") as refused:
        parse(text)
    assert text[refused.value.column :].startswith(at) or " " in text[: refused.value.column + 1]


@pytest.mark.parametrize(
    "text", ["", "   ", "(a", "a +", "a)", "1 +* 2", "\0", "(" * 500 + "a" + ")" * 500, "-" * 5000 + "a"]
)
def test_what_cannot_be_read_is_told_in_a_sentence(text: str) -> None:
    with pytest.raises(FormulaError, match="cannot be"):
        parse(text)


@pytest.mark.parametrize(
    ("text", "comparison", "limit"),
    [
        ("a <= 0", Comparison.LESS_OR_EQUAL, "0"),
        ("a / previous(b) > 1.5", Comparison.GREATER, "1.5"),
        ("a < -3", Comparison.LESS, "-3"),
        ("a >= 10", Comparison.GREATER_OR_EQUAL, "10"),
    ],
)
def test_a_condition(text: str, comparison: Comparison, limit: str) -> None:
    test = parse_test(text)
    assert (test.text, test.comparison, test.limit) == (text, comparison, Decimal(limit))
    assert next(test.left.names()).name == "a"


@pytest.mark.parametrize("text", ["a", "a <= b", "0 < a < 5", "a == 0", "a != 0", "a in b", "a <="])
def test_what_is_no_condition(text: str) -> None:
    with pytest.raises(FormulaError, match=r"is not a comparison with a number|cannot be"):
        parse_test(text)


@pytest.mark.parametrize(
    ("text", "result"),
    [
        ("mrr", "EUR/month"),
        ("mrr * months_per_year", "EUR/year"),
        ("mrr * window_months", "EUR"),
        ("cash / mrr", "months"),
        ("mrr / previous(mrr) - 1", "ratio"),
        ("ceil(cash / (mrr / customers))", "months"),
        ("-cash + 2 * cash", "EUR"),
        ("1 / window_months", "per month"),
        ("customers / window_months", "per month"),
        ("cash * churn", "EUR"),
    ],
)
def test_the_unit_of_a_result(text: str, result: str) -> None:
    assert dimension(parse(text).tree, of) == unit(result).dimension


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("cash + churn", r"cannot add EUR and a plain number"),
        ("cash - mrr", r"cannot subtract EUR and EUR/month"),
        ("mrr + arr", r"cannot add EUR/month and EUR/year"),
        ("1 - cycle", r"cannot subtract a plain number and second"),
        ("(cash + 1) / cash", r"cannot add EUR and a plain number"),
        ("ceil(cash) + previous(mrr)", r"cannot add EUR and EUR/month"),
    ],
)
def test_what_does_not_count_the_same_is_not_added(text: str, message: str) -> None:
    with pytest.raises(FormulaError, match=f"^{message}$") as refused:
        dimension(parse(text).tree, of)
    assert text[refused.value.column] in "+-"
