"""What is said to an HTTP server, and what it answers."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Protocol

from pydantic import ByteSize, SecretStr

from exporter.records.batch import SourceFailed
from exporter.sources.endpoint import Tls
from exporter.sources.exact_json import MOST_VALUES, TooManyValues, parse_json
from exporter.sources.request_rate import Rate


class Server(Protocol):
    """What a session has to know of the server that its credentials are for."""

    @property
    def url(self) -> SecretStr:
        """The address, with what the paths have in common."""

    @property
    def tls(self) -> Tls:
        """What TLS trusts and shows."""

    @property
    def max_body(self) -> ByteSize:
        """The longest answer that is read."""

    @property
    def max_values(self) -> int:
        """The most values of one JSON document that are read."""

    @property
    def redirects_to(self) -> Sequence[str]:
        """The other hosts to which it may redirect."""

    def all_headers(self) -> Mapping[str, str]:
        """Return the headers of every request, credentials included."""

    def secrets(self) -> Iterator[str]:
        """Yield everything that no message may repeat."""


@dataclass(frozen=True)
class RequestRules:
    """What a kind of source knows of its server beside what HTTP says.

    Attributes:
        rate: How many requests the server allows; None sends them as they come.
        transient: The statuses that another attempt may not have, beside 429, 502, 503 and 504: such as 409 and 500.
        credentials: The option that holds the credentials, for a message about a refusal.
    """

    rate: Rate | None = None
    transient: frozenset[int] = frozenset()
    credentials: str = "auth"


@dataclass(frozen=True)
class Request:
    """A request to an absolute URL, with parameters for its query string or, in a POST without `json`, its form.

    A parameter may be repeated: `(("types[]", "a"), ("types[]", "b"))`.
    """

    url: str
    params: tuple[tuple[str, str], ...] = ()
    method: str = "GET"
    headers: tuple[tuple[str, str], ...] = ()
    json: object = None
    """The body of a POST as JSON, with the parameters in the query string; None sends no such body."""

    def with_param(self, name: str, value: str) -> Request:
        """Return the request with a parameter, which replaces any of the same name."""
        others = tuple(pair for pair in self.params if pair[0] != name)
        return replace(self, params=(*others, (name, value)))


@dataclass(frozen=True)
class Reply:
    """An answer of a server with a status below 300."""

    body: bytes
    next_link: str | None
    """The absolute URL of the Link header's `next`, if there is one."""
    most_values: int = MOST_VALUES

    @cached_property
    def document(self) -> object:
        """The body as JSON with exact numbers; a value that is not UTF-8 stays visible as such."""
        try:
            text = self.body.decode(json.detect_encoding(self.body), errors="surrogateescape")
            return parse_json(text, self.most_values)
        except TooManyValues:
            raise SourceFailed(
                f"the server's answer holds more than {self.most_values:,} values; ask for it in pages, or raise "
                "`max_values`"
            ) from None
        except ValueError:
            raise SourceFailed("the server's answer is not JSON; is the address right?") from None


@dataclass(frozen=True)
class Download:
    """A body that was written to a file, and what marks its version, if the server says so."""

    etag: str
    modified: str
