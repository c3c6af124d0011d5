"""The API over HTTP: keys and their permissions, versions, limits, and whatever goes wrong on the way."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Collection
from dataclasses import dataclass
from types import TracebackType

from tests.servers.standin import HttpRequest, HttpResponse, Standin
from tests.vendors.stripe.account import StripeAccount
from tests.vendors.stripe.api import Api
from tests.vendors.stripe.objects import Document
from tests.vendors.stripe.query import Refused
from tests.vendors.stripe.shapes import VERSION

KEY = "rk_live_standin0123456789"


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
_MESSAGES = {
    409: ("The request conflicts with another request.", ""),
    429: ("Request rate limit exceeded.", "rate_limit"),
    500: ("An unknown error occurred", ""),
}


class StripeServer:
    """`with` runs it. `fault` is asked for each request, with its number from 1, what is to go wrong with it.

    `permissions` are those that the key lacks. `answered` is called with each request and each document answered.
    """

    def __init__(self, account: StripeAccount, key: str = KEY) -> None:
        self.account = account
        self.fault: Callable[[int], Fault | None] = lambda _: None
        self.lacking: Collection[str] = ()
        self.answered: Callable[[HttpRequest, Document], None] = lambda request, document: None
        self.count = 0
        self._key = key
        self._api = Api(account)
        self._server = Standin(self._answer)
        self.url = self._server.url

    @property
    def requests(self) -> list[HttpRequest]:
        """Every request in the order of arrival."""
        return self._server.requests

    def __enter__(self) -> StripeServer:
        self._server.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.__exit__(kind, error, trace)

    def _answer(self, request: HttpRequest) -> HttpResponse:
        self.count += 1
        fault = self.fault(self.count) or Fault()
        if fault.seconds:
            time.sleep(fault.seconds)
        try:
            self._admit(request)
            if fault.status != 200:
                message, code = _MESSAGES[fault.status]
                raise Refused(fault.status, message, "api_error", **({"code": code} if code else {}))
            document = self._api.answer(request.path, request.query)
        except Refused as refused:
            return self._response(refused.document, refused.status)
        self.answered(request, document)
        response = self._response(document)
        if fault.cut:
            body = json.dumps(document).encode()
            headers = {**response.headers, "Content-Length": str(len(body))}
            return HttpResponse(status=200, headers=headers, pieces=[body[: len(body) // 2]])
        return response

    def _response(self, document: Document, status: int = 200) -> HttpResponse:
        headers = {"Request-Id": f"req_{self.count:07d}", "Stripe-Version": VERSION}
        if status == 429:
            headers["Stripe-Rate-Limited-Reason"] = "global-rate"
        return HttpResponse(document, status, headers)

    def _admit(self, request: HttpRequest) -> None:
        """Refuse a request with a wrong key, without a permission, in another version, or that changes something."""
        headers = {name.lower(): value for name, value in request.headers.items()}
        scheme, _, key = headers.get("authorization", "").partition(" ")
        if not key:
            raise Refused(401, "You did not provide an API key.")
        if scheme.lower() != "bearer" or key != self._key:
            raise Refused(401, f"Invalid API Key provided: {key[:8]}{'*' * 8}{key[-4:]}")
        permission = self._api.permission(request.path)
        if permission in self.lacking:
            message = (
                f"The provided key '{key[:8]}{'*' * 8}{key[-4:]}' does not have the required permissions for this "
                f"endpoint on account 'acct_standin'. Having the '{permission}' permission would allow this request "
                "to continue."
            )
            raise Refused(403, message, code="more_permissions_required")
        if headers.get("stripe-version") != VERSION:
            raise Refused(400, f"Invalid Stripe API version: {headers.get('stripe-version')}")
        if request.method != "GET":
            raise Refused(403, "The key may read only.", code="more_permissions_required")
