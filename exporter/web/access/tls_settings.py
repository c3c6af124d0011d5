"""`tls_server_config` of exporter-toolkit: the words of Go for what Python's TLS calls otherwise."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from ssl import TLSVersion
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from exporter.mistakes import did_you_mean
from exporter.strict_model import StrictModel

Version = Literal["TLS10", "TLS11", "TLS12", "TLS13"]

VERSIONS: Mapping[str, TLSVersion] = {
    "TLS10": TLSVersion.TLSv1,
    "TLS11": TLSVersion.TLSv1_1,
    "TLS12": TLSVersion.TLSv1_2,
    "TLS13": TLSVersion.TLSv1_3,
}

CIPHERS: Mapping[str, str] = {
    "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA": "ECDHE-ECDSA-AES128-SHA",
    "TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA": "ECDHE-ECDSA-AES256-SHA",
    "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA": "ECDHE-RSA-AES128-SHA",
    "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA": "ECDHE-RSA-AES256-SHA",
    "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256": "ECDHE-ECDSA-AES128-GCM-SHA256",
    "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384": "ECDHE-ECDSA-AES256-GCM-SHA384",
    "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256": "ECDHE-RSA-AES128-GCM-SHA256",
    "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384": "ECDHE-RSA-AES256-GCM-SHA384",
    "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256": "ECDHE-RSA-CHACHA20-POLY1305",
    "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256": "ECDHE-ECDSA-CHACHA20-POLY1305",
}
"""The cipher suites up to TLS 1.2, by their names in Go, with their names in OpenSSL."""

_HTTP2_CIPHERS = frozenset({"TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256"})

CIPHERS_OF_TLS13 = ("TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256")
"""Always on, in Go and here; a file may name them."""

CURVES: Mapping[str, str] = {
    "CurveP256": "prime256v1",
    "CurveP384": "secp384r1",
    "CurveP521": "secp521r1",
    "X25519": "",
}
"""The curves with their names in OpenSSL; Python cannot choose X25519 alone."""

CLIENT_AUTH_TYPES = (
    "NoClientCert",
    "RequestClientCert",
    "RequireClientCert",
    "RequireAnyClientCert",
    "VerifyClientCertIfGiven",
    "RequireAndVerifyClientCert",
)


def _cipher(name: str) -> str:
    if name not in CIPHERS and name not in CIPHERS_OF_TLS13:
        raise ValueError(f"unknown cipher suite {name}{did_you_mean(name, CIPHERS)}")
    return name


def _curve(name: str) -> str:
    if name not in CURVES:
        raise ValueError(f"unknown curve {name}{did_you_mean(name, CURVES)}")
    return name


def _client_auth_type(name: str) -> str:
    if name and name not in CLIENT_AUTH_TYPES:
        raise ValueError(f"unknown policy {name}{did_you_mean(name, CLIENT_AUTH_TYPES)}")
    if name in ("RequireAnyClientCert", "RequireClientCert"):
        raise ValueError(f"{name} takes a certificate of anybody; write RequireAndVerifyClientCert")
    return name


class TlsServerConfig(StrictModel):
    """The section; an inline `cert`, `key` or `client_ca` counts where its file is not named."""

    cert: str = ""
    key: str = ""
    client_ca: str = ""
    cert_file: str = ""
    key_file: str = ""
    client_auth_type: Annotated[str, AfterValidator(_client_auth_type)] = ""
    client_ca_file: str = ""
    client_allowed_sans: tuple[str, ...] | None = None
    min_version: Version = "TLS12"
    max_version: Version = "TLS13"
    cipher_suites: tuple[Annotated[str, AfterValidator(_cipher)], ...] = ()
    prefer_server_cipher_suites: bool = True
    curve_preferences: tuple[Annotated[str, AfterValidator(_curve)], ...] = Field(default=())

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        if not self.enabled:
            return self
        if not (self.cert or self.cert_file):
            raise ValueError("the key `cert` or `cert_file` is missing")
        if not (self.key or self.key_file):
            raise ValueError("the key `key` or `key_file` is missing")
        if (self.client_ca or self.client_ca_file) and self.client_auth_type in ("", "NoClientCert"):
            raise ValueError("a client CA needs `client_auth_type: RequireAndVerifyClientCert`")
        if VERSIONS[self.min_version] > VERSIONS[self.max_version]:
            raise ValueError("`min_version` is above `max_version`")
        if self.curve_preferences and not self._chooses_curves():
            raise ValueError(
                "`curve_preferences` can be one of CurveP256, CurveP384 and CurveP521, or all four curves here"
            )
        return self

    def _chooses_curves(self) -> bool:
        chosen = set(self.curve_preferences)
        return chosen == set(CURVES) or (len(chosen) == 1 and bool(CURVES[self.curve_preferences[0]]))

    @property
    def enabled(self) -> bool:
        """Whether the section asks for TLS at all."""
        return any(
            (
                *(self.cert_file, self.cert, self.key_file, self.key),
                *(self.client_ca_file, self.client_ca, self.client_auth_type),
            )
        )

    @property
    def has_http2_cipher(self) -> bool:
        """Whether HTTP/2 could be spoken with these cipher suites, by the rule that Go's server has."""
        return self.min_version == "TLS13" or not _HTTP2_CIPHERS.isdisjoint(self.cipher_suites)

    def below(self, folder: Path) -> TlsServerConfig:
        """Return the section with the names of files relative to a folder."""
        names = ("cert_file", "key_file", "client_ca_file")
        files = {name: str(folder / getattr(self, name)) for name in names if getattr(self, name)}
        return self.model_copy(update=files)
