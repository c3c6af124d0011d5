"""The options that say who reads files at an address, and how their server is reached."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Annotated

from pydantic import AfterValidator, Field, SecretStr

from exporter.sources.endpoint import Auth, HeaderValue, Secret, Tls
from exporter.sources.interface import NOT_SET
from exporter.sources.redirects import Hosts
from exporter.strict_model import StrictModel

_APPLY: Mapping[str, frozenset[str]] = {
    "s3": frozenset({"key", "secret", "token", "endpoint_url", "region", "anonymous", "tls"}),
    "gcs": frozenset({"token", "project", "endpoint_url", "anonymous"}),
    "azure": frozenset(
        {
            "account_name",
            "account_key",
            "sas_token",
            "connection_string",
            "tenant_id",
            "client_id",
            "client_secret",
            "anonymous",
        }
    ),
    "sftp": frozenset({"username", "password", "private_key", "passphrase", "host_key"}),
    "http": frozenset({"auth", "headers", "tls", "redirects_to"}),
}
"""The options that each system has."""


def _service_address(url: str) -> str:
    if not url.startswith(("https://", "http://")):
        raise ValueError("is not an address; write https://host, with a port where needed")
    if "@" in url:
        raise ValueError("holds a user or a password; write `key` and `secret`")
    return url


def _host_key(line: str) -> str:
    if len(line.split()) != 2:
        raise ValueError("is not a key of a server; write its type and the key, such as `ssh-ed25519 AAAA...`")
    return line


class Storage(StrictModel):
    """Who reads files at an address, with the names that fsspec gives the options; each is of some systems only.

    Without credentials of S3, Google and Azure, those that the machine has are used: variables, profiles, and roles.
    """

    anonymous: bool = Field(default=False, description="S3, Google, Azure: send no credentials; for public files")
    endpoint_url: Annotated[str, AfterValidator(_service_address)] | None = Field(
        default=None, description="S3, Google: address of another server that speaks the same protocol"
    )
    key: Secret | None = Field(default=None, description="S3: id of the access key")
    secret: Secret | None = Field(default=None, description="S3: the secret access key")
    token: Secret | None = Field(
        default=None, description="S3: token of a session. Google: the JSON key of a service account"
    )
    region: str | None = Field(default=None, description="S3: region of the bucket")
    project: str | None = Field(default=None, description="Google: the project that pays for requests")
    account_name: str | None = Field(default=None, description="Azure: the storage account")
    account_key: Secret | None = Field(default=None, description="Azure: key of the account")
    sas_token: Secret | None = Field(default=None, description="Azure: a shared access signature")
    connection_string: Secret | None = Field(default=None, description="Azure: account and key in one text")
    tenant_id: str | None = Field(default=None, description="Azure: tenant of the application")
    client_id: str | None = Field(default=None, description="Azure: id of the application")
    client_secret: Secret | None = Field(default=None, description="Azure: secret of the application")
    username: str | None = Field(default=None, description="SFTP: the user")
    password: Secret | None = Field(default=None, description="SFTP: password of the user")
    private_key: Secret | None = Field(default=None, description="SFTP: private key of the user in PEM or OpenSSH form")
    passphrase: Secret | None = Field(default=None, description="SFTP: what opens the private key")
    host_key: Annotated[str, AfterValidator(_host_key)] | None = Field(
        default=None,
        description="SFTP: the server's public key, such as `ssh-ed25519 AAAA...`; if not given, that of known_hosts",
    )
    auth: Auth | None = Field(default=None, description="HTTP: who asks, as in `type: http`")
    headers: Mapping[str, HeaderValue] = Field(default={}, description="HTTP: sent with every request")
    tls: Tls = Field(default=Tls(), description="HTTP, S3: what TLS trusts and shows")
    redirects_to: Hosts = Field(
        default=(), description="HTTP: other hosts to which the server may redirect, without credentials: *.example.com"
    )

    def mistake(self, system: str) -> str:
        """Return what in these options does not fit a system; an empty text if all does."""
        if foreign := [name for name in type(self).model_fields if name in self._foreign(system)]:
            own = ", ".join(name for name in type(self).model_fields if name in _APPLY[system])
            return f"`{'`, `'.join(foreign)}` is not for {system} addresses; there are {own}"
        credentials = self._credentials()
        if self.anonymous and credentials:
            return f"`anonymous: true` sends no credentials; leave out `{credentials[0]}`"
        if system == "s3" and (self.key is None) != (self.secret is None):
            return "`key` and `secret` belong together; write both"
        if system == "gcs" and self.token is not None and not self._is_json_key():
            return "`token` is not the JSON key of a service account; take it from its file by `!file`"
        if system == "sftp" and self.passphrase and not self.private_key:
            return "`passphrase` opens `private_key`, which is not given"
        return ""

    def secrets(self) -> Iterator[str]:
        """Yield everything that no message may repeat."""
        for name in self._credentials():
            value = getattr(self, name)
            if isinstance(value, SecretStr):
                yield value.get_secret_value()
        for value in self.http_headers().values():
            yield value
            yield from value.split()[1:]
        if self.auth and self.auth.basic:
            yield self.auth.basic.password.get_secret_value()

    def http_headers(self) -> Mapping[str, str]:
        """Return the headers of every request over HTTP, credentials included."""
        own = {name: value.get_secret_value() for name, value in self.headers.items()}
        return own | dict([self.auth.as_header()] if self.auth else [])

    def reveal(self, name: str) -> str | None:
        """Return the text of an option that is a secret; None if it is not given."""
        value: SecretStr | None = getattr(self, name)
        return None if value is None else value.get_secret_value()

    def _foreign(self, system: str) -> frozenset[str]:
        return frozenset(self.model_fields_set) - _APPLY[system]

    def _credentials(self) -> list[str]:
        return [
            name
            for name in type(self).model_fields
            if isinstance(getattr(self, name), SecretStr)
            or (name in ("tenant_id", "client_id") and getattr(self, name))
        ]

    def _is_json_key(self) -> bool:
        text = self.reveal("token")
        if text == NOT_SET:
            return True
        try:
            return isinstance(json.loads(text or ""), dict)
        except ValueError:
            return False
