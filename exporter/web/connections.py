"""The open connections: so many at most, and none for longer than its client may keep it waiting."""

from __future__ import annotations

import asyncio
import logging
import resource
from collections.abc import Callable
from dataclasses import dataclass
from math import inf
from typing import Protocol

from exporter.web.http_stats import HttpStats, Refusal

MOST_CONNECTIONS = 256
"""One over TLS takes a quarter of a megabyte."""

KEPT_DESCRIPTORS = 128
"""Files and sockets that polls and the store need, and those of connections that are being accepted or closed."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Patience:
    """How many seconds a client may take.

    `head` is for a handshake of TLS, for a head, and for what is left of a body; `portion` for each part of an answer;
    `idle` for the next request, longer than the usual two minutes between the slowest scrapes; `ending` for the answer
    under way when the process stops.
    """

    head: float = 10.0
    portion: float = 30.0
    idle: float = 150.0
    ending: float = 2.0
    look_every: float = 1.0


class OpenConnection(Protocol):
    """A connection as `Connections` sees it."""

    @property
    def waits_since(self) -> float:
        """When it began to wait for its client, by the clock of the event loop; infinite while it has work to do."""

    def is_asked(self) -> bool:
        """Return whether a further request came that was not read yet."""

    def end_if_late(self, now: float) -> bool:
        """End the connection if its client took too long; return whether that cut off what the client had begun."""

    def abort(self) -> None:
        """Drop the connection at once."""


class Connections:
    """Knows the open connections, of which there are `most`; a new one takes the place of the one that waits longest.

    So whoever opens connections and leaves them cannot keep a scrape out. All is called in the event loop.
    """

    def __init__(
        self,
        most: int = MOST_CONNECTIONS,
        stats: HttpStats | None = None,
        patience: Patience | None = None,
        clock: Callable[[], float] | None = None,
    ) -> None:
        self.most = most
        self.stats = stats or HttpStats()
        self.patience = patience or Patience()
        self._clock = clock
        self._open: set[OpenConnection] = set()
        self._looking: asyncio.TimerHandle | None = None
        self._closed = False

    def now(self) -> float:
        """Return the time by which connections wait."""
        return self._clock() if self._clock else asyncio.get_running_loop().time()

    def admit(self, connection: OpenConnection) -> bool:
        """Take a new connection in; False where each of the others has work to do, or the server ends."""
        if self._closed:
            return False
        if len(self._open) >= self.most:
            self.stats.refused[Refusal.TOO_MANY] += 1
            waiting = sorted((each for each in self._open if each.waits_since < inf), key=lambda each: each.waits_since)
            idlest = next((each for each in waiting if not each.is_asked()), None)
            if idlest is None:
                return False
            self.forget(idlest)
            idlest.abort()
        self._open.add(connection)
        self.stats.connections = len(self._open)
        if self._looking is None:
            self._look_later()
        return True

    def close(self) -> None:
        """Take no further connection in, not even one that was accepted before the server stopped to listen."""
        self._closed = True

    def forget(self, connection: OpenConnection) -> None:
        """Note that a connection is closed; calling it again is harmless."""
        self._open.discard(connection)
        self.stats.connections = len(self._open)

    def _look_later(self) -> None:
        self._looking = asyncio.get_running_loop().call_later(self.patience.look_every, self._look)

    def _look(self) -> None:
        """End the connections whose clients are late, as long as there are any connections."""
        self._looking, now = None, self.now()
        self.stats.refused[Refusal.TOO_SLOW] += sum(each.end_if_late(now) for each in list(self._open))
        if self._open:
            self._look_later()


def most_connections(wanted: int) -> int:
    """Return how many connections the limit of open files leaves room for, and warn if those are fewer than wanted."""
    files, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    possible = max(files - KEPT_DESCRIPTORS, files // 4) if files != resource.RLIM_INFINITY else wanted
    if possible < wanted:
        _log.warning("at most %d connections at once, as the process may open %d files", possible, files)
    return min(wanted, possible)
