"""How the application may be reached: the names, the addresses behind a proxy, and the files of users and TLS."""

from __future__ import annotations

from dataclasses import dataclass, field

from exporter.web.access.gate import AccessFiles
from exporter.web.access.hosts import AllowedHosts
from exporter.web.access.prefix import ExternalUrl


@dataclass(frozen=True)
class Reach:
    """What `--web.*` says; without any of it the application answers to loopback, and to everybody there.

    `lifecycle` allows `POST /-/reload`; `route_prefix` is empty or such as `/kpi`.
    """

    hosts: AllowedHosts = field(default_factory=AllowedHosts)
    external_url: ExternalUrl = field(default_factory=ExternalUrl)
    route_prefix: str = ""
    lifecycle: bool = False
    files: AccessFiles = field(default_factory=AccessFiles)
