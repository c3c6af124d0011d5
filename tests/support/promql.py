"""Taking PromQL apart in tests: what an expression consists of, and the same with one part replaced."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import promql_parser
from promql_parser import (
    AggregateExpr,
    BinaryExpr,
    Call,
    Expr,
    MatrixSelector,
    ParenExpr,
    SubqueryExpr,
    UnaryExpr,
    VectorSelector,
)

from exporter import conventions

Matcher = tuple[str, str, str]

_TEXT = re.compile(r'"[^"]*"')
_NAME = re.compile(r"\bkpi_\w+")
_NUMBER = re.compile(r"\b[\d.e]+\b")
_FIXED = frozenset(value for value in vars(conventions).values() if isinstance(value, str))


def form(expression: str) -> str:
    """Return what expressions share that differ only in their KPI, numbers and labels."""
    return _NUMBER.sub("0", _NAME.sub(_kpi, _TEXT.sub('""', expression)))


def _kpi(name: re.Match[str]) -> str:
    return name[0] if name[0] in _FIXED else "kpi"


def parse(text: str) -> Expr:
    return promql_parser.parse(text)


@dataclass(frozen=True)
class Part:
    """Something in an expression, and what it stands in. If only `present`, its value counts for nothing."""

    is_: Expr
    within: Expr | None = None
    present: bool = False


def parts(expression: Expr) -> Iterator[Part]:
    """Yield the expression and all within it, from the outside in and from left to right."""
    return _parts(Part(expression))


def _parts(part: Part) -> Iterator[Part]:
    yield part
    for number, child in enumerate(_children(part.is_)):
        yield from _parts(Part(child, part.is_, _only_present(part, number)))


def _only_present(part: Part, number: int) -> bool:
    """Return whether the value of that child of the part counts for nothing."""
    match part.is_:
        case BinaryExpr() as binary if operator(binary).split()[0] in ("and", "unless") and number == 1:
            return True
        case BinaryExpr() as binary if comparison(binary):
            return False
        case AggregateExpr() | Call() as call if function(call) in ("group", "count", "absent"):
            return True
    return part.present


def selectors(expression: Expr) -> Iterator[VectorSelector]:
    return (part.is_ for part in parts(expression) if isinstance(part.is_, VectorSelector))


def binaries(expression: Expr) -> Iterator[BinaryExpr]:
    return (part.is_ for part in parts(expression) if isinstance(part.is_, BinaryExpr))


def matchers(selector: VectorSelector) -> list[Matcher]:
    """Name, sign and value of each."""
    return [(each.name, str(each)[len(each.name) :].split('"')[0], each.value) for each in selector.matchers.matchers]


def equalities(selector: VectorSelector) -> dict[str, str]:
    """Return the labels that the selector fixes, with their values."""
    return {name: value for name, sign, value in matchers(selector) if sign == "="}


def operator(binary: BinaryExpr) -> str:
    """Return the operator with all that belongs to it: `<`, `> bool`, `and on (company)`."""
    return " ".join(str(binary)[len(str(binary.lhs)) : -len(str(binary.rhs))].split())


def comparison(binary: BinaryExpr) -> str | None:
    """Return its sign, if it compares."""
    sign = operator(binary).split()[0]
    return sign if sign in ("<", "<=", ">", ">=", "==", "!=") else None


def function(call: Call | AggregateExpr) -> str:
    """Return the name of a function or an aggregation: `min`, `last_over_time`."""
    return call.func.name if isinstance(call, Call) else str(call).split("(")[0].split()[0]


def selector_text(selector: VectorSelector, wanted: Sequence[Matcher]) -> str:
    """Return the selector with these matchers in the place of its own."""
    labels = ",".join(f"{name}{sign}{json.dumps(value)}" for name, sign, value in wanted)
    return f"{selector.name or ''}{{{labels}}}{offset(selector)}"


def offset(part: VectorSelector | SubqueryExpr) -> str:
    return f" offset {promql_parser.display_duration(part.offset)}" if part.offset else ""


def replaced(expression: Expr, part: Expr, text: str) -> str:
    """Return the expression with another text in the place of the part, and of its repetitions."""
    new, old = parse(text), str(part)
    return promql_parser.transform(expression, pre_visit=lambda each: new if str(each) == old else None).prettify()


def _children(expression: Expr) -> list[Expr]:
    match expression:
        case BinaryExpr():
            return [expression.lhs, expression.rhs]
        case Call():
            return list(expression.args)
        case AggregateExpr() | ParenExpr() | SubqueryExpr() | UnaryExpr():
            return [expression.expr]
        case MatrixSelector():
            return [expression.vector_selector]
    return []
