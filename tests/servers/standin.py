"""A small HTTP server on loopback that stands in for a vendor's: it does what a test's function says."""

from __future__ import annotations

import json
import ssl
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock, Thread
from types import TracebackType
from typing import Self
from urllib.parse import parse_qsl, urlsplit


@dataclass(frozen=True)
class HttpRequest:
    """A request as it arrived; `params` are those of the query string and, in a POST, of the form.

    `query` is the query string itself, in which a name may stand several times.
    """

    method: str
    path: str
    params: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes
    query: str = ""


@dataclass(frozen=True)
class HttpResponse:
    """What is answered: a JSON document, or bytes in pieces that need not end."""

    document: object = None
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    pieces: Iterable[bytes] | None = None


class Standin:
    """`with` runs it; `requests` holds every request in the order of arrival. `host` may be another name of loopback.

    `answer` may be another function later.
    """

    def __init__(
        self,
        answer: Callable[[HttpRequest], HttpResponse],
        host: str = "127.0.0.1",
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self.requests: list[HttpRequest] = []
        self.answer = answer
        self._lock = Lock()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        if tls:
            self._server.socket = tls.wrap_socket(self._server.socket, server_side=True)
        self.port: int = self._server.server_address[1]
        self.url = f"{'https' if tls else 'http'}://{host}:{self.port}"
        self._thread = Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)

    def __enter__(self) -> Standin:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        standin = self

        class Handler(BaseHTTPRequestHandler):
            disable_nagle_algorithm = True  # else a body waits for the acknowledgement of its head

            def do_GET(self) -> None:
                parts = urlsplit(self.path)
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                form = body.decode() if self.command == "POST" else ""
                params = dict(parse_qsl(f"{parts.query}&{form}"))
                request = HttpRequest(self.command, parts.path, params, dict(self.headers), body, parts.query)
                with standin._lock:
                    standin.requests.append(request)
                    response = standin.answer(request)
                self._send(response)

            do_POST = do_GET  # noqa: N815 - the name that http.server looks for

            def _send(self, response: HttpResponse) -> None:
                pieces = [json.dumps(response.document).encode()] if response.pieces is None else response.pieces
                self.send_response_only(response.status)  # with the headers of the test only, no Date
                for name, value in {"Content-Type": "application/json", **response.headers}.items():
                    self.send_header(name, value)
                self.end_headers()
                try:
                    for piece in pieces:
                        self.wfile.write(piece)
                except OSError:
                    self.close_connection = True  # the client had enough

            def log_message(self, *args: object) -> None:
                """Say nothing: a test reads `requests`."""

        return Handler


class Service:
    """What stands in for a service with a state of its own: `with` runs its server."""

    _server: Standin

    def __enter__(self) -> Self:
        self._server.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.__exit__(kind, error, trace)
