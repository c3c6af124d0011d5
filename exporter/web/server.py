"""Running the application on its sockets until the process is told to stop."""

from __future__ import annotations

import asyncio
import logging
import signal
import socket
import ssl
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import partial
from threading import Thread
from types import FrameType
from typing import Any

import uvicorn
from starlette.types import ASGIApp

from exporter.catalogue.reading.problems import CatalogueError
from exporter.web.connection import Connection
from exporter.web.connections import Connections
from exporter.web.listening import url
from exporter.web.repeats import limit_repeats
from exporter.web.sizes import LARGEST_HEAD

STOP_SECONDS = 5
"""The time that requests in progress have when the process stops."""

ACCEPTED_AT_ONCE = 16
"""Connections accepted without a pause for others to close: asyncio accepts three times as many before it closes one.

So a burst never takes the descriptors that polls need (`KEPT_DESCRIPTORS`).
"""

WAITING_CONNECTIONS = 1024
"""Connections that the kernel holds until they are accepted; it drops the others, whose clients try again after 1 s."""

_DAY_SECONDS = 86_400
_log = logging.getLogger(__name__)


def configuration(app: ASGIApp, connections: Connections, tls: ssl.SSLContext | None = None) -> uvicorn.Config:
    """Return the settings of the server: no log line per request, and no header that names the server."""
    protocol: Any = partial(Connection, connections, tls)
    return uvicorn.Config(
        app,
        http=protocol,
        backlog=ACCEPTED_AT_ONCE,
        h11_max_incomplete_event_size=LARGEST_HEAD,
        access_log=False,
        log_config=None,
        log_level="warning",
        server_header=False,
        proxy_headers=False,
        ws="none",
        lifespan="on",
        timeout_keep_alive=_DAY_SECONDS,  # `Connection` ends what is idle
        timeout_graceful_shutdown=STOP_SECONDS + 2,  # for the answers to those that were given up
    )


class _Server(uvicorn.Server):
    def __init__(self, config: uvicorn.Config, connections: Connections) -> None:
        super().__init__(config)
        self._connections = connections
        self._told_to_exit = asyncio.Event()

    async def main_loop(self) -> None:
        """Do what is done once a second, such as the date of answers; uvicorn would look ten times as often."""
        while not await self.on_tick(0):
            with suppress(TimeoutError):
                await asyncio.wait_for(self._told_to_exit.wait(), 1)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """End the loop at once."""
        super().handle_exit(sig, frame)
        self._told_to_exit.set()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, with a queue of the kernel that is longer than what asyncio accepts at once."""
        await super().startup(sockets)
        for each in sockets or ():
            each.listen(WAITING_CONNECTIONS)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Stop, also for connections that were accepted and not begun."""
        self._connections.close()
        giving_up = asyncio.get_running_loop().call_later(STOP_SECONDS, self._give_up)
        await super().shutdown(sockets)
        giving_up.cancel()

    def _give_up(self) -> None:
        """Answer 503 to what takes longer than the process has; uvicorn would do so later, and call it an error."""
        if self.server_state.tasks:
            _log.info("%d requests in progress are given up", len(self.server_state.tasks))
        for task in self.server_state.tasks:
            task.cancel()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave signals to `serve`: uvicorn raises them again once it stopped, which ends the process."""
        yield


def serve(
    app: ASGIApp,
    listeners: Sequence[socket.socket],
    reload: Callable[[], None],
    tls: ssl.SSLContext | None = None,
    connections: Connections | None = None,
) -> None:
    """Serve until SIGTERM or SIGINT, then let answers under way finish; to be called in the main thread.

    SIGHUP calls `reload` in a thread; a `CatalogueError` it raises is logged and the old configuration stays.
    """
    limit_repeats("asyncio", "uvicorn.error")
    connections = connections or Connections()
    server = _Server(configuration(app, connections, tls), connections)
    asyncio.run(_serve(server, listeners, "https" if tls else "http", reload))


async def _serve(
    server: uvicorn.Server, listeners: Sequence[socket.socket], scheme: str, reload: Callable[[], None]
) -> None:
    loop = asyncio.get_running_loop()
    for stop in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(stop, server.handle_exit, stop, None)
    loop.add_signal_handler(signal.SIGHUP, lambda: Thread(target=_reload, args=(reload,), daemon=True).start())
    for each in listeners:
        _log.info("listening on %s", url(each, scheme))
    await server.serve(sockets=list(listeners))
    _log.info("stopped")


def _reload(reload: Callable[[], None]) -> None:
    try:
        reload()
    except CatalogueError as refused:
        _log.error("the configuration was not reloaded, the old one stays:\n%s", refused)
    except Exception:
        _log.exception("the configuration was not reloaded, the old one stays")
    else:
        _log.info("the configuration was reloaded")
