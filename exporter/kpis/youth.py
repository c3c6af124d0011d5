"""KPIs for which a company is too young: their windows reach back to before its first records."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from exporter.calendar.windows import Period
from exporter.catalogue.model import Company
from exporter.kpis.evaluation import periods_by_measure
from exporter.kpis.moments import KpiAt
from exporter.kpis.reading import Reading, Reason, Unknown
from exporter.records.first_records import first_records
from exporter.records.store import Store

_FARTHEST = 10 * 366
"""Days ahead within which a KPI gets its first value, if it gets one."""

Reached = Callable[[Period, datetime], bool]
"""Whether a period lies late enough for a measure whose first record is of an instant."""


def with_youth(
    company: Company, store: Store, readings: Sequence[Reading], as_of: Mapping[str, datetime | Unknown]
) -> tuple[Reading, ...]:
    """Give readings without a value, where the company is too young for one, this reason and a date.

    `as_of` are the instants for which the KPIs were computed, by id.
    """
    moments = {
        each.kpi.id: KpiAt(each.kpi, at)
        for each in readings
        if each.unknown and each.unknown.reason in _REACHED and isinstance(at := as_of[each.kpi.id], datetime)
    }
    if not moments:
        return tuple(readings)
    measures = {name for each in moments.values() for name in company.inputs(each.kpi)}
    tables = {table for name in measures for table in company.measures[name].tables}
    sources = {table: company.fillers(table) for table in sorted(tables)}
    first = first_records(store, company.name, company.timezone, sources)
    return tuple(_with_youth(company, each, moments.get(each.kpi.id), first) for each in readings)


def _ends_after(period: Period, first: datetime) -> bool:
    return period.ends > first


def _begins_after(period: Period, first: datetime) -> bool:
    return period.starts >= first


_REACHED: Mapping[Reason, Sequence[Reached]] = {
    Reason.NO_DATA: (_ends_after, _begins_after),
    Reason.DIVISION_BY_ZERO: (_ends_after,),
}
"""How far the periods of a KPI must reach before it may have a value, by the reason why it has none."""


def _with_youth(company: Company, reading: Reading, moment: KpiAt | None, first: Mapping[str, datetime]) -> Reading:
    if moment is None or reading.unknown is None:
        return reading
    for reached in _REACHED[reading.unknown.reason]:
        if not _is_reached(company, moment, first, reached):
            begins = _first_day(company, moment, first, reached)
            return reading if begins is None else replace(reading, unknown=_too_young(begins))
    return reading


def _is_reached(company: Company, moment: KpiAt, first: Mapping[str, datetime], reached: Reached) -> bool:
    return all(
        reached(period, first[table])
        for name, periods in periods_by_measure(company, [moment]).items()
        for table in company.measures[name].tables & first.keys()
        for period in periods
    )


def _first_day(company: Company, moment: KpiAt, first: Mapping[str, datetime], reached: Reached) -> datetime | None:
    """Return the beginning of the first day at which the periods of the KPI are late enough; None if none is."""
    today = moment.as_of.astimezone(company.calendar.zone).replace(hour=0, minute=0, second=0, microsecond=0)
    early, late = 0, _FARTHEST
    while late - early > 1:
        middle = (early + late) // 2
        day = company.calendar.add_days(today, middle)
        if _is_reached(company, KpiAt(moment.kpi, day), first, reached):
            late = middle
        else:
            early = middle
    return None if late == _FARTHEST else company.calendar.add_days(today, late).astimezone(company.calendar.zone)


def _too_young(begins: datetime) -> Unknown:
    day = f"{begins:%B %Y}" if begins.day == 1 else f"{begins:%-d %B %Y}"
    return Unknown(Reason.TOO_YOUNG, f"too young: from {day} on", begins.date())
