"""Formulas: arithmetic over measures and KPIs, parsed once, with units that must fit."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal

from exporter.mistakes import TextError
from exporter.quantities.comparison import Comparison
from exporter.quantities.units import LARGEST, Dimension, describe, multiply

CONSTANTS: Mapping[str, tuple[Decimal, Dimension]] = {
    "months_per_year": (Decimal(12), (("month", 1), ("year", -1))),
}
WINDOW_MONTHS = "window_months"
"""The length in months of the window a formula is evaluated over."""

_OPERATORS: Mapping[type[ast.operator], str] = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/"}
_COMPARISONS: Mapping[type[ast.cmpop], Comparison] = {
    ast.Lt: Comparison.LESS,
    ast.LtE: Comparison.LESS_OR_EQUAL,
    ast.Gt: Comparison.GREATER,
    ast.GtE: Comparison.GREATER_OR_EQUAL,
}
FORMS = 'names, numbers, + - * /, parentheses, name["label"], previous(name) and ceil(...)'


class FormulaError(TextError):
    """What is wrong with a formula."""


@dataclass(frozen=True)
class Number:
    """A number as written."""

    value: Decimal


@dataclass(frozen=True)
class Name:
    """A measure, a KPI or a constant; `label` picks one value of a measure's breakdown."""

    name: str
    label: str | None
    column: int

    @property
    def text(self) -> str:
        """The name as a formula writes it, with its label."""
        return self.name if self.label is None else f'{self.name}["{self.label}"]'


@dataclass(frozen=True)
class Previous:
    """The same name one period before."""

    name: Name


@dataclass(frozen=True)
class Ceiling:
    """The next whole number."""

    of: Expression


@dataclass(frozen=True)
class Negative:
    """An expression with its sign changed."""

    of: Expression


@dataclass(frozen=True)
class Operation:
    """Two expressions joined by `+`, `-`, `*` or `/`; `column` is where the operator stands in the text."""

    operator: str
    left: Expression
    right: Expression
    column: int


Expression = Number | Name | Previous | Ceiling | Negative | Operation


@dataclass(frozen=True)
class Formula:
    """A formula as written, and its syntax tree."""

    text: str
    tree: Expression

    def terms(self) -> Iterator[tuple[Name, bool]]:
        """Yield every name in the order of the text, and whether its value of the previous period is meant."""
        return _terms(self.tree)

    def names(self) -> Iterator[Name]:
        """Yield every name in the order of the text, whichever period is meant."""
        return (name for name, _ in self.terms())


@dataclass(frozen=True)
class Test:
    """A comparison of a formula with a number: `net_burn <= 0`."""

    text: str
    left: Formula
    comparison: Comparison
    limit: Decimal


def parse(text: str) -> Formula:
    """Parse a formula; `FormulaError` says what is wrong, and where."""
    reader = _Reader(text)
    return Formula(text, reader.expression(reader.tree()))


def parse_test(text: str) -> Test:
    """Parse a comparison with a number, such as `net_burn <= 0`; `FormulaError` says what is wrong, and where."""
    reader = _Reader(text)
    match reader.tree():
        case ast.Compare(left=left, ops=[operator], comparators=[right]) if type(operator) in _COMPARISONS:
            limit = reader.expression(right)
            sign = -1 if isinstance(limit, Negative) else 1
            limit = limit.of if isinstance(limit, Negative) else limit
            if isinstance(limit, Number):
                tested = Formula(text, reader.expression(left))
                return Test(text, tested, _COMPARISONS[type(operator)], sign * limit.value)
    raise FormulaError(f"{text!r} is not a comparison with a number, such as 'net_burn <= 0'")


