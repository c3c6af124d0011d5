"""A measure as the program uses it: its unit, its labels, and how it is computed."""

from __future__ import annotations

from dataclasses import dataclass

from exporter.quantities.units import Unit


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
