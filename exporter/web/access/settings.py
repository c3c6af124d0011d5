"""How the application may be reached: the names, the addresses behind a proxy, and the files of users and TLS."""

from __future__ import annotations

from dataclasses import dataclass, field

from starlette.requests import Request

from exporter.web.access.gate import AccessFiles
from exporter.web.access.hosts import AllowedHosts, is_loopback_host
from exporter.web.access.prefix import ExternalUrl

FORWARDED = ("forwarded", "via", "x-forwarded-for", "x-forwarded-host", "x-real-ip")
"""Headers by which proxies say that a request is another's."""


@dataclass(frozen=True)
class WebSettings:
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
            and is_loopback_host(request.client.host)
            and is_loopback_host(request.url.hostname or "")
            and not any(header in request.headers for header in FORWARDED)
        )