class _Reader:
    """Reads one text, in which Python's grammar is a superset of what may be written."""

    def __init__(self, text: str) -> None:
        self._line = re.sub(r"\s", " ", text.strip())

    def tree(self) -> ast.expr:
        without_labels = re.sub(r'"[^"]*"|\'[^\']*\'', lambda label: "_" * len(label[0]), self._line)
        if foreign := re.search(r"[#\\]", without_labels):
            raise FormulaError(f"{foreign[0]} cannot be used in a formula; write {FORMS}", foreign.start())
        try:
            return ast.parse(self._line, mode="eval").body
        except (SyntaxError, RecursionError, MemoryError) as error:
            column = (getattr(error, "offset", None) or 1) - 1
            raise FormulaError(f"the formula {self._line!r} cannot be read; write {FORMS}", column) from None

    def expression(self, node: ast.expr) -> Expression:
        column = self._column(node.col_offset)
        match node:
            case ast.Constant(value=int() | float() as value) if not isinstance(value, bool) and abs(value) < LARGEST:
                return Number(Decimal(str(value)))
            case ast.Name(id=name):
                return Name(name, None, column)
            case ast.Subscript(value=ast.Name(id=name), slice=ast.Constant(value=str() as label)):
                return Name(name, label, column)
            case ast.UnaryOp(op=ast.USub(), operand=operand):
                return Negative(self.expression(operand))
            case ast.BinOp(left=left, op=operator, right=right) if type(operator) in _OPERATORS:
                sign = _OPERATORS[type(operator)]
                place = self._line.index(sign, self._column(left.end_col_offset or 0))
                return Operation(sign, self.expression(left), self.expression(right), place)
            case ast.Call(func=ast.Name(id="ceil"), args=[argument], keywords=[]):
                return Ceiling(self.expression(argument))
            case ast.Call(func=ast.Name(id="previous"), args=[argument], keywords=[]):
                inner = self.expression(argument)
                if isinstance(inner, Name):
                    return Previous(inner)
        written = ast.get_source_segment(self._line, node)
        raise FormulaError(f"`{written}` cannot be used in a formula; write {FORMS}", column)

    def _column(self, offset: int) -> int:
        """Convert an offset in bytes of UTF-8, by which Python counts, to one in characters."""
        return len(self._line.encode()[:offset].decode())


def _terms(tree: Expression) -> Iterator[tuple[Name, bool]]:
    match tree:
        case Name():
            yield tree, False
        case Previous(name):
            yield name, True
        case Ceiling(of) | Negative(of):
            yield from _terms(of)
        case Operation(_, left, right):
            yield from _terms(left)
            yield from _terms(right)


def dimension(tree: Expression, of: Callable[[Name], Dimension]) -> Dimension:
    """Derive the dimension of a formula's result; `of` returns the dimension of each name.

    Raises `FormulaError` where quantities of different dimensions are added or subtracted.
    """
    match tree:
        case Number():
            return ()
        case Name(name) if name == WINDOW_MONTHS:
            return (("month", 1),)
        case Name(name) if name in CONSTANTS:
            return CONSTANTS[name][1]
        case Name():
            return of(tree)
        case Previous(name):
            return of(name)
        case Ceiling(inner) | Negative(inner):
            return dimension(inner, of)
        case Operation(operator, left, right, column):
            first, second = dimension(left, of), dimension(right, of)
            if operator in "*/":
                return multiply(first, second, 1 if operator == "*" else -1)
            if first != second:
                verb = {"+": "add", "-": "subtract"}[operator]
                raise FormulaError(f"cannot {verb} {describe(first)} and {describe(second)}", column)
            return first


def time_degree(tree: Expression, of: Callable[[Name], int | None]) -> int | None:
    """Derive how a formula's result grows with its period: 1 where parts of the period add up, 0 where it does not.

    `of` returns the degree of each name. None where the formula has both kinds in one sum.
    """
    match tree:
        case Number():
            return 0
        case Name(name) if name == WINDOW_MONTHS:
            return 1
        case Name(name) if name in CONSTANTS:
            return 0
        case Name():
            return of(tree)
        case Previous(name):
            return of(name)
        case Ceiling(inner) | Negative(inner):
            return time_degree(inner, of)
        case Operation(operator, left, right):
            first, second = time_degree(left, of), time_degree(right, of)
            if first is None or second is None:
                return None
            if operator in "*/":
                return first + (second if operator == "*" else -second)
            return first if first == second else None
