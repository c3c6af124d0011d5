"""Divergence: two KPIs that part ways, `inventory_growth > 0 while retail_revenue_growth < 0`."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

from exporter.quantities.comparison import Comparison
from exporter.quantities.units import Unit

_SIDE = r"([a-z][a-z0-9_]*)\s*(<=|>=|<|>)\s*(\S.*?)"
_FORM = re.compile(rf"{_SIDE}\s+while\s+{_SIDE}")


@dataclass(frozen=True)
class Side:
    """One of the two comparisons; the level is in the unit of its KPI."""

    kpi: str
    comparison: Comparison
    level: Decimal


def parse(text: str, unit_of: Callable[[str], Unit]) -> tuple[Side, Side] | None:
    """Parse the two sides of a divergence; None if the text has another form.

    `unit_of` returns the unit of a KPI by its id, and raises `ValueError` if there is no such KPI.
    """
    match = _FORM.fullmatch(text)
    if match is None:
        return None
    return _side(match[1], match[2], match[3], unit_of), _side(match[4], match[5], match[6], unit_of)


def _side(kpi: str, comparison: str, level: str, unit_of: Callable[[str], Unit]) -> Side:
    return Side(kpi, Comparison(comparison), unit_of(kpi).amount(level))
