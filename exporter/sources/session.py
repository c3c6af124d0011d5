"""Sends requests to an HTTP server within a poll: credentials go to no other, bodies and time are bounded."""

from __future__ import annotations

import json
import logging
import ssl
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import cached_property
from http import HTTPStatus
from urllib.parse import urljoin, urlsplit

import requests
from urllib3.util import Timeout

from exporter.records.batch import SourceFailed
from exporter.sources.endpoint import Endpoint
from exporter.sources.exact_json import parse_json
from exporter.sources.interface import Deadline
from exporter.sources.redaction import redactor
from exporter.sources.retry import TransientFailure, with_retries

# At DEBUG it writes addresses with their parameters, which may be secrets.
logging.getLogger("urllib3.connectionpool").setLevel(logging.INFO)

MAX_REDIRECTS = 5
_REDIRECTS = {301, 302, 303, 307, 308}
_KEEP_METHOD = {307, 308}
_TRANSIENT = {429, 502, 503, 504}
_DEFAULT_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True)
class Request:
    """A request to an absolute URL, with parameters for its query string or, in a POST, its form."""

    url: str
    params: tuple[tuple[str, str], ...] = ()
    method: str = "GET"

    def with_param(self, name: str, value: str) -> Request:
        """Return the request with a parameter, which replaces any of the same name."""
        others = tuple(pair for pair in self.params if pair[0] != name)
        return replace(self, params=(*others, (name, value)))


@dataclass(frozen=True)
class Reply:
    """An answer of a server with a status below 300."""

    body: bytes
    next_link: str | None
    """The absolute URL of the Link header's `next`, if there is one."""

    @cached_property
    def document(self) -> object:
        """The body as JSON with exact numbers; a value that is not UTF-8 stays visible as such."""
        try:
            return parse_json(self.body.decode(json.detect_encoding(self.body), errors="surrogateescape"))
        except ValueError:
            raise SourceFailed("the server's answer is not JSON; is the address right?") from None


