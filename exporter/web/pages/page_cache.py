"""Rendered documents, cached as bytes, compressed, and with the ETag by which a browser recognises them."""

from __future__ import annotations

import gzip
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from threading import Lock

from cachetools import TTLCache
from starlette.requests import Request
from starlette.responses import Response

from exporter.calendar.clock import Clock
from exporter.web.negotiation import gzip_preferred

MOST = 16
"""Documents in the cache, enough for a few readers. A board of 170 KPIs is 400 kB."""

FRESH = timedelta(seconds=20)
"""How old the ages in a document may become while the exporter takes no new snapshot."""


@dataclass(frozen=True)
class CachedDocument:
    """One document with its content type and its ETag."""

    content_type: str
    plain: bytes
    gzipped: bytes
    tag: str

    @classmethod
    def of(cls, text: str, content_type: str = "text/html; charset=utf-8") -> CachedDocument:
        """Encode, compress and tag a text."""
        plain = text.encode()
        tag = f'W/"{sha256(plain).hexdigest()[:20]}"'
        return cls(content_type, plain, gzip.compress(plain, 6, mtime=0), tag)

    def answer(self, request: Request, caching: str = "private, no-cache") -> Response:
        """Answer with the document, or with 304 where the browser has it already."""
        headers = {"etag": self.tag, "vary": "Accept-Encoding", "cache-control": caching}
        tags = request.headers.get("if-none-match", "").split(",")
        if self.tag in (tag.strip() for tag in tags):
            return Response(status_code=304, headers=headers)
        headers["content-type"] = self.content_type
        if gzip_preferred(request.headers.get("accept-encoding", "")):
            return Response(self.gzipped, headers={**headers, "content-encoding": "gzip"})
        return Response(self.plain, headers=headers)


class PageCache:
    """Caches documents by key while the snapshot is the same object, each for at most `FRESH`; thread-safe."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        steady = Clock.of(clock)
        self._lock = Lock()
        self._snapshot: object = None
        self._documents: TTLCache[Hashable, CachedDocument] = TTLCache(
            MOST, FRESH.total_seconds(), timer=lambda: steady.mark().seconds
        )

    def get(self, snapshot: object, key: Hashable, render: Callable[[], CachedDocument]) -> CachedDocument:
        """Return the document of `key`; render it where it is not cached, too old, or of another snapshot."""
        with self._lock:
            if snapshot is not self._snapshot:
                self._snapshot = snapshot
                self._documents.clear()
            document = self._documents.get(key)
        if document is None:
            document = render()
            with self._lock:
                if snapshot is self._snapshot:
                    self._documents[key] = document
        return document
