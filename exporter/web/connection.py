"""One connection over HTTP/1.1, with or without TLS: what uvicorn does, and an end to what its client may take."""

from __future__ import annotations

import asyncio
import select
import socket
import ssl
import sys
from contextlib import suppress
from http import HTTPStatus
from math import inf
from typing import Any

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol, RequestResponseCycle

from exporter.web.connections import Connections
from exporter.web.http_stats import Refusal
from exporter.web.sizes import PORTION

_GOODBYE_SECONDS = 5.0
"""What a client may take to end TLS."""


class Connection(H11Protocol):
    """A connection that waits for its client a limited time only: for heads, for answers to be taken, and when idle.

    What waits can be dropped in favour of a new connection.
    """

    def __init__(self, connections: Connections, tls: ssl.SSLContext | None, **server: Any) -> None:
        super().__init__(**server)
        self._others = connections
        self._tls = tls
        self._handshake: asyncio.Task[None] | None = None
        self._early = bytearray()
        self._serving = False
        self._begun = False  # of the next request, or of the handshake before the first
        self._waits_since = inf
        self._waits_until = inf
        self._portion_until = inf
        self._portion = connections.patience.portion

    @property
    def waits_since(self) -> float:
        """When it began to wait for its client; infinite while an answer is computed, if that is all it asked for.

        Whoever sends many requests at once has no right to a place before the answer to the last of them.
        """
        return inf if self._answering and not self._unsent and not self.conn.trailing_data[0] else self._waits_since

    def is_asked(self) -> bool:
        """Return whether a further request came that was not read yet."""
        unread = select.poll()
        unread.register(self._socket.get_extra_info("socket"), select.POLLIN)
        return self._latest is not None and not self._begun and bool(unread.poll(0))

    @property
    def _latest(self) -> RequestResponseCycle | None:
        return self.cycle  # uvicorn's annotation leaves out that there is none at first

    @property
    def _answering(self) -> bool:
        return self._latest is not None and not self._latest.response_complete

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # as in the base class
        """Begin to wait for the first request, after a handshake where TLS is spoken."""
        self._socket = transport
        self._wait(self._others.patience.head)
        if not self._others.admit(self):
            transport.abort()
        elif self._tls is None:
            self._serve(transport)
        else:
            self._begun = True
            self._handshake = self.loop.create_task(self._begin_tls(self._tls))

    async def _begin_tls(self, context: ssl.SSLContext) -> None:
        try:
            secured = await self.loop.start_tls(
                self._socket, self, context, server_side=True, ssl_shutdown_timeout=_GOODBYE_SECONDS
            )
        except OSError:  # of which those of TLS are
            secured = None
        if secured is None or self._socket.is_closing():
            self._others.forget(self)
            return
        secured.set_write_buffer_limits(PORTION)
        self._begun = False
        self._serve(secured)
        if self._early:
            self.data_received(bytes(self._early))

    def _serve(self, transport: asyncio.Transport) -> None:
        self._serving = True
        super().connection_made(transport)

    def connection_lost(self, exc: Exception | None) -> None:
        """Note that it is closed."""
        self._others.forget(self)
        if self._serving:
            super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Take bytes; a head that begins has to end in time."""
        if not self._serving:  # with the last part of the handshake
            self._early += data
            return
        if not self._answering and not self._begun:
            self._begun = True
            self._wait(self._others.patience.head)
        super().data_received(data)
        if self._answering:
            self._waits_until = inf

    def on_response_complete(self) -> None:
        """Wait for the next request; what is left of the body of this one, which nobody reads, has to come in time."""
        super().on_response_complete()
        if self._answering:  # the next request came already
            return
        self._begun = self.conn.their_state is h11.SEND_BODY or bool(self.conn.trailing_data[0])
        self._wait(self._others.patience.head if self._begun else self._others.patience.idle)

    def _wait(self, seconds: float) -> None:
        self._waits_since = self._others.now()
        self._waits_until = self._waits_since + seconds

    def resume_writing(self) -> None:
        """Go on with the answer, as the client took a portion of it."""
        self._portion_until = inf
        super().resume_writing()

    def end_if_late(self, now: float) -> bool:
        """End the connection if its client took too long; return whether that cut off what the client had begun."""
        if not self._unsent:
            self._portion_until = inf
        elif self._portion_until == inf:
            self._portion_until = now + self._portion
        if now >= self._portion_until:
            self.abort()
            return True
        if now < self._waits_until:
            return False
        self._waits_until = inf
        if self._begun and self._serving and self.conn.our_state is h11.IDLE:
            self._refuse(HTTPStatus.REQUEST_TIMEOUT, "the request did not come in time")
        else:
            self.abort()
        return self._begun

    def shutdown(self) -> None:
        """Close once the answer under way is sent, for which its client has less time than before."""
        super().shutdown()
        self._portion = self._others.patience.ending
        self._portion_until = self._others.now() + self._portion

    @property
    def _unsent(self) -> int:
        """The bytes that the client has not taken yet."""
        secured = self.transport.get_write_buffer_size() if self._serving and self._tls else 0
        return secured + self._socket.get_write_buffer_size()

    def abort(self) -> None:
        """Drop the connection, and tell the client at once, so that it does not ask again before it knows."""
        with suppress(OSError):  # the client left already
            self._socket.get_extra_info("socket").shutdown(socket.SHUT_RDWR)
        self._socket.abort()

    def send_400_response(self, msg: str) -> None:
        """Refuse what is no request, or is too large a one."""
        self._others.stats.refused[Refusal.MALFORMED] += 1
        if self._answering or self.conn.our_state not in (h11.IDLE, h11.SEND_RESPONSE):
            self.abort()  # what is under way cannot be answered any more
            return
        status = HTTPStatus(getattr(sys.exception(), "error_status_hint", HTTPStatus.BAD_REQUEST))
        self._refuse(status, status.phrase.lower())

    def _refuse(self, status: HTTPStatus, message: str) -> None:
        body = f"{message}\n".encode()
        headers = [
            ("content-type", "text/plain; charset=utf-8"),
            ("content-length", str(len(body))),
            ("connection", "close"),
        ]
        for event in (
            h11.Response(status_code=status, headers=headers, reason=status.phrase.encode()),
            h11.Data(data=body),
            h11.EndOfMessage(),
        ):
            self.transport.write(self.conn.send(event) or b"")
        self.transport.close()
