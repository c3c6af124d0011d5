"""Objectives: the key results of a quarter that name a KPI, each with the number that is to be reached."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from exporter.catalogue.language import thresholds
from exporter.catalogue.language.scopes import EVERYWHERE
from exporter.catalogue.language.thresholds import Bound
from exporter.quantities.units import Unit


@dataclass(frozen=True)
class KeyResult:
    """What an objective requires of a KPI by the end of a quarter such as `2026-Q1`.

    The level of `bound` is in the KPI's unit.
    """

    quarter: str
    objective: str
    name: str
    text: str
    bound: Bound


def parse(quarter: str, objective: str, name: str, text: str, unit: Unit, *, lower: bool) -> KeyResult:
    """Parse the target of a key result; a bare amount is a floor, or with `lower` a ceiling.

    Raises `ValueError` if the text is not exactly one limit.
    """
    bounds = thresholds.parse(text, unit, target=True, lower=lower).bounds
    if len(bounds) != 1 or bounds[0].level is None or bounds[0].scope != EVERYWHERE:
        raise ValueError(f"{text!r} is not the target of a key result; write one amount or limit, such as '50'")
    return KeyResult(quarter, objective, name, text, bounds[0])


def check_once(results: Sequence[KeyResult]) -> None:
    """Raise `ValueError` if a KPI has the same key result of a quarter twice."""
    names = [(each.quarter, each.name) for each in results]
    for quarter, name in names:
        if names.count((quarter, name)) > 1:
            raise ValueError(f"{name} of {quarter} is given twice; keep one")
