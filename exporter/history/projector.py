"""The projector: adds to a reading where its periods will end and when its stocks cross limits, by stored history.

The history is read once for each pass of its writer, some twice a day; an evaluation only compares with it.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime

from exporter.calendar.windows import Calendar, Period
from exporter.catalogue.model import Kpi
from exporter.history import table
from exporter.history.table import HistoryState
from exporter.kpis.early_signs import HOLD, expected_beyond
from exporter.kpis.kpi_series import KpiSeries
from exporter.kpis.projection import Projection, project
from exporter.kpis.projection_crossing import WEEKS, expected_crossing, slope, weekly
from exporter.kpis.projection_past import MOST, KpiHistory, PastPeriods, past_periods, stored_periods
from exporter.kpis.reading import CompanyReading, Level, Reading
from exporter.records.store import Store

_log = logging.getLogger(__name__)

_MONTHS_BACK: Mapping[str, int] = {"week": 7, "month": MOST + 2, "quarter": 60, "year": 600}
"""Months of history that are read for KPIs of each window; a week is a quarter of one."""


@dataclass(frozen=True)
class _Past:
    """What the stored history tells of one company: the past of what is of a period, the slope of what is of now."""

    key: tuple[object, ...]
    periods: Mapping[str, PastPeriods] = field(default_factory=dict)
    running: Mapping[str, KpiHistory] = field(default_factory=dict)
    slopes: Mapping[str, float] = field(default_factory=dict)


class Projector:
    """Adds projections to readings, always of the same KPIs. To be called from one thread at a time."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._pasts: dict[str, _Past] = {}

    def with_projections(self, reading: CompanyReading) -> CompanyReading:
        """Return the reading with its projections; without them where the history cannot be read."""
        try:
            past = self._past(reading)
        except Exception:
            _log.exception("nothing is projected of %s, as its history cannot be read", reading.company.name)
            return reading
        kpis = (_projected(each, past, reading.company.calendar) for each in reading.kpis)
        return replace(reading, kpis=tuple(kpis))

    def _past(self, reading: CompanyReading) -> _Past:
        company = reading.company
        state = table.state(self._store, company.name)
        key = (company, _settled(state))
        past = self._pasts.get(company.name)
        if past is None or past.key[0] is not company or past.key[1] != key[1]:
            past = _Past(key) if state is None or state.begun is None else self._read(reading, key)
            self._pasts[company.name] = past
        return past

    def _read(self, reading: CompanyReading, key: tuple[object, ...]) -> _Past:
        company, now = reading.company, reading.at
        periods: dict[str, PastPeriods] = {}
        running: dict[str, KpiHistory] = {}
        slopes: dict[str, float] = {}
        for kpis, months in _by_length([each.kpi for each in reading.kpis]):
            since = company.calendar.add_months(now, -months)
            for id_, series in table.load(self._store, company.name, since, kpis, now).items():
                kpi = company.kpis[id_]
                if kpi.window.running is None:
                    points = weekly(series.at, series.value, now.timestamp())
                    if (per_second := slope(points)) is not None:
                        slopes[id_] = per_second
                    continue
                stored = stored_periods(_history(series), kpi.window, company.calendar)
                if stored:
                    periods[id_] = past_periods(stored, company.calendar)
                    running[id_] = _after(series, stored[-1].period.ends)
        return _Past(key, periods, running, slopes)


def _settled(state: HistoryState | None) -> tuple[str, datetime | None, date | None] | None:
    """Return what changes with each pass over all moments, and with each day."""
    return None if state is None else (state.definition, state.begun, state.latest.date() if state.latest else None)


def _by_length(kpis: Sequence[Kpi]) -> Iterator[tuple[list[str], int]]:
    """Yield ids of KPIs with the months of history that they need: of calendar windows, and of stocks with limits."""
    for span, months in _MONTHS_BACK.items():
        if ids := [each.id for each in kpis if each.window.running and each.window.span == span]:
            yield ids, months
    if stocks := [each.id for each in kpis if each.window.kind == "now" and each.thresholds]:
        yield stocks, WEEKS // 4 + 1


def _history(series: KpiSeries) -> KpiHistory:
    return KpiHistory(series.at, series.value, series.to_date)


def _after(series: KpiSeries, starts: datetime) -> KpiHistory:
    """Return the stored part of the period that runs."""
    first = next((place for place, at in enumerate(series.at) if at > starts.timestamp()), len(series.at))
    return KpiHistory(series.at[first:], series.value[first:], series.to_date[first:])


def _projected(reading: Reading, past: _Past, calendar: Calendar) -> Reading:
    """Return a reading with its projection; what goes wrong leaves it without one."""
    try:
        if reading.kpi.window.running is not None:
            return _with_projection(reading, past, calendar)
        per_second = past.slopes.get(reading.kpi.id)
        return reading if per_second is None else replace(reading, expected_crossing=_crossings(reading, per_second))
    except Exception:
        _log.exception("nothing is projected of the KPI %s", reading.kpi.id)
        return reading


def _with_projection(reading: Reading, past: _Past, calendar: Calendar) -> Reading:
    kpi, to_date, periods = reading.kpi, reading.to_date, past.periods.get(reading.kpi.id)
    ends = reading.closes(calendar)
    if periods is None or to_date is None or to_date.value is None or ends is None:
        return reading
    whole = Period(to_date.period.starts, ends)
    projection = project(periods, whole, to_date.period, to_date.value)
    if projection is None:
        return reading
    now_beyond = {
        severity: [level for level in levels if _beyond(kpi, level, projection)]
        for severity, levels in reading.thresholds.items()
        if any(_applies(level) for level in levels)
    }
    before = (
        _projected_before(past.running[kpi.id], periods, whole, to_date.period.ends - HOLD)
        if any(now_beyond.values())
        else None
    )
    expected = {
        severity: any(_beyond(kpi, level, before) for level in levels) for severity, levels in now_beyond.items()
    }
    return replace(reading, projection=projection, expected_beyond=expected)


def _projected_before(history: KpiHistory, past: PastPeriods, whole: Period, until: datetime) -> Projection | None:
    """Return what was projected some days before, from what is stored of the period that runs."""
    for at, value in zip(reversed(history.at), reversed(history.to_date), strict=True):
        instant = datetime.fromtimestamp(at, UTC)
        if whole.starts < instant <= until:
            return None if value is None else project(past, whole, Period(whole.starts, instant), value)
    return None


def _applies(level: Level) -> bool:
    """Return whether a projection of the headline can be compared with a limit: a change compares with the period."""
    return not level.bound.scope.segment and level.bound.change is None


def _beyond(kpi: Kpi, level: Level, projection: Projection | None) -> bool:
    whole = kpi.unit.text == "count"
    return (
        projection is not None
        and _applies(level)
        and expected_beyond(projection.quantiles, level.bound.comparison, level.limit, whole_numbers=whole)
    )


def _crossings(reading: Reading, per_second: float) -> Mapping[str, datetime]:
    """Return when a stock crosses the nearest limit of each severity."""
    crossings: dict[str, datetime] = {}
    if reading.value is None or reading.as_of is None:
        return crossings
    for severity, levels in reading.thresholds.items():
        instants = [
            at
            for level in levels
            if _applies(level)
            and (
                at := expected_crossing(
                    reading.value, level.limit, per_second, upward=level.bound.comparison.upward, now=reading.as_of
                )
            )
        ]
        if instants:
            crossings[severity] = min(instants)
    return crossings
