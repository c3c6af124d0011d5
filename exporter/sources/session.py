"""Sends requests to an HTTP server within a poll: credentials go to no other, bodies and time are bounded."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from http import HTTPStatus
from typing import BinaryIO, TypeVar
from urllib.parse import urljoin

import requests
from urllib3.util import Timeout

from exporter.records.batch import HttpFailed, SourceFailed
from exporter.sources.connections import ClosableAdapter, reason
from exporter.sources.exchange import Download, Reply, Request, RequestRules, Server
from exporter.sources.interface import Deadline
from exporter.sources.limit_headers import is_limit_reached, retry_after
from exporter.sources.redaction import redactor
from exporter.sources.redirects import HttpOrigin, Redirects
from exporter.sources.request_rate import RequestRate
from exporter.sources.retry import TransientFailure, with_retries
from exporter.sources.watchdog import at_deadline

# At DEBUG it writes addresses with their parameters, which may be secrets.
logging.getLogger("urllib3.connectionpool").setLevel(logging.INFO)

MAX_REDIRECTS = 5
LONGEST_ERROR = 100_000
"""Bytes of the body of an error that are read."""
_REDIRECTS = {301, 302, 303, 307, 308}
_KEEP_METHOD = {307, 308}
_TRANSIENT = frozenset({429, 502, 503, 504})

T = TypeVar("T")


class Session:
    """A source's connection to one server.

    `explain` finds the server's own message in the body of an error, `rules` are what the kind of source knows of it.
    """

    def __init__(
        self,
        server: Server,
        explain: Callable[[bytes], str] = lambda _: "",
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        rules: RequestRules = RequestRules(),  # noqa: B008 - immutable
        seconds: Callable[[], float] = time.monotonic,
    ) -> None:
        self.url = server.url.get_secret_value().rstrip("/")
        self.redact = redactor(server.secrets())
        self._origin = HttpOrigin.of(self.url)
        self._headers = server.all_headers()
        self._tls = server.tls
        has_credentials = bool(self._headers or self._tls.cert)
        self._redirects = Redirects(self._origin, server.redirects_to, has_credentials)
        self._max_body = server.max_body
        self._max_values = server.max_values
        self._explain = explain
        self._transient = _TRANSIENT | rules.transient
        self._credentials = rules.credentials
        self._rate = RequestRate(rules.rate, sleep, seconds)
        self._sleep = sleep
        self._clock = clock
        self._requests = requests.Session()
        self._requests.auth = self._add_credentials
        self._connections = ClosableAdapter()
        for scheme in ("http://", "https://"):
            self._requests.mount(scheme, self._connections)
        self.trace: Callable[[str], None] = lambda _: None

    def fetch(self, request: Request, deadline: Deadline) -> Reply:
        """Return the answer to a request, repeated after failures that may pass.

        Raises:
            HttpFailed: If the server refuses the request, with the status that it answers.
            SourceFailed: If the request is for another server, or there is no answer by the deadline.
        """
        if HttpOrigin.of(request.url) != self._origin:
            raise SourceFailed(f"the server names an address elsewhere ({_server(request.url)}), which is not followed")
        return with_retries(lambda: self._follow(request, deadline, self._reply), deadline, self._sleep)

    def download(self, request: Request, file: BinaryIO, deadline: Deadline, option: str) -> Download | None:
        """Write the body of the answer into a file; None if the server says that it has not changed.

        Args:
            request: What is requested; its headers may name the version that is here.
            file: Where the body goes; it is emptied before each attempt.
            deadline: When the download must be over.
            option: The name of the option that limits the length, for a message.
        """

        def receive(response: requests.Response, deadline: Deadline) -> Download | None:
            if response.status_code == HTTPStatus.NOT_MODIFIED:
                return None
            self._refuse_errors(response, deadline)
            file.seek(0)
            file.truncate()
            file.writelines(self._chunks(response, deadline, option))
            headers = response.headers
            return Download(headers.get("ETag", ""), headers.get("Last-Modified", ""))

        return with_retries(lambda: self._follow(request, deadline, receive), deadline, self._sleep)

    def close(self) -> None:
        """Close the connections that are kept open for the next request."""
        self._requests.close()

    def _add_credentials(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        # As `auth`, and not as headers of the session, so that requests looks for no password in ~/.netrc.
        if request.url and HttpOrigin.of(request.url) == self._origin:
            request.headers.update(self._headers)
        return request

    def _follow(self, request: Request, deadline: Deadline, receive: Callable[[requests.Response, Deadline], T]) -> T:
        for _ in range(MAX_REDIRECTS + 1):
            deadline.check()
            self._rate.wait(deadline)
            try:
                with (
                    at_deadline(deadline, self._connections.end),
                    self._send(request, deadline) as response,
                ):
                    self._note_limit(response)
                    self.trace(self.redact(f"{response.status_code} {request.method} {response.url}"))
                    if response.status_code not in _REDIRECTS or "Location" not in response.headers:
                        return receive(response, deadline)
                    request = self._redirected(request, response)
            except requests.exceptions.SSLError as error:
                raise SourceFailed(f"TLS with {_server(request.url)} failed: {reason(error)}") from None
            except (
                requests.exceptions.ConnectionError,
                requests.exceptions.Timeout,
                requests.exceptions.ChunkedEncodingError,
            ) as error:
                raise deadline.failure() or TransientFailure(
                    f"{_server(request.url)} did not answer: {reason(error)}"
                ) from None
            except requests.exceptions.RequestException as error:
                raise SourceFailed(f"the answer of {_server(request.url)} is broken: {type(error).__name__}") from None
            except OSError as error:  # a certificate file that is missing or not readable
                raise SourceFailed(self.redact(f"TLS with {_server(request.url)} failed: {error}")) from None
        raise SourceFailed(f"{_server(request.url)} redirects more than {MAX_REDIRECTS} times")

    def _send(self, request: Request, deadline: Deadline) -> requests.Response:
        tls = self._tls
        is_home = HttpOrigin.of(request.url) == self._origin
        cert = (str(tls.cert), str(tls.key or tls.cert)) if tls.cert and is_home else None
        is_form = request.method == "POST" and request.json is None
        return self._requests.request(
            request.method,
            request.url,
            params=None if is_form else request.params,
            data=request.params if is_form else None,
            json=request.json,
            headers={"Accept": "application/json", "User-Agent": "kpi-exporter", **dict(request.headers)},
            timeout=Timeout(total=max(deadline.remaining(), 0.001)),  # type: ignore[arg-type] # its stubs know no total
            allow_redirects=False,
            stream=True,
            verify=str(tls.ca) if tls.ca else True,
            cert=cert,
        )

    def _redirected(self, request: Request, response: requests.Response) -> Request:
        target = urljoin(response.url, response.headers["Location"])
        self._redirects.check(target)
        if request.method == "POST" and response.status_code in _KEEP_METHOD:
            return replace(request, url=target)
        return Request(target, headers=request.headers)

    def _reply(self, response: requests.Response, deadline: Deadline) -> Reply:
        self._refuse_errors(response, deadline)
        return Reply(b"".join(self._chunks(response, deadline)), _next_link(response), self._max_values)

    def _refuse_errors(self, response: requests.Response, deadline: Deadline) -> None:
        """Raise `SourceFailed` for a status that is not of success, with what the server says about it."""
        status = response.status_code
        if status < 300:
            return
        explanation = self._explain(self._start(response, deadline))
        message = f"{_server(response.url)} answered {status} {_phrase(status)}".rstrip()
        limited = status == HTTPStatus.FORBIDDEN and is_limit_reached(response.headers)
        if status in (401, 403) and not limited:
            message += f"; check `{self._credentials}`"
        if explanation:
            message += f": {self.redact(explanation)}"
        if status not in self._transient and not limited:
            raise HttpFailed(message, status)
        after = retry_after(response.headers, self._clock)
        if after >= deadline.remaining():
            raise SourceFailed(f"{message}; it asks to wait {after:.0f}s, longer than this poll may take")
        raise TransientFailure(message, after)

    def _start(self, response: requests.Response, deadline: Deadline) -> bytes:
        """Return the body if it is short, else its beginning: an error has no more to say."""
        start = b""
        for chunk in self._chunks(response, deadline):
            start += chunk
            if len(start) > LONGEST_ERROR:
                break
        return start

    def _note_limit(self, response: requests.Response) -> None:
        """Send nothing until the server's limit begins anew, if it says that this was the last request within it."""
        if response.ok and is_limit_reached(response.headers):
            self._rate.hold(retry_after(response.headers, self._clock))

    def _chunks(self, response: requests.Response, deadline: Deadline, option: str = "max_body") -> Iterator[bytes]:
        """Yield the body, decompressed, up to the limit that `option` sets."""
        length = 0
        for chunk in response.iter_content(65536):
            length += len(chunk)
            if length > self._max_body:
                limit = self._max_body.human_readable()
                raise SourceFailed(f"the answer of {_server(response.url)} is longer than `{option}` ({limit})")
            deadline.check()
            yield chunk
        deadline.check()  # a body without a length ends with its connection, which the deadline may have ended


def _server(url: str) -> str:
    """Return the scheme, host and port of a URL, without user, path and parameters."""
    return str(HttpOrigin.of(url))


def _next_link(response: requests.Response) -> str | None:
    target = response.links.get("next", {}).get("url")
    return urljoin(response.url, target) if target else None


def _phrase(status: int) -> str:
    return HTTPStatus(status).phrase if status in set(HTTPStatus) else ""
