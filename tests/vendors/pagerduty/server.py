"""The API over HTTP: keys, the limit of 960 requests a minute, and whatever goes wrong on the way."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Callable, Collection
from types import TracebackType

from tests.servers.standin import HttpRequest, HttpResponse, Standin
from tests.vendors.pagerduty.account import PagerDutyAccount
from tests.vendors.pagerduty.api import Api, Refused
from tests.vendors.stripe.server import Fault

KEY = "y_NbAkKc66ryYTWUXYEu"
_RATE = 960
_MINUTE = 60.0


class PagerDutyServer:
    """`with` runs it. `fault` is asked for each request, with its number from 1, what is to go wrong with it.

    `lacking` are the paths that the key may not read. `seconds` is the clock by which requests are counted; without one
    there is no limit.
    """

    def __init__(self, account: PagerDutyAccount, seconds: Callable[[], float] | None = None, key: str = KEY) -> None:
        self.account = account
        self.fault: Callable[[int], Fault | None] = lambda _: None
        self.lacking: Collection[str] = ()
        self.count = 0
        self.limited = 0
        self._key = key
        self._seconds = seconds
        self._sent: deque[float] = deque()
        self._api = Api(account)
        self._server = Standin(self._answer)
        self.url = self._server.url

    @property
    def requests(self) -> list[HttpRequest]:
        """Every request in the order of arrival."""
        return self._server.requests

    def __enter__(self) -> PagerDutyServer:
        self._server.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.__exit__(kind, error, trace)

    def _answer(self, request: HttpRequest) -> HttpResponse:
        self.count += 1
        fault = self.fault(self.count)
        if fault is not None and fault.status != 200:
            return Refused(fault.status, "Something went wrong").response
        if request.headers.get("Authorization") != f"Token token={self._key}":
            return HttpResponse({"error": {"message": "Unauthorized", "code": 2006}}, 401)
        if request.path.strip("/") in self.lacking:
            return Refused(403, "Access Denied").response
        if (wait := self._until_allowed()) > 0:
            self.limited += 1
            refused = Refused(429, "Rate Limit Exceeded").response
            return HttpResponse(refused.document, 429, {"ratelimit-reset": f"{wait:.0f}"})
        try:
            document = self._api.answer(request)
        except Refused as refused:
            return refused.response
        body = json.dumps(document).encode()
        if fault is not None and fault.cut:
            return HttpResponse(headers={"Content-Length": str(len(body))}, pieces=[body[: len(body) // 2]])
        return HttpResponse(pieces=[body], headers={"Content-Length": str(len(body))})

    def _until_allowed(self) -> float:
        """Count a request, and return the seconds until one is allowed again if there were too many."""
        if self._seconds is None:
            return 0.0
        now = self._seconds()
        while self._sent and now - self._sent[0] >= _MINUTE:
            self._sent.popleft()
        if len(self._sent) >= _RATE:
            return max(1.0, self._sent[0] + _MINUTE - now)
        self._sent.append(now)
        return 0.0
