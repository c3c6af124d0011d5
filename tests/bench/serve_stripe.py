"""The server that `stripe` measures against: a Stripe account of any size; how many requests came is at `/requests`."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

from tests.vendors.stripe.api import Api
from tests.vendors.stripe.large import LargeAccount
from tests.vendors.stripe.query import Refused


def handler(account: LargeAccount) -> type[BaseHTTPRequestHandler]:
    api = Api(account)
    routes: dict[str, Callable[[], object]] = {"/-/healthy": lambda: "ok", "/requests": lambda: Handler.requests}

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True  # else a body waits for the acknowledgement of its head
        requests = 0

        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            status, document = 200, None
            if parts.path in routes:
                document = routes[parts.path]()
            else:
                Handler.requests += 1
                account.now = int(time.time())
                try:
                    document = api.answer(parts.path, parts.query)
                except Refused as refused:
                    status, document = refused.status, refused.document
            body = json.dumps(document).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args: object) -> None:
            """Say nothing."""

    return Handler


def main(address: str, count: str, months: str) -> None:
    host, _, port = address.rpartition(":")
    account = LargeAccount(int(time.time()), int(count), int(months))
    ThreadingHTTPServer((host, int(port)), handler(account)).serve_forever()


if __name__ == "__main__":
    main(*sys.argv[1:])
