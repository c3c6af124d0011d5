"""Shapes of PromQL: which labels a result has, and whether it drops values, without data."""

from __future__ import annotations

from promql_parser import (
    AggModifierType,
    AggregateExpr,
    BinaryExpr,
    Call,
    Expr,
    LabelModifierType,
    NumberLiteral,
    ParenExpr,
    SubqueryExpr,
    UnaryExpr,
)

from tests.support import promql

Labels = frozenset[str]


def filters(expression: Expr) -> bool:
    """Return whether some values, or their absence, give no result."""
    match expression:
        case ParenExpr() | AggregateExpr() | SubqueryExpr() | UnaryExpr():
            return filters(expression.expr)
        case Call():
            absent = expression.func.name.startswith("absent")
            return absent or any(filters(each) for each in expression.args if isinstance(each, Expr))
        case BinaryExpr():
            sign, *rest = promql.operator(expression).split()
            sides = filters(expression.lhs), filters(expression.rhs)
            if promql.comparison(expression):
                return "bool" not in rest
            return sign == "unless" or (all(sides) if sign == "or" else any(sides))
    return False


def labels(expression: Expr) -> Labels | None:
    """Return the labels of the result; None if they depend on data."""
    match expression:
        case ParenExpr() | SubqueryExpr() | UnaryExpr():
            return labels(expression.expr)
        case AggregateExpr():
            modifier = expression.modifier
            if modifier is None:
                return frozenset()
            return frozenset(modifier.labels) if modifier.type == AggModifierType.By else None
        case Call(args=[only]) if not expression.func.name.startswith("absent"):
            return labels(only)
        case Call(args=[only]):
            return frozenset().union(*(promql.equalities(each) for each in promql.selectors(only)))
        case BinaryExpr():
            return labels(expression.rhs) if scalar(expression.lhs) else labels(expression.lhs)
    return None


def scalar(expression: Expr) -> bool:
    """Return whether the expression is a plain number: a literal, `time()`, or computed from such."""
    match expression:
        case NumberLiteral():
            return True
        case Call():
            return expression.func.name in ("time", "scalar", "pi")
        case ParenExpr() | UnaryExpr():
            return scalar(expression.expr)
        case BinaryExpr():
            return scalar(expression.lhs) and scalar(expression.rhs)
    return False


def can_match(binary: BinaryExpr) -> bool:
    """Return whether elements of both sides can have equal labels; True if that depends on data."""
    if scalar(binary.lhs) or scalar(binary.rhs) or promql.operator(binary).split()[0] == "or":
        return True
    left, right = labels(binary.lhs), labels(binary.rhs)
    matching = binary.modifier.matching if binary.modifier else None
    named = frozenset(matching.labels) if matching else frozenset()
    if matching and matching.type == LabelModifierType.Include:
        return all(side is None or named <= side for side in (left, right))
    return left is None or right is None or left - named == right - named
