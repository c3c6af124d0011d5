"""The options of a source that is reached over HTTP: address, credentials, TLS and limits."""

from __future__ import annotations

from abc import abstractmethod
from base64 import b64encode
from collections.abc import Iterator, Mapping
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, ByteSize, Field, SecretStr, model_validator

from exporter.sources.exact_json import MOST_VALUES
from exporter.sources.interface import NOT_SET, FilePath, Options
from exporter.sources.redirects import Hosts
from exporter.strict_model import StrictModel


def _text(value: object) -> object:
    if isinstance(value, bool):
        return str(value).lower()
    return str(value) if isinstance(value, int | float) else value


def _header_value(secret: SecretStr) -> SecretStr:
    value = secret.get_secret_value()
    if not (value.isascii() and value.isprintable()):
        raise ValueError("has a line break or another character that an HTTP header cannot carry")
    return secret


def _address(secret: SecretStr) -> SecretStr:
    if secret.get_secret_value() == NOT_SET:
        return secret
    try:
        parts = urlsplit(secret.get_secret_value())
        usable = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:
        usable = False
    if not usable:
        raise ValueError("is not an address; write https://host, with a port and a path where needed")
    if parts.username is not None or parts.password is not None:
        raise ValueError("holds a user or a password; write them under `auth`")
    if parts.query or parts.fragment:
        raise ValueError("goes on after the path; leave out what follows `?` or `#`")
    return secret


Secret = Annotated[SecretStr, BeforeValidator(_text)]
"""A text, or a number that stands for one, which no error, log or repr shows."""

HeaderValue = Annotated[Secret, AfterValidator(_header_value)]


class Basic(StrictModel):
    """User name and password, as HTTP sends them in Basic authentication."""

    username: str
    password: Secret


class Header(StrictModel):
    """A header that carries the credentials."""

    name: str = Field(pattern=r"^[!#$%&'*+.^_`|~0-9A-Za-z-]+$", description="name of the header")
    value: HeaderValue


class Auth(StrictModel):
    """Who asks, in one of three ways."""

    bearer: HeaderValue | None = Field(default=None, description="a token, sent as `Authorization: Bearer`")
    basic: Basic | None = Field(default=None, description="user name and password")
    header: Header | None = Field(default=None, description="a header of the server's own, such as X-Api-Key")

    @model_validator(mode="after")
    def _one_way(self) -> Auth:
        if sum(way is not None for way in (self.bearer, self.basic, self.header)) != 1:
            raise ValueError("give one of `bearer`, `basic` and `header`")
        return self

    def as_header(self) -> tuple[str, str]:
        """Return the name and the value of the header that authenticates a request."""
        if self.header is not None:
            return self.header.name, self.header.value.get_secret_value()
        if self.basic is not None:
            pair = f"{self.basic.username}:{self.basic.password.get_secret_value()}"
            return "Authorization", f"Basic {b64encode(pair.encode()).decode()}"
        assert self.bearer is not None
        return "Authorization", f"Bearer {self.bearer.get_secret_value()}"


class Tls(StrictModel):
    """What TLS trusts and shows. The server's certificate is always verified."""

    ca: FilePath | None = Field(
        default=None, description="PEM file of the authorities to trust, instead of the usual ones"
    )
    cert: FilePath | None = Field(default=None, description="PEM file of the client's certificate")
    key: FilePath | None = Field(default=None, description="PEM file of its key, if that is not in `cert`")

    @model_validator(mode="after")
    def _key_of_a_certificate(self) -> Tls:
        if self.key and not self.cert:
            raise ValueError("`key` is given without `cert`")
        return self


Url = Annotated[SecretStr, AfterValidator(_address)]
"""The address of a server, without credentials and parameters."""


class Remote(Options):
    """Base of the options of a source that sends requests over HTTP, whatever carries its credentials."""

    url: Url = Field(description="https://host, with port and path if needed")
    tls: Tls = Tls()
    max_body: ByteSize = Field(
        default=ByteSize(64 * 1024**2), gt=0, description="longest answer, decompressed: 64MiB, 10MB, ..."
    )
    max_values: int = Field(
        default=MOST_VALUES, gt=0, description="most values in one answer: numbers, texts, lists and objects"
    )
    redirects_to: Hosts = Field(
        default=(), description="other hosts to which the server may redirect, without credentials: *.example.com"
    )

    @abstractmethod
    def all_headers(self) -> Mapping[str, str]:
        """Return the headers of every request, credentials included."""

    def secrets(self) -> Iterator[str]:
        """Yield every secret option, the values of all headers, and what stands in them behind a scheme."""
        yield from super().secrets()
        for value in self.all_headers().values():
            yield value
            yield from value.split()[1:]


class Endpoint(Remote):
    """Base of the options of a source whose server's address and credentials the catalogue gives."""

    auth: Auth | None = None
    headers: Mapping[str, HeaderValue] = Field(default={}, description="sent with every request")

    def all_headers(self) -> Mapping[str, str]:
        """Return the headers of every request, credentials included."""
        own = {name: value.get_secret_value() for name, value in self.headers.items()}
        return own | dict([self.auth.as_header()] if self.auth else [])
