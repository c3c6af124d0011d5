"""A sparkline per KPI for the board, drawn anew once a minute."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Lock

from markupsafe import Markup

from exporter.calendar.clock import Clock, Mark
from exporter.catalogue.model import Company
from exporter.charts import timeseries
from exporter.kpis.kpi_series import KpiSeries
from exporter.records.health import StoreFailed
from exporter.web.interface import Exporter

TIME_RANGE = timedelta(days=365)
FRESH = timedelta(minutes=1)
_NOTHING = Markup("")


@dataclass(frozen=True)
class Trend:
    """A year as a sparkline, and in words for screen readers; both empty where there is no history."""

    spark: Markup = _NOTHING
    words: str = ""


class Trends:
    """Draws the trends of companies and keeps them for a minute; several threads may ask."""

    def __init__(self, exporter: Exporter, clock: Callable[[], datetime]) -> None:
        self._exporter = exporter
        self._clock = Clock.of(clock)
        self._lock = Lock()
        self._by_company: dict[str, tuple[Mark, Mapping[str, Trend]]] = {}

    def of(self, company: Company) -> Mapping[str, Trend]:
        """Return the trends of a company's KPIs by id, at most a minute old."""
        with self._lock:  # one thread draws, the others wait for its result
            now = self._clock.mark()
            drawn, trends = self._by_company.get(company.name, (None, {}))
            if drawn is None or now.seconds - drawn.seconds >= FRESH.total_seconds():
                histories = self._history(company, now.at)
                trends = {
                    id_: Trend(timeseries.sparkline(series), timeseries.trend(series, company.kpis[id_].unit))
                    for id_, series in histories.items()
                    if id_ in company.kpis
                }
                self._by_company[company.name] = now, trends
            return trends

    def _history(self, company: Company, now: datetime) -> Mapping[str, KpiSeries]:
        """Return the stored series of a year, or none while the store cannot be read."""
        try:
            return self._exporter.history(company.name, now - TIME_RANGE)
        except StoreFailed:
            return {}
