"""Tracks: KPIs over time, computed from the records that are known today, all moments in one pass."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from exporter.catalogue.model import Company, Kpi
from exporter.catalogue.plans import Scenario
from exporter.kpis.evaluation import Evaluator, Moment, answers, needed
from exporter.kpis.freshness import Polls, kpi_as_of
from exporter.kpis.judgement import sitting
from exporter.kpis.reading import Reading, Status
from exporter.kpis.snapshot import Evaluation, before
from exporter.records.store import Store


@dataclass(frozen=True)
class Track:
    """One KPI over time, the oldest moment first: columns of one length, None where there was nothing to publish.

    `at` is in Unix seconds; the numbers are in the KPI's unit, as published. `plan` is the base plan's.
    """

    at: Sequence[float]
    value: Sequence[float | None]
    status: Sequence[Status | None]
    plan: Sequence[float | None]
    previous: Sequence[float | None]

    @classmethod
    def of(cls, moments: Sequence[datetime], readings: Sequence[Reading]) -> Track:
        return cls(
            [at.timestamp() for at in moments],
            [each.value for each in readings],
            [each.status for each in readings],
            [each.plan.get(Scenario.BASE) for each in readings],
            [each.previous for each in readings],
        )


def tracks(
    company: Company, store: Store, moments: Sequence[datetime], kpis: Collection[str] | None = None
) -> Mapping[str, Track]:
    """The KPIs, or those asked for, at each of the moments."""
    chosen: list[Kpi] = [kpi for kpi in company.kpis.values() if kpis is None or kpi.id in kpis]
    polls = Polls.of(company, store)
    as_of = [{id_: kpi_as_of(company, kpi, polls, at) for id_, kpi in company.kpis.items()} for at in moments]
    asked = [Moment(kpi, at) for each in as_of for kpi in chosen if isinstance(at := each[kpi.id], datetime)]
    wanted = needed(company, [*asked, *(before(company, each) for each in asked)])
    with sitting(company, store, polls, moments[-1]) as (judged, cursor):
        evaluator = Evaluator(company, answers(cursor, company, wanted))
    past = [Evaluation(replace(judged, now=at), known, evaluator) for at, known in zip(moments, as_of, strict=True)]
    return {kpi.id: Track.of(moments, [each.reading(kpi) for each in past]) for kpi in chosen}
