"""The basis of a KPI's reading: while it is the same, so are the values, and only ages move on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from exporter.catalogue.model import Company, Kpi
from exporter.kpis.ages import DataAge
from exporter.kpis.freshness import Polls, known_as_of
from exporter.kpis.reading import Reading, Unknown
from exporter.measures.grain import minute_of
from exporter.records.state import EstimatedTable, Held, Rejected
from exporter.records.table_versions import TableVersion


@dataclass(frozen=True)
class Basis:
    """All that the values of a KPI follow from, beside its catalogue: nothing in it is finer than a minute.

    `as_of` is the instant as of which it is known, or why there is none; with `overdue` nobody knows how far the
    running period has come. `minute` is that of now, where plans or times of thresholds make a difference, or the data
    does not say how far the period has come that runs.
    """

    as_of: datetime | Unknown
    overdue: bool
    minute: datetime | None
    versions: tuple[TableVersion | None, ...]
    held: tuple[Held, ...]
    rejected: tuple[Rejected, ...]
    estimated: tuple[EstimatedTable, ...]


def bases(
    company: Company, polls: Polls, now: datetime, ages: Mapping[str, DataAge]
) -> Mapping[str, tuple[Basis, ...]]:
    """Return, by KPI, what its reading follows from at one moment; KPIs that decide on its status are part of that."""
    as_of = known_as_of(company, polls, {now: list(company.kpis.values())})[now]
    own = {
        id_: _basis(company, kpi, polls, now, as_of[id_], overdue=ages[id_].overdue)
        for id_, kpi in company.kpis.items()
    }
    return {id_: (basis, *(own[each] for each in company.kpis[id_].divergence_kpis)) for id_, basis in own.items()}


def _basis(
    company: Company, kpi: Kpi, polls: Polls, now: datetime, as_of: datetime | Unknown, *, overdue: bool
) -> Basis:
    plans = [(source, "plans") for source in company.fillers("plans")] if kpi.recorded_plan else []
    moves = _moves_with_time(kpi) or (kpi.window.running is not None and (overdue or isinstance(as_of, Unknown)))
    return Basis(
        as_of,
        overdue,
        minute_of(now) if moves else None,
        tuple(polls.versions.get(origin) for origin in (*sorted(company.origins(kpi)), *plans)),
        tuple(each for each in polls.held if company.rests_on(kpi, each.source, each.table)),
        tuple(each for each in polls.rejected if company.rests_on(kpi, each.source, each.table)),
        tuple(polls.estimated),
    )


def _moves_with_time(kpi: Kpi) -> bool:
    """Return whether a reading has more than ages and the period of its data that the present moment decides."""
    conditions = [each for each in (kpi.target, kpi.warning, kpi.critical) if each is not None]
    scoped = any(bound.scope.stretch is not None for each in conditions for bound in each.bounds)
    return bool(kpi.plans or kpi.recorded_plan or kpi.segment_plans or scoped)


def carried_on(reading: Reading, age: DataAge) -> Reading:
    """Return a reading of the same basis at a later moment: its values with the age of then."""
    if age.is_of(reading):
        return reading
    return replace(reading, as_of=age.as_of, stale_after=age.stale_after, connected_until=age.connected_until)
