"""What if: every KPI that a shock reaches, before and after it, from the same records."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from exporter.catalogue.model import Company
from exporter.catalogue.shocks import Shocks
from exporter.kpis.reading import Reading
from exporter.kpis.scenario import reached
from exporter.kpis.snapshot import evaluate
from exporter.records.store import Store


@dataclass(frozen=True)
class Effect:
    """One KPI as it is, and as it would be."""

    before: Reading
    after: Reading


def what_if(company: Company, store: Store, now: datetime, shocks: Shocks) -> Sequence[Effect]:
    """The KPIs that the shocks reach, in the order of the catalogue. Nothing is stored or published."""
    [actual] = evaluate(company, store, {now: company.kpis})
    shocked = replace(actual, evaluator=actual.evaluator.shocked(shocks))
    concerned = reached(company, shocks)
    pairs = zip(actual.readings(), shocked.readings(), strict=True)
    return [Effect(before, after) for before, after in pairs if before.kpi.id in concerned]
