"""How large the parts of a request may be, and in which portions answers are handed over."""

from __future__ import annotations

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from exporter.web.http_stats import HttpStats, Refusal

LARGEST_HEAD = 16 * 1024
"""Bytes of a request's first line and headers."""

LONGEST_TARGET = 8 * 1024
"""Bytes of a path with its query."""

LARGEST_BODY = 64 * 1024
"""No address reads a body; what programs send all the same is small."""

PORTION = 64 * 1024
"""Bytes of an answer that wait for a client; it is given no more before it took them."""


class Sizes:
    """Wraps an application: refuses requests that are too large, and hands over large answers in portions."""

    def __init__(self, app: ASGIApp, stats: HttpStats) -> None:
        self._app = app
        self._stats = stats

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer by the application what is not refused."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def send_portions(message: Message) -> None:
            body: bytes = message.get("body", b"")
            for start in range(PORTION, len(body), PORTION):
                await send({**message, "body": body[start - PORTION : start], "more_body": True})
            rest = (len(body) - 1) // PORTION * PORTION
            await send({**message, "body": body[rest:]} if rest > 0 else message)

        refusal = self._refusal(scope)
        await (refusal or self._app)(scope, receive, send_portions)

    def _refusal(self, scope: Scope) -> PlainTextResponse | None:
        target = len(scope.get("raw_path", b"")) + len(scope["query_string"])
        head = target + sum(len(name) + len(value) + 4 for name, value in scope["headers"])
        length = Headers(scope=scope).get("content-length", "0")
        if head > LARGEST_HEAD:  # what comes in one packet was not too long to wait for its end
            refusal = PlainTextResponse(f"a head may have {LARGEST_HEAD:,} bytes\n", 431)
        elif target > LONGEST_TARGET:
            refusal = PlainTextResponse(f"a path with its query may have {LONGEST_TARGET:,} bytes\n", 414)
        elif len(length) > len(str(LARGEST_BODY)) or int(length) > LARGEST_BODY:
            refusal = PlainTextResponse(f"a body may have {LARGEST_BODY:,} bytes\n", 413)
        else:
            return None
        self._stats.refused[Refusal.TOO_LARGE] += 1
        return refusal