class Session:
    """A source's connection to one server; `explain` finds the server's own message in the body of an error."""

    def __init__(
        self,
        endpoint: Endpoint,
        explain: Callable[[bytes], str] = lambda _: "",
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self.url = endpoint.url.get_secret_value().rstrip("/")
        self.redact = redactor(endpoint.secrets())
        self._origin = _origin(self.url)
        self._headers = endpoint.all_headers()
        self._tls = endpoint.tls
        self._max_body = endpoint.max_body
        self._explain = explain
        self._sleep = sleep
        self._clock = clock
        self._requests = requests.Session()
        self._requests.auth = self._add_credentials
        self.trace: Callable[[str], None] = lambda _: None

    def fetch(self, request: Request, deadline: Deadline) -> Reply:
        """Return the answer to a request, repeated after failures that may pass.

        Raises:
            SourceFailed: If the request is for another server, or there is no answer by the deadline.
        """
        if _origin(request.url) != self._origin:
            raise SourceFailed(f"the server names an address elsewhere ({_server(request.url)}), which is not followed")
        return with_retries(lambda: self._follow(request, deadline), deadline, self._sleep)

    def close(self) -> None:
        """Close the connections that are kept open for the next request."""
        self._requests.close()

    def _add_credentials(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        # As `auth`, and not as headers of the session, so that requests looks for no password in ~/.netrc.
        if request.url and _origin(request.url) == self._origin:
            request.headers.update(self._headers)
        return request

    def _follow(self, request: Request, deadline: Deadline) -> Reply:
        for _ in range(MAX_REDIRECTS + 1):
            deadline.check()
            try:
                with self._send(request, deadline) as response:
                    self.trace(self.redact(f"{response.status_code} {request.method} {response.url}"))
                    if response.status_code not in _REDIRECTS or "Location" not in response.headers:
                        return self._reply(response, deadline)
                    request = self._redirected(request, response)
            except requests.exceptions.SSLError as error:
                raise SourceFailed(f"TLS with {_server(request.url)} failed: {_reason(error)}") from None
            except (
                requests.exceptions.ConnectionError,
                requests.exceptions.Timeout,
                requests.exceptions.ChunkedEncodingError,
            ) as error:
                raise deadline.failure() or TransientFailure(
                    f"{_server(request.url)} did not answer: {_reason(error)}"
                ) from None
            except requests.exceptions.RequestException as error:
                raise SourceFailed(f"the answer of {_server(request.url)} is broken: {type(error).__name__}") from None
            except OSError as error:  # a certificate file that is missing or not readable
                raise SourceFailed(self.redact(f"TLS with {_server(request.url)} failed: {error}")) from None
        raise SourceFailed(f"{_server(request.url)} redirects more than {MAX_REDIRECTS} times")

    def _send(self, request: Request, deadline: Deadline) -> requests.Response:
        tls = self._tls
        cert = (str(tls.cert), str(tls.key or tls.cert)) if tls.cert else None
        return self._requests.request(
            request.method,
            request.url,
            params=None if request.method == "POST" else request.params,
            data=request.params if request.method == "POST" else None,
            headers={"Accept": "application/json", "User-Agent": "kpi-exporter"},
            timeout=Timeout(total=max(deadline.remaining(), 0.001)),  # type: ignore[arg-type] # its stubs know no total
            allow_redirects=False,
            stream=True,
            verify=str(tls.ca) if tls.ca else True,
            cert=cert,
        )

    def _redirected(self, request: Request, response: requests.Response) -> Request:
        target = urljoin(response.url, response.headers["Location"])
        if urlsplit(target).scheme not in _DEFAULT_PORTS:
            raise SourceFailed(f"{_server(request.url)} redirects to something that is not HTTP")
        if self._headers and _origin(target) != self._origin:
            raise SourceFailed(
                f"{_server(request.url)} redirects to {_server(target)}, where the credentials are not sent; "
                "if that is the right server, write it in `url`"
            )
        if request.method == "POST" and response.status_code in _KEEP_METHOD:
            return Request(target, request.params, "POST")
        return Request(target)

    def _reply(self, response: requests.Response, deadline: Deadline) -> Reply:
        status = response.status_code
        if status < 300:
            return Reply(self._body(response, deadline), _next_link(response))
        explanation = self._explain(self._body(response, deadline))
        message = f"{_server(response.url)} answered {status} {_phrase(status)}".rstrip()
        if status in (401, 403):
            message += "; check `auth`"
        if explanation:
            message += f": {self.redact(explanation)}"
        if status not in _TRANSIENT:
            raise SourceFailed(message)
        after = _retry_after(response.headers, self._clock)
        if after >= deadline.remaining():
            raise SourceFailed(f"{message}; it asks to wait {after:.0f}s, longer than this poll may take")
        raise TransientFailure(message, after)

    def _body(self, response: requests.Response, deadline: Deadline) -> bytes:
        body = bytearray()
        for chunk in response.iter_content(65536):
            body += chunk
            if len(body) > self._max_body:
                limit = self._max_body.human_readable()
                raise SourceFailed(f"the answer of {_server(response.url)} is longer than `max_body` ({limit})")
            deadline.check()
        return bytes(body)


def _origin(url: str) -> tuple[str, str | None, int | None]:
    parts = urlsplit(url)
    try:
        return parts.scheme, parts.hostname, parts.port or _DEFAULT_PORTS.get(parts.scheme)
    except ValueError:
        return "", None, None


def _server(url: str) -> str:
    """Return the scheme, host and port of a URL, without user, path and parameters."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"


def _next_link(response: requests.Response) -> str | None:
    target = response.links.get("next", {}).get("url")
    return urljoin(response.url, target) if target else None


def _phrase(status: int) -> str:
    return HTTPStatus(status).phrase if status in set(HTTPStatus) else ""


def _retry_after(headers: Mapping[str, str], clock: Callable[[], datetime]) -> float:
    """Return the seconds to wait, 0 without the header; a date counts from the server's own clock if it sends that."""
    text = headers.get("Retry-After", "").strip()
    if text.isascii() and text.isdigit():
        return float(text)
    until = _http_date(text)
    if until is None:
        return 0.0
    return max(0.0, (until - (_http_date(headers.get("Date", "")) or clock())).total_seconds())


def _http_date(text: str) -> datetime | None:
    try:
        at = parsedate_to_datetime(text)
    except ValueError:
        return None
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def _reason(error: BaseException) -> str:
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
