"""The API over HTTP: keys, and the limit of 960 requests a minute."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

from tests.servers.standin import HttpRequest, HttpResponse
from tests.vendors.pagerduty.account import PagerDutyAccount
from tests.vendors.pagerduty.api import Api, Refused
from tests.vendors.server import Fault, VendorServer, with_length

KEY = "y_NbAkKc66ryYTWUXYEu"
_RATE = 960
_MINUTE = 60.0


class PagerDutyServer(VendorServer):
    """An account behind a key; `lacking` are the paths that the key may not read.

    `seconds` is the clock by which requests are counted; without one there is no limit.
    """

    def __init__(self, account: PagerDutyAccount, seconds: Callable[[], float] | None = None, key: str = KEY) -> None:
        super().__init__(key)
        self.account = account
        self.limited = 0
        self._seconds = seconds
        self._sent: deque[float] = deque()
        self._api = Api(account)

    def answer(self, request: HttpRequest, fault: Fault) -> HttpResponse:
        """Return the document that is asked for, or the error that PagerDuty would answer."""
        if fault.status != 200:
            return Refused(fault.status, "Something went wrong").response
        if request.headers.get("Authorization") != f"Token token={self.key}":
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
        return with_length(document, fault, {})

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
