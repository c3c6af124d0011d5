"""The past of KPIs: what the records known today say of earlier moments, all asked in one pass."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import chain
from typing import TypeGuard

from exporter.catalogue.model import Company, Kpi
from exporter.catalogue.plans import Scenario
from exporter.kpis.arithmetic import published
from exporter.kpis.evaluation import Evaluator, Moment, answers, needed
from exporter.kpis.freshness import Polls, kpi_as_of
from exporter.kpis.judgement import Sitting, sitting
from exporter.kpis.reading import Reading, Unknown
from exporter.kpis.snapshot import Evaluation, before
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
class History:
    """Every KPI now and at the moment `since`, in the order of the catalogue, and trends by KPI, oldest point first."""

    now: Sequence[Reading]
    then: Sequence[Reading]
    trends: Mapping[str, Sequence[Point]]


def look_back(
    company: Company, store: Store, now: datetime, since: datetime, trends_of: Collection[str], step: Step, points: int
) -> History:
    """The KPIs now and then, with a trend of so many points for the ids in `trends_of`.

    A trend goes back by `step`; that of a KPI over a longer calendar window, such as a month, by its window, so that
    no period shows twice. A KPI that is unknown now because of its sources has no trend.
    """
    polls = Polls.of(company, store)
    as_of = {at: {id_: kpi_as_of(company, kpi, polls, at) for id_, kpi in company.kpis.items()} for at in (now, since)}
    past = {id_: _moments(company, company.kpis[id_], as_of[now][id_], step, points) for id_ in trends_of}
    read = [Moment(company.kpis[id_], at) for each in as_of.values() for id_, at in each.items() if _known(at)]
    wanted = needed(company, chain(read, (before(company, each) for each in read), *past.values()))
    with sitting(company, store, polls, now) as (judged, cursor):
        evaluator = Evaluator(company, answers(cursor, company, wanted))
    present, then = (Evaluation(replace(judged, now=at), as_of[at], evaluator).readings() for at in (now, since))
    trends = {id_: [_point(judged, each, evaluator) for each in moments] for id_, moments in past.items()}
    return History(present, then, trends)


def _known(at: datetime | Unknown) -> TypeGuard[datetime]:
    return not isinstance(at, Unknown)


def _moments(company: Company, kpi: Kpi, as_of: datetime | Unknown, step: Step, points: int) -> Sequence[Moment]:
    """The moments of a trend, the oldest first."""
    found = [as_of] if _known(as_of) else []
    while found and len(found) < points:
        stepped, spanned = step(found[0]), kpi.window.before(found[0], company.calendar)
        found.insert(0, min(stepped, spanned) if kpi.window.kind == "calendar" else stepped)
    return [Moment(kpi, at) for at in found]


def _point(judged: Sitting, moment: Moment, evaluator: Evaluator) -> Point:
    kpi = moment.kpi
    result = evaluator.value(moment)
    value = None if isinstance(result, Unknown) else published(result, kpi.unit)
    return Point(moment.as_of, value, replace(judged, now=moment.as_of).planned(kpi).get(Scenario.BASE))
