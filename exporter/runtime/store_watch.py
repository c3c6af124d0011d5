"""The thread that looks after the store: how much room it has, and whether one that failed can be written again."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable
from threading import Event, Thread

from exporter.polling.poller import Poller
from exporter.records.health import StoreStatus
from exporter.records.store import Store

EVERY = 5.0
"""Seconds between two looks."""

MOST_STUCK = 60.0
"""Seconds for which a store that failed may wait for work that does not end."""

_log = logging.getLogger(__name__)


def _end() -> None:
    logging.shutdown()
    os._exit(os.EX_TEMPFAIL)  # the thread that waits for what does not end cannot be left otherwise


class StoreWatch:
    """Looks at the store every few seconds.

    Once it can be written again, the sources whose polls it could not keep are polled at once; `recovered` is called
    when all of them are kept. `end` is called where only another process can open the file again.
    """

    def __init__(
        self, store: Store, poller: Poller, recovered: Callable[[], None], end: Callable[[], None] = _end
    ) -> None:
        self._store = store
        self._poller = poller
        self._recovered = recovered
        self._end = end
        self._stopping = Event()
        self._thread = Thread(target=self._run, name="store", daemon=True)
        self._seen = store.status()

    @property
    def status(self) -> StoreStatus:
        """The state of the store; its sizes are those of the last look."""
        return StoreStatus(self._store.health.fault, self._seen.size, self._seen.free)

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def stop(self) -> None:
        """Stop the thread."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join()

    def look(self) -> None:
        """Look once."""
        self._seen = self._store.status()
        health = self._store.health
        if health.fault is None:
            return
        if self._store.stuck > MOST_STUCK:
            _log.critical(
                "%s: %s; what still reads it does not end, so the exporter ends, to be started anew",
                self._store.path,
                health.fault,
            )
            self._end()
        if self._store.probe(self._poller.stats()):
            for company, source in health.waiting:
                self._poller.poll_now(company, source)
            if self.status.fault is None:
                self._recovered()

    def _run(self) -> None:
        while not self._stopping.wait(EVERY):
            try:
                self.look()
            except Exception:
                _log.exception("the store could not be looked at")
