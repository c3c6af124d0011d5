"""Moments: a KPI as of an instant, the others that its reading rests on, and those of the names in its formula."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from exporter.calendar.windows import Calendar, Period, Window
from exporter.catalogue.language.formula import Name
from exporter.catalogue.model import Company, Kpi
from exporter.measures.model import Nature


@dataclass(frozen=True)
class KpiAt:
    """A KPI as of an instant: of its window, or `to_date` of the calendar period that runs then."""

    kpi: Kpi
    as_of: datetime
    to_date: bool = False

    @property
    def window(self) -> Window:
        """The window that it is computed over."""
        return (self.to_date and self.kpi.window.running) or self.kpi.window

    def period(self, calendar: Calendar) -> Period:
        """Return the period that it is computed over."""
        return self.window.period(self.as_of, calendar)


def read_with(company: Company, moment: KpiAt) -> Iterator[KpiAt]:
    """Yield the moment, and the others of which its reading has values: before it, to date, and at the close."""
    yield moment
    yield previous_window(company, moment)
    yield from (other for other in (running(moment), last_close(company, moment)) if other is not None)


def previous_window(company: Company, moment: KpiAt) -> KpiAt:
    """Return the same KPI one period before."""
    return KpiAt(moment.kpi, moment.kpi.window.before(moment.as_of, company.calendar))


def running(moment: KpiAt) -> KpiAt | None:
    """Return the same KPI to date in its calendar period; None where its window is no calendar window."""
    return KpiAt(moment.kpi, moment.as_of, to_date=True) if moment.kpi.window.running else None


def last_close(company: Company, moment: KpiAt) -> KpiAt | None:
    """Return the same KPI at the end of the last complete month; None unless its window is `now`."""
    if moment.kpi.window.kind != "now":
        return None
    return KpiAt(moment.kpi, company.calendar.floor(moment.as_of, "month"))


def term_period(company: Company, moment: KpiAt, name: Name, previous: bool) -> Period:
    """Return the period for which a formula needs a measure.

    To date, what adds up is held against the same part of the period before; a stock against its opening.
    """
    if previous and moment.to_date and company.measures[name.name].nature is Nature.STOCK:
        return moment.kpi.window.period(moment.as_of, company.calendar)
    window, as_of = moment.window, moment.as_of
    return window.period(window.before(as_of, company.calendar) if previous else as_of, company.calendar)


def term_moment(company: Company, moment: KpiAt, name: Name, previous: bool) -> KpiAt:
    """Return a KPI within a formula, over its own window, which ends where the formula's does."""
    kpi, period = company.kpis[name.name], moment.period(company.calendar)
    if previous and moment.to_date and kpi.window.kind == "now":
        return KpiAt(kpi, period.starts)
    ends = kpi.window.before(period.ends, company.calendar) if previous else period.ends
    return KpiAt(kpi, ends, moment.to_date and kpi.window.running is not None)
