"""Loading the catalogue files at the start, and again on request: all of them are used, or none."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from threading import Lock

from exporter.calendar.clock import Clock
from exporter.catalogue.connection import no_longer_connected
from exporter.catalogue.loading import load_all
from exporter.catalogue.model import Company
from exporter.web.interface import Reload

_log = logging.getLogger(__name__)


class Reloader:
    """Loads the companies of catalogue files. Whatever fails leaves the companies as they are, and counts as failed."""

    def __init__(self, files: Sequence[Path], clock: Clock) -> None:
        """Load the files; raise `CatalogueError` if they cannot be used."""
        self._files = files
        self._clock = clock
        self._lock = Lock()
        self.first = load_all(files)
        """The companies of the first load, by name."""
        self._companies: Mapping[str, Company] = self.first
        self._disconnected: Sequence[str] = ()
        self._loaded = clock.mark()
        self._failed = False

    @property
    def state(self) -> Reload:
        """Whether the last load succeeded, when one last did, and which KPIs it took the sources from."""
        return Reload(not self._failed, self._clock.when(self._loaded), self._disconnected)

    def reload(self, build: Callable[[Mapping[str, Company]], Callable[[], None]]) -> None:
        """Load the files again, and use their companies.

        `build` makes all that the companies need while the old ones go on, and returns what then puts it in their
        place. What either raises is raised; `CatalogueError` says what is wrong in the files.
        """
        with self._lock:  # one at a time, so that the request that comes last decides
            try:
                companies = load_all(self._files)
                use = build(companies)
                disconnected = list(_disconnected(self._companies, companies))
                use()
            except Exception:
                self._failed = True
                raise
            self._companies, self._disconnected = companies, disconnected
            self._loaded, self._failed = self._clock.mark(), False
            for line in disconnected:
                _log.warning("%s", line)


def _disconnected(before: Mapping[str, Company], after: Mapping[str, Company]) -> Iterator[str]:
    """Yield a line for each group of KPIs that lost their sources."""
    for name, company in after.items():
        for lost in no_longer_connected(before[name], company) if name in before else ():
            yield f"{name}: no longer connected: {lost.ids}"
