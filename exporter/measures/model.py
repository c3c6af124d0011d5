"""A measure as the program uses it: its unit, its labels, and how it is computed."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from exporter.quantities.units import Unit


class Nature(StrEnum):
    """How a number depends on its period.

    `STOCK` is an amount at the period's end, `FLOW` what adds up over the period, `WHOLE` anything else that the period
    has only as a whole: a mean, a share, a count of different ones.
    """

    STOCK = "stock"
    FLOW = "flow"
    WHOLE = "whole"


@dataclass(frozen=True)
class Measure:
    """A number per period: from `sql` over `tables`, or, with `source`, asked of that source directly.

    Where a table of `lookups` is not filled, only a breakdown is missing.
    """

    name: str
    doc: str
    unit: Unit
    by: tuple[str, ...]
    sql: str | None = None
    tables: frozenset[str] = frozenset()
    lookups: frozenset[str] = frozenset()
    source: str | None = None
    nature: Nature = Nature.STOCK
