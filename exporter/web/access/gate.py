"""The gate: how many may come, who they are, and the headers that the web configuration adds to what they get."""

from __future__ import annotations

import ssl
from collections.abc import Mapping, Sequence
from math import ceil
from pathlib import Path

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from exporter.catalogue.reading.problems import CatalogueError, Place, Problem
from exporter.web.access.passwords import Passwords, TooBusy, credentials
from exporter.web.access.rate_limit import Bucket
from exporter.web.access.rights import FULL, LEAST, Rights, load_access
from exporter.web.access.settings_file import WatchedFile
from exporter.web.access.tls import NewestContext
from exporter.web.access.web_config import WebConfig, load_web_config

RIGHTS = "kpi_exporter.rights"
"""The key of a scope under which the visitor's rights stand."""


class AccessFiles:
    """The web configuration and the rights, as the files say now; without files nothing is limited.

    Raises:
        CatalogueError: A file cannot be used, or limits users where there are none.
    """

    def __init__(self, web_config: Path | None = None, access: Path | None = None) -> None:
        self._with_tls: bool | None = None
        self._web_config = WatchedFile(web_config, self._load_web_config) if web_config else None
        self._access = WatchedFile(access, load_access) if access else None
        if access and not self.web_config.users:
            message = "names users, and --web.config.file has no `basic_auth_users`"
            raise CatalogueError([Problem(Place(access, 0, 0, ""), "users", message)])

    @property
    def web_config(self) -> WebConfig:
        """What the web configuration says now."""
        return self._web_config.current if self._web_config else _OPEN

    def web_config_loaded(self) -> bool | None:
        """Return whether the web configuration is as the file says now; None without a file."""
        return self._web_config.loaded if self._web_config else None

    def _load_web_config(self, file: Path) -> tuple[WebConfig, Sequence[Path]]:
        """Read the web configuration; refuse to begin or to end TLS while connections are served."""
        config, named = load_web_config(file)
        with_tls = config.tls is not None
        if self._with_tls not in (None, with_tls):
            message = f"TLS cannot {'begin' if with_tls else 'end'} while the exporter runs; start it anew"
            raise CatalogueError([Problem(Place(file, 0, 0, ""), "tls_server_config", message)])
        self._with_tls = with_tls
        return config, named

    def tls(self) -> ssl.SSLContext | None:
        """Return the context of the server, which takes the newest certificate for each connection; None for HTTP."""
        return NewestContext(self._newest_context) if self.web_config.tls else None

    def _newest_context(self) -> ssl.SSLContext:
        context = self.web_config.tls
        assert context is not None, "TLS does not end while the exporter runs"
        return context

    def rights(self, user: str) -> Rights:
        """Return what a user may see now."""
        if self._access is None:
            return FULL
        rights: Mapping[str, Rights] = self._access.current
        return rights.get(user, LEAST)


_OPEN = WebConfig()


class Gate:
    """Wraps an application: lets in who has a right password, and notes in the scope what that user may see."""

    def __init__(self, app: ASGIApp, files: AccessFiles, passwords: Passwords) -> None:
        self._app = app
        self._files = files
        self._passwords = passwords
        self._bucket = Bucket()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer by the application if the visitor is let in."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        config = self._files.web_config

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in config.headers.items():
                    headers.setdefault(name, value)
            await send(message)

        app = await self._refusal(scope, config) or self._app
        await app(scope, receive, send_with_headers)

    async def _refusal(self, scope: Scope, config: WebConfig) -> PlainTextResponse | None:
        """Return why the visitor is not let in; None, with the rights noted, for one who is."""
        if seconds := self._bucket.wait(config.rate_limit):
            return PlainTextResponse("too many requests\n", 429, {"retry-after": str(ceil(seconds))})
        scope[RIGHTS] = FULL
        if not config.users:
            return None
        login = credentials(Headers(scope=scope).get("authorization", ""))
        try:
            if login is None or not await self._passwords.is_right(config.users, *login):
                challenge = {"www-authenticate": 'Basic realm="kpi-exporter", charset="UTF-8"'}
                return PlainTextResponse("a user and a password, please\n", 401, challenge)
        except TooBusy:
            return PlainTextResponse("too many passwords are checked at once\n", 503, {"retry-after": "1"})
        scope[RIGHTS] = self._files.rights(login[0])
        return None
