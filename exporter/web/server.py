"""Running the application on its sockets until the process is told to stop."""

from __future__ import annotations

import asyncio
import logging
import signal
import socket
import ssl
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import uvicorn
from starlette.types import ASGIApp

from exporter.catalogue.reading.problems import CatalogueError
from exporter.web.listening import url

KEEP_ALIVE_SECONDS = 150
"""Longer than the usual two minutes between the slowest scrapes, so that each finds its connection open."""

STOP_SECONDS = 5
"""The time that requests in progress have when the process stops."""

_log = logging.getLogger(__name__)


def configuration(app: ASGIApp, tls: ssl.SSLContext | None = None) -> uvicorn.Config:
    """Return the settings of the server: no log line per request, and no header that names the server."""
    return uvicorn.Config(
        app,
        access_log=False,
        log_config=None,
        log_level="warning",
        server_header=False,
        proxy_headers=False,
        ws="none",
        lifespan="on",
        ssl_context_factory=(lambda *_: tls) if tls else None,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=STOP_SECONDS,
    )


class _Server(uvicorn.Server):
    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave signals to `serve`: uvicorn raises them again once it stopped, which ends the process."""
        yield


def serve(
    app: ASGIApp,
    listeners: Sequence[socket.socket],
    reload: Callable[[], None],
    tls: ssl.SSLContext | None = None,
) -> None:
    """Serve until SIGTERM or SIGINT, then let answers under way finish; to be called in the main thread.

    SIGHUP calls `reload` in a thread; a `CatalogueError` it raises is logged and the old configuration stays.
    """
    asyncio.run(_serve(_Server(configuration(app, tls)), listeners, reload))


async def _serve(server: uvicorn.Server, listeners: Sequence[socket.socket], reload: Callable[[], None]) -> None:
    loop = asyncio.get_running_loop()
    for stop in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(stop, server.handle_exit, stop, None)
    loop.add_signal_handler(signal.SIGHUP, loop.run_in_executor, None, _reload, reload)
    for each in listeners:
        _log.info("listening on %s", url(each, "https" if server.config.is_ssl else "http"))
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
