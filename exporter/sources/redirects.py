"""Decides where a server may send a request on: to itself, and to hosts that the catalogue names."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Annotated, NamedTuple
from urllib.parse import urlsplit

from pydantic import AfterValidator

from exporter.records.batch import SourceFailed

_DEFAULT_PORTS = {"http": 80, "https": 443}


def _host(text: str) -> str:
    if not re.fullmatch(r"(\*\.)?[\w.-]+(:\d+)?|\[[0-9a-fA-F:.]+\](:\d+)?", text):
        raise ValueError("is not a host; write `files.example.com`, `*.example.com` or `files.example.com:8443`")
    return text.lower()


Hosts = tuple[Annotated[str, AfterValidator(_host)], ...]
"""Hosts, each with a port where it is not that of the scheme; `*.example.com` are those below a domain."""


class HttpOrigin(NamedTuple):
    """What has to be the same of two addresses for credentials to go to both."""

    scheme: str
    host: str | None
    port: int | None

    @classmethod
    def of(cls, url: str) -> HttpOrigin:
        """Return the origin of an address; an empty one if it cannot be read."""
        try:
            parts = urlsplit(url)
            return cls(parts.scheme, parts.hostname, parts.port or _DEFAULT_PORTS.get(parts.scheme))
        except ValueError:
            return cls("", None, None)

    def __str__(self) -> str:
        return f"{self.scheme}://{self.authority}"

    @property
    def authority(self) -> str:
        """The host, and the port where it is not that of the scheme."""
        host = f"[{self.host}]" if ":" in (self.host or "") else self.host or ""
        return host if self.port == _DEFAULT_PORTS.get(self.scheme) else f"{host}:{self.port}"


@dataclass(frozen=True)
class Redirects:
    """The redirects that are followed from one server.

    Attributes:
        home: The server that the catalogue names.
        allowed: Further hosts to which it may redirect; they get no credentials.
        has_credentials: Whether requests to the server carry any.
    """

    home: HttpOrigin
    allowed: Sequence[str]
    has_credentials: bool

    def check(self, url: str) -> None:
        """Raise `SourceFailed` if a redirect to this address is not followed."""
        target = HttpOrigin.of(url)
        if target.scheme not in _DEFAULT_PORTS:
            raise SourceFailed(f"{self.home} redirects to something that is not HTTP")
        if target == self.home:
            return
        if target.scheme == "http" and self.home.scheme == "https":
            raise SourceFailed(f"{self.home} redirects to {target}, which is not encrypted")
        if any(fnmatchcase(target.authority, host) for host in self.allowed) or self._is_upgrade(target):
            return
        sent = " and gets no credentials" if self.has_credentials else ""
        raise SourceFailed(
            f"{self.home} redirects to {target}, which is another server{sent}; if that is the right one, write it in "
            f"`url`; if it only has the files, write `redirects_to: [{target.authority}]`"
        )

    def _is_upgrade(self, target: HttpOrigin) -> bool:
        """Tell whether the target is the same host with encryption, and nothing secret was to be sent without."""
        return target == HttpOrigin("https", self.home.host, 443) and self.home.port == 80 and not self.has_credentials
