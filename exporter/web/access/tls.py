"""TLS of the server: a context as a section says it, and one that takes the newest for each connection."""

from __future__ import annotations

import os
import ssl
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from exporter.web.access.tls_settings import CIPHERS, CURVES, VERSIONS, TlsServerConfig


class TlsRefused(Exception):
    """A certificate or key cannot be used; `key` is the one in the section, empty for the section as a whole."""

    def __init__(self, key: str, message: str) -> None:
        super().__init__(message)
        self.key = key


def server_context(tls: TlsServerConfig) -> ssl.SSLContext:
    """Return the context of a section whose files have full paths.

    Raises:
        TlsRefused: A file cannot be read, or the key does not belong to the certificate.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.sslobject_class = _checking_names(tls.client_allowed_sans)
    _set_versions(context, tls)
    if not tls.prefer_server_cipher_suites:
        context.options &= ~ssl.OP_CIPHER_SERVER_PREFERENCE
    if len(tls.curve_preferences) == 1:
        context.set_ecdh_curve(CURVES[tls.curve_preferences[0]])
    context.set_alpn_protocols(["http/1.1"])
    _load_certificate(context, tls)
    _set_clients(context, tls)
    return context


def _set_versions(context: ssl.SSLContext, tls: TlsServerConfig) -> None:
    old = tls.min_version in ("TLS10", "TLS11")
    ciphers = [CIPHERS[name] for name in tls.cipher_suites if name in CIPHERS]
    if ciphers or old:
        # OpenSSL speaks the versions before 1.2 only at its lowest level of security.
        context.set_ciphers(":".join(ciphers or ["DEFAULT"]) + ("@SECLEVEL=0" if old else ""))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # of old versions, which the file names
        context.minimum_version = VERSIONS[tls.min_version]
        context.maximum_version = VERSIONS[tls.max_version]


def _load_certificate(context: ssl.SSLContext, tls: TlsServerConfig) -> None:
    for key, name in (("cert_file", tls.cert_file), ("key_file", tls.key_file)):
        _check_readable(key, name)
    with _as_file(tls.cert_file, tls.cert) as certificate, _as_file(tls.key_file, tls.key) as private:
        try:
            context.load_cert_chain(certificate, private, password=lambda: "")
        except (ssl.SSLError, ValueError, OSError) as error:
            reason = getattr(error, "reason", None) or "it is not PEM"
            if reason == "KEY_VALUES_MISMATCH":
                raise TlsRefused("", "the key does not belong to the certificate") from None
            raise TlsRefused("", f"the certificate or its key cannot be used: {_words(reason)}") from None


def _set_clients(context: ssl.SSLContext, tls: TlsServerConfig) -> None:
    """Set which clients are let in; a certificate that is only requested decides nothing, so it is not requested."""
    if tls.client_auth_type not in ("VerifyClientCertIfGiven", "RequireAndVerifyClientCert"):
        return
    required = tls.client_auth_type == "RequireAndVerifyClientCert"
    context.verify_mode = ssl.CERT_REQUIRED if required else ssl.CERT_OPTIONAL
    if not (tls.client_ca_file or tls.client_ca):
        context.load_default_certs(ssl.Purpose.CLIENT_AUTH)
        return
    _check_readable("client_ca_file", tls.client_ca_file)
    text = Path(tls.client_ca_file).read_text("ascii", "replace") if tls.client_ca_file else tls.client_ca
    try:
        context.load_verify_locations(cadata=text)
    except (ssl.SSLError, ValueError) as error:
        reason = _words(getattr(error, "reason", None) or "it is not PEM")
        key = "client_ca_file" if tls.client_ca_file else "client_ca"
        raise TlsRefused(key, f"has no certificate: {reason}") from None


def _check_readable(key: str, name: str) -> None:
    if not name:
        return
    try:
        Path(name).read_bytes()
    except OSError as error:
        raise TlsRefused(key, f"cannot read {name}: {error.strerror}") from None


def _words(reason: str) -> str:
    return reason if " " in reason else reason.lower().replace("_", " ")


@contextmanager
def _as_file(name: str, text: str) -> Iterator[str]:
    """Yield the name of a file, or that of one in memory with the text, since only files can be loaded."""
    if name:
        yield name
        return
    descriptor = os.memfd_create("pem")
    try:
        os.write(descriptor, text.encode())
        yield f"/proc/self/fd/{descriptor}"
    finally:
        os.close(descriptor)


def _checking_names(allowed: Sequence[str] | None) -> type[ssl.SSLObject]:
    """Return a connection that ends after the handshake if no alternative name of the client is allowed."""
    if allowed is None:
        return ssl.SSLObject
    allowed_names = frozenset(allowed)

    class Checking(ssl.SSLObject):
        def do_handshake(self) -> None:
            super().do_handshake()
            names = (self.getpeercert() or {}).get("subjectAltName", ())
            if not any(str(name[-1]) in allowed_names for name in names):
                raise ssl.SSLError(ssl.SSLErrorNumber.SSL_ERROR_SSL, "no name of the client's certificate is allowed")

    return Checking


class NewestContext(ssl.SSLContext):
    """A context that hands each connection to the one that `newest` returns at that moment."""

    newest: Callable[[], ssl.SSLContext]

    def __new__(cls, newest: Callable[[], ssl.SSLContext]) -> NewestContext:
        """Create it as the base class wants it."""
        context: NewestContext = super().__new__(cls, ssl.PROTOCOL_TLS_SERVER)
        context.newest = newest
        return context

    def wrap_bio(self, *arguments: Any, **named: Any) -> ssl.SSLObject:
        """Begin TLS on a connection."""
        return self.newest().wrap_bio(*arguments, **named)
