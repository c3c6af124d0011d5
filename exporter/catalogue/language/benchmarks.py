"""Benchmarks: what others reach, as a range or limit `15% to 25%`, or by name `{Competitor A: 24%}`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from exporter.catalogue.language import thresholds
from exporter.catalogue.language.scopes import EVERYWHERE
from exporter.quantities.units import Unit

PEERS = "peers"
"""Who a benchmark without a name is of."""


@dataclass(frozen=True)
class Benchmark:
    """What one company, or all peers, reach.

    `figures` are in the KPI's unit, keyed by `lower` and `upper`; a single figure has an empty key.
    """

    name: str
    text: str
    figures: Mapping[str, Decimal]


def parse(name: str, text: str, unit: Unit) -> Benchmark:
    """Parse a benchmark such as `24%`, `> 90%` or `15% to 25%`; `ValueError` says what to write instead."""
    bounds = thresholds.parse(text, unit, target=True).bounds
    levels = {_side(text, bound.side, upward=bound.comparison.upward): bound.level for bound in bounds}
    figures = {side: level for side, level in levels.items() if level is not None}
    if len(figures) < len(bounds) or any(bound.scope != EVERYWHERE for bound in bounds):
        raise ValueError(f"{text!r} is not a benchmark; write '24%', '> 90%' or '15% to 25%' as amounts of the unit")
    return Benchmark(name, text, figures)


def _side(text: str, side: str, *, upward: bool) -> str:
    if side or text.strip()[:1] not in ("<", ">"):
        return side
    return "lower" if upward else "upper"
