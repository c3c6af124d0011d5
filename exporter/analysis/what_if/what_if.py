"""What if: every KPI that a shock reaches, before and after it, from the same records."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from exporter.analysis.parameters import RequestRefused
from exporter.analysis.what_if.request import WhatIfRequest
from exporter.kpis.reading import Reading, Reason, Unknown
from exporter.kpis.scenario import reached
from exporter.kpis.snapshot import evaluate
from exporter.records.store import Store


@dataclass(frozen=True)
class Effect:
    """One KPI as it is, and as it would be."""

    before: Reading
    after: Reading


def what_if(request: WhatIfRequest, store: Store, now: datetime) -> Sequence[Effect]:
    """Return the connected KPIs that the shocks reach, in the order of the catalogue. Nothing is stored or published.

    Raises `RequestRefused` where a KPI that can be computed now could not be any more.
    """
    company, shocks = request.company, request.shocks
    [actual] = evaluate(company, store, {now: company.kpis})
    shocked = replace(actual, evaluator=actual.evaluator.shocked(shocks))
    concerned = reached(company, shocks)
    pairs = zip(actual.readings(), shocked.readings(), strict=True)
    effects = [Effect(before, after) for before, after in pairs if before.kpi.id in concerned and before.connected]
    for each in effects:
        failure = _failure(each.after)
        if failure and not _failure(each.before):
            raise RequestRefused(f"set: then {each.after.kpi.id} cannot be computed: {failure.detail}")
    return effects


def _failure(reading: Reading) -> Unknown | None:
    return reading.unknown if reading.unknown and reading.unknown.reason is Reason.ERROR else None
