"""Checks `accumulates: true`: that nothing in a KPI's window, thresholds and formula can make it fall again."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from exporter.catalogue.language.formula import (
    CONSTANTS,
    WINDOW_MONTHS,
    Ceiling,
    Expression,
    Name,
    Negative,
    Number,
    Operation,
    Previous,
)
from exporter.catalogue.language.thresholds import Bound
from exporter.catalogue.model import Company, Kpi
from exporter.catalogue.reading.inheritance import MergedCatalogue
from exporter.measures.model import Nature


def with_accumulation(company: Company, merged: MergedCatalogue) -> Company:
    """Return the company, and note why a KPI that is said to accumulate may still recover within its period.

    A shipped catalogue says it of its own formula and thresholds; where the company's may recover, it is dropped.
    """
    dropped = set()
    for kpi in company.kpis.values():
        path = ("kpis", kpi.id, "accumulates")
        reasons = list(_reasons(company, kpi)) if kpi.accumulates else []
        if reasons and merged.is_shipped(path):
            dropped.add(kpi.id)
        else:
            for reason in reasons:
                merged.problem(path, reason)
    kpis = {id_: replace(kpi, accumulates=False) if id_ in dropped else kpi for id_, kpi in company.kpis.items()}
    return replace(company, kpis=kpis) if dropped else company


def _reasons(company: Company, kpi: Kpi) -> Iterator[str]:
    if kpi.window.running is None:
        yield (
            f"the window {kpi.window.text} has no period in which a value could only grow; write `window: month`, "
            "another calendar window, or leave `accumulates` out"
        )
        return
    for severity, condition in kpi.thresholds.items():
        wrong = next((why for bound in condition.bounds if (why := _not_final(bound))), None)
        if condition.divergence:
            wrong = "two KPIs that diverge may come together again"
        if wrong is not None:
            yield f"the {severity} {' '.join(condition.text.split())!r} is not decided by a part: {wrong}"
    try:
        grows = _grows(company, kpi.formula.tree)
    except _MayFall as falls:
        yield f"{falls}; leave `accumulates` out"
    else:
        if not grows:
            yield "nothing in its formula grows within a period; leave `accumulates` out"


def _not_final(bound: Bound) -> str | None:
    """Return why a limit that the part has crossed may still be met; None where it cannot."""
    if not bound.comparison.upward:
        return "a value that is too low may still grow"
    if bound.scope.segment:
        return "what there is to date is known of the headline only, not of segments"
    if bound.share is not None:
        return "the plan moves until the period ends; write a number"
    if bound.change is not None:
        return "a change compares complete periods; write a number"
    return None


class _MayFall(Exception):
    """Why a value may fall within its period."""


def _grows(company: Company, tree: Expression, seen: frozenset[str] = frozenset()) -> bool:
    """Return whether a value grows within its period, or else stays what it is; raises `_MayFall`."""
    match tree:
        case Number():
            return False
        case Name(name):
            return _name_grows(company, name, seen)
        case Previous(of):
            measure = company.measures.get(of.name)
            if measure is not None and measure.nature is Nature.STOCK:
                return False
            raise _MayFall(f"previous({of.name}) is no opening amount that stays the same within a period")
        case Ceiling(of):
            return _grows(company, of, seen)
        case Negative(of):
            if _grows(company, of, seen):
                raise _MayFall("its formula subtracts what grows")
            return False
        case Operation(operator, left, right):
            first, second = _grows(company, left, seen), _grows(company, right, seen)
            if operator == "-" and second:
                raise _MayFall("its formula subtracts what grows")
            if operator == "/" and second:
                raise _MayFall("its formula divides by what grows, too")
            return first or second


def _name_grows(company: Company, name: str, seen: frozenset[str]) -> bool:
    if name == WINDOW_MONTHS:
        raise _MayFall("window_months grows within a period, so what is divided by it may fall")
    if name in CONSTANTS:
        return False
    if (measure := company.measures.get(name)) is not None:
        if measure.nature is Nature.FLOW:
            return True
        raise _MayFall(f"the measure {name} does not add up over a period and may fall within it")
    kpi = company.kpis.get(name)
    if kpi is None or name in seen:
        return True  # noted elsewhere, as a name that does not exist, or as a circle
    if kpi.window.running is None:
        raise _MayFall(f"the KPI {name} is over {kpi.window.text} and may fall within a period")
    return _grows(company, kpi.formula.tree, seen | {name})
