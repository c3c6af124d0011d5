"""Requests to a running exporter."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeVar

import requests

from exporter.analysis.definition import Analysis, Content
from exporter.analysis.parameters import RequestRefused, Texts

R = TypeVar("R")
A = TypeVar("A")

TIMEOUT = 60.0
_PIECE = 1 << 20


class Unreachable(Exception):
    """No exporter answers on the address."""


class Interrupted(Exception):
    """The exporter stopped in the middle of its answer."""


def send(
    address: str, path: str, texts: Texts, timeout: float = TIMEOUT, *, method: str = "GET", stream: bool = False
) -> requests.Response:
    """Return the response of the exporter on `address`; with `stream` its content is read as it comes.

    The address is `host:port`, or a URL where the exporter has TLS, users or a prefix.

    Raises `Unreachable`, and `RequestRefused` with the exporter's message.
    """
    base = address.rstrip("/") if "://" in address else f"http://{address}"
    try:
        response = requests.request(method, f"{base}{path}", params=dict(texts), timeout=timeout, stream=stream)
    except requests.RequestException:
        raise Unreachable(address) from None
    if not response.ok:
        raise RequestRefused(response.text.strip())
    return response


class RemoteAnalyses:
    """Asks the running exporter on `address` for analyses."""

    def __init__(self, address: str) -> None:
        self._address = address

    def answer(self, analysis: Analysis[R, A], texts: Texts) -> Content:
        """Return what the exporter answers; raises `Unreachable` too, and `Interrupted` while pieces are read."""
        response = send(self._address, analysis.path, texts, analysis.timeout, stream=analysis.streamed)
        media_type = response.headers["content-type"]
        return Content(media_type, _pieces(response) if analysis.streamed else response.content)


def _pieces(response: requests.Response) -> Iterator[bytes]:
    try:
        yield from response.iter_content(_PIECE)
    except requests.RequestException:
        raise Interrupted from None
