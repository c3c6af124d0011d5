"""Knows the connections that a session has open, so that a deadline can end what is read from them."""

from __future__ import annotations

import socket
from contextlib import suppress
from typing import Any
from weakref import ref

from requests.adapters import HTTPAdapter
from urllib3.connectionpool import ConnectionPool


class Connections(HTTPAdapter):
    """Makes the connections of one session.

    The timeouts of a socket are of each piece that arrives: a server that sends byte by byte meets none of them.
    """

    def __init__(self) -> None:
        self._open: list[ref[socket.socket]] = []
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
        open_ = self._open

        class Connection(kind):  # type: ignore[misc]
            def connect(self) -> None:
                super().connect()
                open_[:] = [each for each in open_ if each()]
                open_.append(ref(self.sock))

        return Connection
