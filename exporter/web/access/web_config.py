"""`--web.config.file`: TLS, users, headers and a rate limit, in the format of Prometheus's exporter-toolkit.

The format and its rules are those of https://github.com/prometheus/exporter-toolkit, `docs/web-configuration.md`.
What Python's TLS cannot do is refused with a sentence.
"""

from __future__ import annotations

import re
import ssl
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Self

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from exporter.catalogue.reading.problems import CatalogueError, Problem
from exporter.mistakes import did_you_mean
from exporter.strict_model import StrictModel
from exporter.web.access.settings_file import read_model
from exporter.web.access.tls import TlsRefused, server_context
from exporter.web.access.tls_settings import TlsServerConfig

_HASH = re.compile(r"\$2[abxy]?\$(0[4-9]|[12]\d|3[01])\$[./A-Za-z0-9]{53}")
_DURATION = re.compile(r"[+-]?(?:0|(?:(?:\d+\.?\d*|\.\d+)(?:ns|us|µs|μs|ms|s|m|h))+)")
_SECONDS = {"ns": 1e-9, "us": 1e-6, "µs": 1e-6, "μs": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0}
HEADERS: Mapping[str, Sequence[str]] = {
    "Content-Security-Policy": (),
    "Strict-Transport-Security": (),
    "X-Content-Type-Options": ("nosniff",),
    "X-Frame-Options": ("deny", "sameorigin"),
    "X-XSS-Protection": (),
}
"""The headers that a file may set, each with its values, any if there are none."""


def _bcrypt_hash(text: str) -> str:
    if not _HASH.fullmatch(text):
        raise ValueError("is not a bcrypt hash; `htpasswd -nBC 10 NAME` prints one")
    return text


def _user(name: str) -> str:
    if ":" in name:
        raise ValueError("no browser can send a user name with a colon")
    return name


def _seconds(value: object) -> object:
    """Read a duration of Go, `1m30s`; a whole number is nanoseconds."""
    if isinstance(value, int) and not isinstance(value, bool):
        return value * 1e-9
    if not isinstance(value, str) or not _DURATION.fullmatch(value):
        raise ValueError("should be a duration, such as 1s or 500ms")
    parts = re.findall(r"([\d.]+)([a-zµμ]+)", value)
    seconds = sum(float(number) * _SECONDS[unit] for number, unit in parts)
    return -seconds if value.startswith("-") else seconds


def _allowed_headers(headers: dict[str, str]) -> dict[str, str]:
    for name, value in headers.items():
        if name not in HEADERS:
            raise ValueError(f"the header {name} cannot be set{did_you_mean(name, HEADERS)}")
        if HEADERS[name] and value not in HEADERS[name]:
            raise ValueError(f"{name} should be {' or '.join(HEADERS[name])}")
        if not value.isprintable() or not value.isascii():
            raise ValueError(f"{name} has a character that no header may have")
    return headers


class HttpServerConfig(StrictModel):
    """`http2` is read and does nothing, since the exporter speaks HTTP/1.1."""

    http2: bool = True
    headers: Annotated[dict[str, str], AfterValidator(_allowed_headers)] = Field(default_factory=dict)


class RateLimit(StrictModel):
    """A bucket of `burst` requests, into which one more comes each `interval` seconds; no limit for 0."""

    interval: Annotated[float, BeforeValidator(_seconds)] = 0.0
    burst: int = 0

    @model_validator(mode="after")
    def _lets_some_in(self) -> Self:
        if self.interval > 0 and self.burst < 1:
            raise ValueError("`burst` should be 1 or more, else no request is let in")
        return self


class WebConfigDocument(StrictModel):
    """The file."""

    tls_server_config: TlsServerConfig = Field(default_factory=TlsServerConfig)
    http_server_config: HttpServerConfig = Field(default_factory=HttpServerConfig)
    basic_auth_users: dict[
        Annotated[str, BeforeValidator(str), AfterValidator(_user)], Annotated[str, AfterValidator(_bcrypt_hash)]
    ] = Field(default_factory=dict)
    rate_limit: RateLimit = Field(default_factory=RateLimit)

    @model_validator(mode="after")
    def _http2_has_its_cipher(self) -> Self:
        tls = self.tls_server_config
        if self.http_server_config.http2 and tls.cipher_suites and not tls.has_http2_cipher:
            raise ValueError(
                "tls_server_config.cipher_suites lacks what HTTP/2 needs, TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256 or "
                "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256; add one, or write `http2: false`"
            )
        return self


@dataclass(frozen=True)
class WebConfig:
    """What a file says, ready for use. `users` are bcrypt hashes by name; `tls` is None for plain HTTP."""

    users: Mapping[str, bytes] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    rate_limit: RateLimit = field(default_factory=RateLimit)
    tls: ssl.SSLContext | None = None


def load_web_config(file: Path) -> tuple[WebConfig, Sequence[Path]]:
    """Read a file; return what it says, and the files of certificates that it names.

    Raises:
        CatalogueError: With every mistake, of the certificates too.
    """
    written, document = read_model(file, WebConfigDocument)
    tls = written.tls_server_config.below(file.parent)
    try:
        context = server_context(tls) if tls.enabled else None
    except TlsRefused as refused:
        path = ("tls_server_config", *([refused.key] if refused.key else []))
        place = document.place(path if path in document.values else path[:1])
        raise CatalogueError([Problem(place, ".".join(path), str(refused))]) from None
    config = WebConfig(
        {name: text.encode() for name, text in written.basic_auth_users.items()},
        written.http_server_config.headers,
        written.rate_limit,
        context,
    )
    return config, [Path(each) for each in (tls.cert_file, tls.key_file, tls.client_ca_file) if each]
