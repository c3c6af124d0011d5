"""A TCP server on loopback that sends any bytes, at any pace, and ends when it likes: what no HTTP server would do."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from threading import Thread
from types import TracebackType


def drip(start: bytes, piece: bytes) -> Iterator[bytes]:
    """Yield a start, then pieces without an end, each within any timeout of a socket."""
    yield start
    while True:
        time.sleep(0.02)
        yield piece


def silence(start: bytes = b"") -> Iterator[bytes]:
    """Yield a start, then nothing, without an end."""
    yield start
    while True:
        time.sleep(0.05)
        yield b""


class RawServer:
    """`with` runs it; `answer` gives the pieces that follow a request, after which the connection ends.

    `answer` may be another function later. Every connection is of one request.
    """

    def __init__(self, answer: Callable[[], Iterable[bytes]]) -> None:
        self.answer = answer
        self._stopping = False
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self._threads: list[Thread] = []

    def __enter__(self) -> RawServer:
        self._begin(self._accept)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stopping = True
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for thread in self._threads:
            thread.join()

    def _begin(self, work: Callable[[], None]) -> None:
        thread = Thread(target=work, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                connection, _ = self._listener.accept()
                self._begin(lambda connection=connection: self._serve(connection))  # type: ignore[misc]

    def _serve(self, connection: socket.socket) -> None:
        with suppress(OSError), connection:
            received = b""
            while b"\r\n\r\n" not in received:
                received += connection.recv(65536) or b"\r\n\r\n"
            for piece in self.answer():
                if self._stopping:
                    return
                connection.sendall(piece)
