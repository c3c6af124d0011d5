"""Computing a formula from the numbers of its names, exactly, with the reason where there is no result."""

from __future__ import annotations

from collections.abc import Callable
from decimal import ROUND_CEILING, ROUND_HALF_EVEN, Context, Decimal, DivisionByZero, InvalidOperation, localcontext

from exporter.catalogue.language.formula import Ceiling, Expression, Name, Negative, Number, Operation, Previous
from exporter.kpis.reading import Reason, Unknown
from exporter.quantities.units import LARGEST, Unit

_PRECISE = Context(prec=34, rounding=ROUND_HALF_EVEN)
_WIDE = Context(prec=400)  # rounding to cents fails where the number has more digits; a float has at most 309

Result = Decimal | Unknown
TOO_LARGE = Unknown(Reason.ERROR, "its number has more than 28 digits before the point")
Lookup = Callable[[Name, bool], Result]
"""The number of a name, now or (True) one period before."""


def compute(tree: Expression, lookup: Lookup) -> Result:
    """Return the formula's result, to 34 digits; the first unknown name makes it unknown.

    So does a division by zero, and a number on the way that no decimal of that many digits holds.
    """
    try:
        with localcontext(_PRECISE):
            return _compute(tree, lookup)
    except ArithmeticError:
        return TOO_LARGE


def _compute(tree: Expression, lookup: Lookup) -> Result:
    match tree:
        case Number(value):
            return value
        case Name():
            return lookup(tree, False)
        case Previous(name):
            return lookup(name, True)
        case Negative(of):
            inner = _compute(of, lookup)
            return inner if isinstance(inner, Unknown) else -inner
        case Ceiling(of):
            inner = _compute(of, lookup)
            return inner if isinstance(inner, Unknown) else inner.to_integral_value(ROUND_CEILING)
        case Operation(operator, left, right):
            first, second = _compute(left, lookup), _compute(right, lookup)
            if isinstance(first, Unknown):
                return first
            return second if isinstance(second, Unknown) else _apply(operator, first, second)


def _apply(operator: str, left: Decimal, right: Decimal) -> Result:
    try:
        match operator:
            case "+":
                return left + right
            case "-":
                return left - right
            case "*":
                return left * right
            case _:
                return left / right
    except (DivisionByZero, InvalidOperation):
        return Unknown(Reason.DIVISION_BY_ZERO, "the formula divides by zero")


def published(value: Decimal, unit: Unit) -> float | Unknown:
    """Return the number as it goes out: money rounded once, half to even, to the places of its currency.

    One that is not below `LARGEST` is unknown.
    """
    return float(rounded(value, unit)) if abs(value) < LARGEST else TOO_LARGE


def rounded(value: Decimal, unit: Unit) -> Decimal:
    """Return the number rounded as `published` rounds it, exact."""
    if unit.decimals is None:
        return value
    return value.quantize(Decimal(1).scaleb(-unit.decimals), ROUND_HALF_EVEN, _WIDE)
