"""A what-if as a table for people, from the JSON document."""

from __future__ import annotations

from typing import Any

from exporter.quantities import display, units
from exporter.quantities.units import Unit

_UNKNOWN = "unknown"
_HEAD = ("KPI", "before", "after", "change", "status")
_LEFT = (0, 4)
"""The columns that are set to the left: title and status."""


def text(document: dict[str, Any]) -> str:
    """Return the effects in columns; a sentence if there are none."""
    if not document["kpis"]:
        return "no KPI depends on this\n"
    rows = [_HEAD, *(_row(effect) for effect in document["kpis"])]
    widths = [max(len(row[column]) for row in rows) for column in range(len(_HEAD))]
    lines = (
        "  ".join(
            cell.ljust(width) if column in _LEFT else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        for row in rows
    )
    return "".join(f"{line.rstrip()}\n" for line in lines)


def _row(effect: dict[str, Any]) -> tuple[str, str, str, str, str]:
    unit = units.parse(effect["unit"])
    before, after = effect["before"], effect["after"]
    change = "" if before is None or after is None else display.change(after, before, unit)
    words = effect["display_status_before"], effect["display_status_after"]
    status = words[0] if words[0] == words[1] else f"{words[0]} -> {words[1]}"
    return effect["title"], _amount(before, unit), _amount(after, unit), change, status


def _amount(value: float | None, unit: Unit) -> str:
    """Write an amount; ratios such as LTV:CAC to two decimals, as their classes and limits differ there."""
    if value is None:
        return _UNKNOWN
    return f"{value:,.2f}" if unit.text == "ratio n:1" else display.amount(value, unit)
