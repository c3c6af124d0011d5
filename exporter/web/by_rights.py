"""What each visitor may see: all, the scraped paths only, or some of the companies."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from cachetools import LRUCache
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from exporter.web.access.gate import RIGHTS
from exporter.web.access.rights import FULL, Rights

_MOST = 32
"""Applications for some of the companies that are kept, each with its rendered pages."""


class ByRights:
    """Wraps the application: refuses paths that a visitor may not have, and shows each only companies of theirs.

    `limited` returns an application for some of the companies, to which the others do not exist.
    """

    def __init__(self, app: ASGIApp, limited: Callable[[frozenset[str]], ASGIApp]) -> None:
        self._app = app
        self._limited = limited
        self._by_companies: LRUCache[frozenset[str], ASGIApp] = LRUCache(_MOST)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer as the rights in the scope say."""
        rights: Rights = scope.get(RIGHTS, FULL)
        app = self._app
        if scope["type"] == "http" and not rights.allows(scope["path"]):
            app = PlainTextResponse("this user may not see that; see --web.access.file\n", 403)
        elif rights.companies is not None:
            app = await self._of(rights.companies)
        await app(scope, receive, send)

    async def _of(self, companies: frozenset[str]) -> ASGIApp:
        app = self._by_companies.get(companies)
        if app is None:
            app = await asyncio.to_thread(self._limited, companies)  # which renders a first time
            self._by_companies[companies] = app
        return app
