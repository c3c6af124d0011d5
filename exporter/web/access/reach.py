"""How the application may be reached: the names, the addresses behind a proxy, and the files of users and TLS."""

from __future__ import annotations

from dataclasses import dataclass, field
from ipaddress import ip_address

from starlette.requests import Request

from exporter.web.access.gate import AccessFiles
from exporter.web.access.hosts import AllowedHosts
from exporter.web.access.prefix import ExternalUrl

FORWARDED = ("forwarded", "via", "x-forwarded-for", "x-forwarded-host", "x-real-ip")
"""Headers by which proxies say that a request is another's."""


@dataclass(frozen=True)
class Reach:
    """What `--web.*` says; without any of it the application answers to loopback, and to everybody there.

    `lifecycle` allows `POST /-/reload` from other machines; `route_prefix` is empty or such as `/kpi`.
    """

    hosts: AllowedHosts = field(default_factory=AllowedHosts)
    external_url: ExternalUrl = field(default_factory=ExternalUrl)
    route_prefix: str = ""
    lifecycle: bool = False
    files: AccessFiles = field(default_factory=AccessFiles)

    def may_reload(self, request: Request) -> bool:
        """Tell whether a request may reload: with `lifecycle` each may, else one that was made on this machine.

        A proxy on this machine speaks for others, so what it hands on is not of this machine.
        """
        return self.lifecycle or (
            request.client is not None
            and _is_loopback(request.client.host)
            and _is_loopback(request.url.hostname or "")
            and not any(header in request.headers for header in FORWARDED)
        )


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
