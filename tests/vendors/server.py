"""What the stand-in of every vendor has: a key and its permissions, and whatever goes wrong on the way."""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass

from tests.servers.standin import HttpRequest, HttpResponse, Service, Standin


@dataclass(frozen=True)
class Fault:
    """What happens to one request instead of its answer: an error, a body that is cut, or an answer that is late."""

    status: int = 200
    cut: bool = False
    seconds: float = 0.0


RATE_LIMITED = Fault(429)
CONFLICT = Fault(409)
BROKEN = Fault(500)
CUT = Fault(cut=True)


class VendorServer(Service, ABC):
    """`with` runs it. `fault` is asked for each request, with its number from 1, what is to go wrong with it.

    `lacking` is what the key may not read, by the vendor's name for it.
    """

    def __init__(self, key: str) -> None:
        self.fault: Callable[[int], Fault | None] = lambda _: None
        self.lacking: Collection[str] = ()
        self.count = 0
        self.key = key
        self._server = Standin(self._counted)
        self.url = self._server.url

    @property
    def requests(self) -> list[HttpRequest]:
        """Every request in the order of arrival."""
        return self._server.requests

    @abstractmethod
    def answer(self, request: HttpRequest, fault: Fault) -> HttpResponse:
        """Return the answer to a request, which `fault` may say is an error."""

    def _counted(self, request: HttpRequest) -> HttpResponse:
        self.count += 1
        return self.answer(request, self.fault(self.count) or Fault())


def with_length(document: object, fault: Fault, headers: Mapping[str, str]) -> HttpResponse:
    """Return an answer that says how long it is, cut in the middle where that is its fault."""
    body = json.dumps(document).encode()
    pieces = [body[: len(body) // 2] if fault.cut else body]
    return HttpResponse(headers={**headers, "Content-Length": str(len(body))}, pieces=pieces)
