"""The past of every KPI for the board, drawn again only now and then: a year moves slowly."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Lock

from markupsafe import Markup

from exporter.calendar.clock import Clock, Mark
from exporter.catalogue.model import Company
from exporter.charts import timeseries
from exporter.web.interface import Exporter

REACH = timedelta(days=365)
FRESH = timedelta(minutes=1)
_NOTHING = Markup("")


@dataclass(frozen=True)
class Trend:
    """A year as a sparkline, and in words for those who do not see it; both empty where there is none."""

    spark: Markup = _NOTHING
    words: str = ""


class Trends:
    def __init__(self, exporter: Exporter, clock: Callable[[], datetime]) -> None:
        self._exporter = exporter
        self._clock = Clock.of(clock)
        self._lock = Lock()
        self._known: dict[str, tuple[Mark, Mapping[str, Trend]]] = {}

    def of(self, company: Company) -> Mapping[str, Trend]:
        """The trends of a company's KPIs by id."""
        with self._lock:  # one draws, the others have it too
            now = self._clock.mark()
            drawn, found = self._known.get(company.name, (None, {}))
            if drawn is None or now.seconds - drawn.seconds >= FRESH.total_seconds():
                tracks = self._exporter.history(company.name, now.at - REACH)
                found = {
                    id_: Trend(timeseries.sparkline(track), timeseries.trend(track, company.kpis[id_].unit))
                    for id_, track in tracks.items()
                    if id_ in company.kpis
                }
                self._known[company.name] = now, found
            return found
