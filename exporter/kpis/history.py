"""The past of KPIs: what the records known today say of earlier moments, all asked in one pass."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from exporter.catalogue.language.plans import Scenario
from exporter.catalogue.model import Company, Kpi
from exporter.kpis.freshness import Polls, known_as_of
from exporter.kpis.reading import Reading, Unknown
from exporter.kpis.snapshot import CompanyEvaluation, evaluate
from exporter.kpis.youth import with_youth
from exporter.records.store import Store

Step = Callable[[datetime], datetime]
"""From an instant to the one before it in a trend."""


@dataclass(frozen=True)
class Point:
    """A KPI as of an instant: its value and its base plan as published, None where there is none."""

    at: datetime
    value: float | None
    plan: float | None


@dataclass(frozen=True)
class KpiTrends:
    """Every KPI now and at the moment `since`, in the order of the catalogue, and trends by KPI, oldest point first."""

    now: Sequence[Reading]
    then: Sequence[Reading]
    trends: Mapping[str, Sequence[Point]]


def look_back(
    company: Company, store: Store, now: datetime, since: datetime, trends_of: Collection[str], step: Step, points: int
) -> KpiTrends:
    """Return the KPIs now and then, with a trend of so many points for the ids in `trends_of`.

    A trend goes back by `step`; that of a KPI over a longer calendar window, such as a month, by its window, so that
    no period shows twice. A KPI that is unknown now because of its sources has no trend.
    """
    polls = Polls.of(company, store)
    as_of = known_as_of(company, polls, {now: [company.kpis[id_] for id_ in trends_of]})[now]
    past = {id_: _moments(company, company.kpis[id_], as_of[id_], step, points) for id_ in trends_of}
    kpis_by_instant: dict[datetime, Collection[str]] = {now: company.kpis, since: company.kpis}
    for id_, moments in past.items():
        for at in moments:
            kpis_by_instant[at] = {*kpis_by_instant.get(at, ()), id_}
    evaluations = dict(zip(kpis_by_instant, evaluate(company, store, kpis_by_instant), strict=True))
    trends = {id_: [_point(evaluations[at], company.kpis[id_]) for at in moments] for id_, moments in past.items()}
    present = with_youth(company, store, evaluations[now].readings(), evaluations[now].as_of)
    return KpiTrends(present, evaluations[since].readings(), trends)


def _moments(company: Company, kpi: Kpi, as_of: datetime | Unknown, step: Step, points: int) -> Sequence[datetime]:
    """Return the moments of a trend, the oldest first."""
    moments = [] if isinstance(as_of, Unknown) else [as_of]
    while moments and len(moments) < points:
        stepped, spanned = step(moments[0]), kpi.window.before(moments[0], company.calendar)
        moments.insert(0, min(stepped, spanned) if kpi.window.kind == "calendar" else stepped)
    return moments


def _point(evaluation: CompanyEvaluation, kpi: Kpi) -> Point:
    value = evaluation.published(kpi)
    number = None if isinstance(value, Unknown) else value
    return Point(evaluation.context.now, number, evaluation.context.planned(kpi).get(Scenario.BASE))
