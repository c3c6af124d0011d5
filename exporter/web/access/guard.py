"""What a request must be before anything answers it: for a name of ours, and not sent by another site's page."""

from __future__ import annotations

import logging
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from exporter.web.access.hosts import AllowedHosts

SAFE_METHODS = ("GET", "HEAD", "OPTIONS")
"""The methods that change nothing."""

_MOST_LOGGED = 20
_log = logging.getLogger(__name__)


class RequestGuard:
    """Wraps an application: refuses foreign names with 421, and what other sites' pages send with 403.

    `origin` is where browsers see the exporter behind a proxy, such as `https://kpi.example.com`.
    """

    def __init__(self, app: ASGIApp, hosts: AllowedHosts, origin: str = "") -> None:
        self._app = app
        self._hosts = hosts
        self._origin = origin
        self._logged: set[str] = set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer by the application what is not refused."""
        if scope["type"] == "http" and (refusal := self._refusal(scope["method"], Headers(scope=scope))):
            await refusal(scope, receive, send)
            return
        await self._app(scope, receive, send)

    def _refusal(self, method: str, headers: Headers) -> PlainTextResponse | None:
        hosts = headers.getlist("host")  # none at all comes from a probe that speaks HTTP/1.0, never from a browser
        foreign = next((host for host in hosts if not self._hosts.allows(host)), None)
        if foreign is not None:
            self._log_once(foreign)
            return PlainTextResponse("this exporter does not answer to that host; see --web.allowed-host\n", 421)
        if method not in SAFE_METHODS and not self._same_site(headers, hosts):
            return PlainTextResponse("a page of another site must not send this\n", 403)
        return None

    def _same_site(self, headers: Headers, hosts: list[str]) -> bool:
        """Return whether a request comes from a page of this exporter, or from a program that is no browser."""
        if headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
            return False
        return all(self._is_own(origin, hosts) for origin in headers.getlist("origin"))

    def _is_own(self, origin: str, hosts: list[str]) -> bool:
        if self._origin and origin == self._origin:
            return True
        try:
            parts = urlsplit(origin)
        except ValueError:
            return False
        return parts.scheme in ("http", "https") and [parts.netloc.lower()] == [host.lower() for host in hosts]

    def _log_once(self, host: str) -> None:
        """Log a name the first time, as a name that was forgotten is seen nowhere else; a bound keeps the log small."""
        if host not in self._logged and len(self._logged) < _MOST_LOGGED:
            self._logged.add(host)
            _log.warning("refused a request for the host %.80r; --web.allowed-host allows a name", host)
