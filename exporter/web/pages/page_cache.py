"""What was rendered, kept for whoever asks next: as bytes, compressed, with the tag by which a browser knows it."""

from __future__ import annotations

import gzip
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from threading import Lock

from prometheus_client.exposition import gzip_accepted
from starlette.requests import Request
from starlette.responses import Response

from exporter.calendar.clock import Clock

MOST = 16
"""How many documents are kept: what some readers look at. A board of 170 KPIs is 400 kB."""

FRESH = timedelta(seconds=20)
"""How old the ages in a document may become while the exporter finds nothing new."""


@dataclass(frozen=True)
class CachedDocument:
    """One document."""

    content_type: str
    plain: bytes
    gzipped: bytes
    tag: str

    @classmethod
    def of(cls, text: str, content_type: str = "text/html; charset=utf-8") -> CachedDocument:
        plain = text.encode()
        tag = f'W/"{sha256(plain).hexdigest()[:20]}"'
        return cls(content_type, plain, gzip.compress(plain, 6, mtime=0), tag)

    def answer(self, request: Request, caching: str = "private, no-cache") -> Response:
        """The document, or that the browser has it already."""
        headers = {"etag": self.tag, "vary": "Accept-Encoding", "cache-control": caching}
        known = request.headers.get("if-none-match", "")
        if self.tag in (each.strip() for each in known.split(",")):
            return Response(status_code=304, headers=headers)
        headers["content-type"] = self.content_type
        if gzip_accepted(request.headers.get("accept-encoding", "")):
            return Response(self.gzipped, headers={**headers, "content-encoding": "gzip"})
        return Response(self.plain, headers=headers)


class PageCache:
    """Documents by what they show, as long as that is the same; may be asked from several threads."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = Clock.of(clock)
        self._lock = Lock()
        self._shown: object = None
        self._since = self._clock.mark()
        self._bodies: dict[Hashable, CachedDocument] = {}

    def get(self, shown: object, key: Hashable, render: Callable[[], CachedDocument]) -> CachedDocument:
        """The document of `key`, rendered anew when `shown` is another object than before, or it is no more fresh."""
        with self._lock:
            if shown is not self._shown or self._clock.passed(self._since) >= FRESH.total_seconds():
                self._shown, self._since = shown, self._clock.mark()
                self._bodies.clear()
            found = self._bodies.get(key)
        if found is None:
            found = render()
            with self._lock:
                if shown is self._shown:
                    while len(self._bodies) >= MOST:
                        del self._bodies[next(iter(self._bodies))]
                    self._bodies[key] = found
        return found
