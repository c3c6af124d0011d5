"""The API over HTTP: keys and their permissions, versions, and the errors that Stripe answers."""

from __future__ import annotations

import time
from collections.abc import Callable

from tests.servers.standin import HttpRequest, HttpResponse
from tests.vendors.server import Fault, VendorServer, with_length
from tests.vendors.stripe.api import Account, Api
from tests.vendors.stripe.objects import Document
from tests.vendors.stripe.query import Refused
from tests.vendors.stripe.shapes import VERSION

KEY = "rk_live_standin0123456789"


_MESSAGES = {
    409: ("The request conflicts with another request.", ""),
    429: ("Request rate limit exceeded.", "rate_limit"),
    500: ("An unknown error occurred", ""),
}


class StripeServer(VendorServer):
    """An account behind a key; `answered` is called with each request and each document answered."""

    def __init__(self, account: Account, key: str = KEY) -> None:
        super().__init__(key)
        self.account = account
        self.answered: Callable[[HttpRequest, Document], None] = lambda request, document: None
        self._api = Api(account)

    def answer(self, request: HttpRequest, fault: Fault) -> HttpResponse:
        """Return the document that is asked for, or the error that Stripe would answer."""
        if fault.seconds:
            time.sleep(fault.seconds)
        try:
            self._admit(request)
            if fault.status != 200:
                message, code = _MESSAGES[fault.status]
                raise Refused(fault.status, message, "api_error", **({"code": code} if code else {}))
            document = self._api.answer(request.path, request.query)
        except Refused as refused:
            return HttpResponse(refused.document, refused.status, self._headers(refused.status))
        self.answered(request, document)
        return with_length(document, fault, self._headers())

    def _headers(self, status: int = 200) -> dict[str, str]:
        limited = {"Stripe-Rate-Limited-Reason": "global-rate"} if status == 429 else {}
        return {"Request-Id": f"req_{self.count:07d}", "Stripe-Version": VERSION, **limited}

    def _admit(self, request: HttpRequest) -> None:
        """Refuse a request with a wrong key, without a permission, in another version, or that changes something."""
        headers = {name.lower(): value for name, value in request.headers.items()}
        scheme, _, key = headers.get("authorization", "").partition(" ")
        if not key:
            raise Refused(401, "You did not provide an API key.")
        if scheme.lower() != "bearer" or key != self.key:
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
