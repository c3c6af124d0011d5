"""The past of every KPI for the board's sparklines, read again only now and then: a year moves slowly."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from threading import Lock

from exporter.kpis.track import Track
from exporter.web.interface import Exporter

REACH = timedelta(days=365)
FRESH = timedelta(minutes=5)


class Trends:
    def __init__(self, exporter: Exporter, clock: Callable[[], datetime]) -> None:
        self._exporter = exporter
        self._clock = clock
        self._lock = Lock()
        self._known: dict[str, tuple[datetime, Mapping[str, Track]]] = {}

    def of(self, company: str) -> Mapping[str, Track]:
        """The tracks of a company's KPIs by id."""
        with self._lock:  # one reads, the others have it too
            now = self._clock()
            read, found = self._known.get(company, (None, {}))
            if read is None or now - read >= FRESH:
                found = self._exporter.history(company, now - REACH)
                self._known[company] = now, found
            return found
