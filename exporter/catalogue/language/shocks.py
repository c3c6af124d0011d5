"""Shocks: what happens to a number in a scenario, written as people say it: `+20%`, `-200bp`, `+$500`, `25%`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from exporter.quantities.units import ForeignAmountError, Unit, example


class ShockKind(StrEnum):
    """How a shock changes a number.

    `+20%` scales, also where the unit is a ratio; another amount with a sign adds; one without a sign replaces.
    """

    SCALE = "scale"
    ADD = "add"
    REPLACE = "replace"


@dataclass(frozen=True)
class Shock:
    """One change of one number. `amount` is the factor of a scale, else an amount in the unit of the input."""

    text: str
    kind: ShockKind
    amount: Decimal

    def of(self, value: Decimal) -> Decimal:
        """Compute the number after the shock."""
        match self.kind:
            case ShockKind.SCALE:
                return value * self.amount
            case ShockKind.ADD:
                return value + self.amount
            case ShockKind.REPLACE:
                return self.amount


Shocks = Mapping[str, Shock]
"""By input, as a formula writes it: a measure, one label of it (`headcount["support"]`) or a KPI."""


def parse(text: str, unit: Unit) -> Shock:
    """Parse the change of a number in this unit; `ValueError` says what to write instead."""
    written = text.strip()
    sign, bare = written[:1], written[1:].strip()
    try:
        if sign not in ("+", "-"):
            return Shock(text, ShockKind.REPLACE, unit.amount(written))
        if bare.endswith("%"):
            share = Decimal(bare.removesuffix("%").strip())
            if not share.is_finite() or share < 0:
                raise ValueError
            return Shock(text, ShockKind.SCALE, 1 + (share if sign == "+" else -share) / 100)
        if bare[:1] in ("+", "-"):
            raise ValueError
        amount = unit.amount(bare)
        return Shock(text, ShockKind.ADD, amount if sign == "+" else -amount)
    except ForeignAmountError as error:
        raise ForeignAmountError(_no_change(text, unit), error.currency, named=error.named) from None
    except (ValueError, ArithmeticError):
        raise ValueError(_no_change(text, unit)) from None


def _no_change(text: str, unit: Unit) -> str:
    points = "'+200bp', " if unit.is_ratio else f"'+{example(unit).split(' or ')[0]}', "
    message = f"{text!r} is not a change of an amount in the unit {unit.text}; write '+20%', '-20%', {points}"
    return f"{message}or, to replace it, an amount without a sign"
