"""Knows the connections that a session has open, so that a deadline can end what is read from them."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator
from contextlib import suppress
from threading import Lock
from typing import Any
from weakref import ref

from requests.adapters import HTTPAdapter
from urllib3.connectionpool import ConnectionPool


class ClosableAdapter(HTTPAdapter):
    """Makes the connections of one session.

    The timeouts of a socket are of each piece that arrives: a server that sends byte by byte meets none of them.
    """

    def __init__(self) -> None:
        self._open: list[ref[socket.socket]] = []
        self._lock = Lock()
        super().__init__()

    def get_connection_with_tls_context(self, *arguments: Any, **options: Any) -> ConnectionPool:
        """Return a pool whose connections are known here."""
        pool: Any = super().get_connection_with_tls_context(*arguments, **options)
        pool.ConnectionCls = self._noting(type(pool).ConnectionCls)
        return pool  # type: ignore[no-any-return]

    def end(self) -> None:
        """End the connections; whoever waits for an answer gets an error. May be called from any thread."""
        for reference in tuple(self._open):
            if connected := reference():
                with suppress(OSError):
                    connected.shutdown(socket.SHUT_RDWR)

    def _noting(self, kind: Any) -> Any:
        """Return a class of connections that are noted here once they are open."""
        open_, lock = self._open, self._lock

        class Connection(kind):  # type: ignore[misc]
            def connect(self) -> None:
                super().connect()
                with lock:
                    open_[:] = [*(each for each in open_ if each()), ref(self.sock)]

        return Connection


def reason(error: BaseException) -> str:
    """Say why a connection failed in the system's words; those of the library repeat the URL with its parameters."""
    for cause in _causes(error):
        if isinstance(cause, ssl.SSLCertVerificationError):
            return cause.verify_message
        if isinstance(cause, OSError) and cause.strerror:
            return cause.strerror
        if isinstance(cause, TimeoutError):
            return "no answer in time"
    return "the connection broke off"


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__
