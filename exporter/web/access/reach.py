"""How the application may be reached: the names, the addresses behind a proxy, and what may be sent to it."""

from __future__ import annotations

from dataclasses import dataclass, field

from exporter.web.access.hosts import AllowedHosts
from exporter.web.access.prefix import ExternalUrl


@dataclass(frozen=True)
class Reach:
    """What `--web.*` says; without any of it the application answers to loopback.

    `lifecycle` allows `POST /-/reload`; `route_prefix` is empty or such as `/kpi`.
    """

    hosts: AllowedHosts = field(default_factory=AllowedHosts)
    external_url: ExternalUrl = field(default_factory=ExternalUrl)
    route_prefix: str = ""
    lifecycle: bool = False
