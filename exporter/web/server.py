"""Running the application on an address until the process is told to stop."""

from __future__ import annotations

import asyncio
import errno
import logging
import re
import signal
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import uvicorn
from starlette.types import ASGIApp

from exporter.catalogue.reading.problems import CatalogueError
from exporter.conventions import DEFAULT_ADDRESS

KEEP_ALIVE_SECONDS = 150
"""Longer than the usual two minutes between the slowest scrapes, so that each finds its connection open."""

STOP_SECONDS = 5
"""The time that requests in progress have when the process stops."""

_ADDRESS = re.compile(r"(?:\[(?P<six>[0-9a-fA-F:.%\w]+)\]|(?P<host>[^:\[\]]*)):(?P<port>\d{1,5})")
_log = logging.getLogger(__name__)


class CannotListen(Exception):
    """The address cannot be listened on; the message is for people."""


def listen(address: str) -> socket.socket:
    """Return a socket that listens on `host:port`; no host means every interface, port 0 a free one.

    Raises:
        CannotListen: If the address is wrong or taken.
    """
    match = _ADDRESS.fullmatch(address.strip())
    if not match or int(match["port"]) > 65535:
        raise CannotListen(f"{address!r} is not an address; write host:port, such as {DEFAULT_ADDRESS}")
    host, port = match["six"] or match["host"] or "", int(match["port"])
    try:
        return _listening(host or None, port)
    except socket.gaierror as error:
        raise CannotListen(f"cannot listen on {address}: {error.strerror}") from None
    except OSError as error:
        raise CannotListen(f"cannot listen on {address}: {_reason(error)}") from None


def _listening(host: str | None, port: int) -> socket.socket:
    """Return the listening socket; it names its protocol, because asyncio sets TCP_NODELAY only on those."""
    infos = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, proto=socket.IPPROTO_TCP, flags=socket.AI_PASSIVE)
    family, kind, protocol, _, place = infos[0]
    listener = socket.socket(family, kind, protocol)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(place)
        listener.listen()
    except OSError:
        listener.close()
        raise
    return listener


def _reason(error: OSError) -> str:
    match error:
        case PermissionError():
            return "ports below 1024 are for root; choose a higher one"
        case OSError(errno=errno.EADDRINUSE):
            return "another program listens there; stop it, or choose another port with --listen"
    return error.strerror or str(error)


def url(listener: socket.socket) -> str:
    """Return the address for a browser, `http://127.0.0.1:9847/`."""
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}/" if listener.family == socket.AF_INET6 else f"http://{host}:{port}/"


def configuration(app: ASGIApp) -> uvicorn.Config:
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
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=STOP_SECONDS,
    )


class _Server(uvicorn.Server):
    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave signals to `serve`: uvicorn raises them again once it stopped, which ends the process."""
        yield


def serve(app: ASGIApp, listener: socket.socket, reload: Callable[[], None]) -> None:
    """Serve until SIGTERM or SIGINT, then let answers under way finish; to be called in the main thread.

    SIGHUP calls `reload` in a thread; a `CatalogueError` it raises is logged and the old configuration stays.
    """
    asyncio.run(_serve(_Server(configuration(app)), listener, reload))


async def _serve(server: uvicorn.Server, listener: socket.socket, reload: Callable[[], None]) -> None:
    loop = asyncio.get_running_loop()
    for stop in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(stop, server.handle_exit, stop, None)
    loop.add_signal_handler(signal.SIGHUP, loop.run_in_executor, None, _reload, reload)
    _log.info("listening on %s", url(listener))
    await server.serve(sockets=[listener])
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
