"""Loading the catalogue files at the start, and again on request."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from threading import Lock

from exporter.calendar.clock import Clock
from exporter.catalogue.loading import load_all
from exporter.catalogue.model import Company
from exporter.catalogue.reading.problems import CatalogueError
from exporter.web.interface import Reload


class Reloader:
    """Loads the companies of catalogue files. Files that cannot be used leave the companies as they are."""

    def __init__(self, files: Sequence[Path], clock: Clock) -> None:
        """Load the files; raise `CatalogueError` if they cannot be used."""
        self._files = files
        self._clock = clock
        self._lock = Lock()
        self.first = load_all(files)
        """The companies of the first load, by name."""
        self._loaded = clock.mark()
        self._failed = False

    @property
    def state(self) -> Reload:
        """Whether the last load succeeded, and when one last did."""
        return Reload(not self._failed, self._clock.when(self._loaded))

    def reload(self, use: Callable[[Mapping[str, Company]], None]) -> None:
        """Load the files again and pass the companies to `use`; raise `CatalogueError` if the files cannot be used."""
        with self._lock:  # one at a time, so that the request that comes last decides
            try:
                companies = load_all(self._files)
            except CatalogueError:
                self._failed = True
                raise
            use(companies)
            self._loaded, self._failed = self._clock.mark(), False
