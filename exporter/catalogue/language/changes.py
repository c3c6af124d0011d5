"""Changes against the previous period: `compresses > 200 bp`, `down 300bp`, `up more than 50%`, `decelerates`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from exporter.quantities.units import Unit

FORMS = "'down 300bp', 'declines > 15%', 'up more than 50%' or 'decelerates'"

_DOWN, _UP = ("down", "declines", "compresses"), ("up", "grows")
_FORM = re.compile(rf"({'|'.join((*_DOWN, *_UP))})\s*(more than\b|at least\b|>=|>)?\s*(.+)")
DECELERATES = "decelerates"


@dataclass(frozen=True)
class Change:
    """What is added to the previous value, in the KPI's unit, or if `relative` as a share of it; down is negative."""

    amount: Decimal
    relative: bool = False

    def limit(self, previous: float) -> float | None:
        """Compute the value that lies this change away from the previous one, in the arithmetic of Prometheus.

        None for a relative change of a previous value that is not positive: a share of it means nothing.
        """
        if not self.relative:
            return previous + float(self.amount)
        return float(self.factor) * previous if previous > 0 else None

    @property
    def factor(self) -> Decimal:
        """What a relative change makes of the previous value."""
        return 1 + self.amount


def parse(text: str, unit: Unit) -> tuple[Change, bool, bool] | None:
    """Parse a change; return it, whether it is upward, and whether it must be exceeded; None for another form.

    A percentage is a share of the previous value, also where the unit is a ratio; points are `bp` or `pp`. Raises
    `ValueError` for an amount that does not fit the unit.
    """
    if text == DECELERATES:
        return Change(Decimal(0)), False, True
    match = _FORM.fullmatch(text)
    if match is None:
        return None
    upward, strict = match[1] in _UP, match[2] in (">", "more than")
    relative = match[3].endswith("%")
    size = _share(match[3]) if relative else unit.amount(match[3])
    if size <= 0 or (relative and not upward and size > 1):
        raise ValueError(f"{text!r} is not a change; write {FORMS}")
    return Change(size if upward else -size, relative), upward, strict


def _share(text: str) -> Decimal:
    try:
        return Decimal(text.removesuffix("%").strip()) / 100
    except InvalidOperation:
        raise ValueError(f"{text!r} is not a percentage; write for example 15%") from None
