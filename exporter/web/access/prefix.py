"""The addresses under which the exporter is seen: `--web.external-url`, `--web.route-prefix`."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

from starlette.responses import PlainTextResponse, RedirectResponse
from starlette.types import ASGIApp, Receive, Scope, Send


@dataclass(frozen=True)
class ExternalUrl:
    """The URL under which browsers reach the exporter: its `origin` and its `path`, without a slash at the end."""

    origin: str = ""
    path: str = ""
    host: str = ""

    @classmethod
    def of(cls, text: str) -> ExternalUrl:
        """Read a URL such as `https://example.com/kpi/`; an empty text is none.

        Raises:
            ValueError: It is not a URL of HTTP, or has more than scheme, host and path.
        """
        if not text:
            return cls()
        parts = urlsplit(text)
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.username or parts.query:
            raise ValueError(f"{text!r} is not a URL; write for example https://example.com/kpi/")
        port = parts.port
        usual = port in (None, {"http": 80, "https": 443}[parts.scheme])
        host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
        return cls(f"{parts.scheme}://{host}{'' if usual else f':{port}'}", parts.path.rstrip("/"), host)


def route_prefix(text: str | None, external: ExternalUrl) -> str:
    """Return the prefix of all paths, such as `/kpi`, empty for none; without `text` the path of the external URL."""
    prefix = external.path if text is None else text
    return f"/{prefix.strip('/')}" if prefix.strip("/") else ""


class Prefix:
    """Wraps an application so that it answers below a prefix; `/` leads there."""

    def __init__(self, app: ASGIApp, prefix: str) -> None:
        self._app = app
        self._prefix = prefix

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer by the application with the prefix taken off the path."""
        if scope["type"] != "http" or not self._prefix:
            await self._app(scope, receive, send)
            return
        path: str = scope["path"]
        if path.startswith(f"{self._prefix}/"):
            raw: bytes = scope.get("raw_path") or path.encode()
            # In the scope itself, so that an error page of the outermost layer links to the right addresses too.
            scope["path"], scope["raw_path"] = path[len(self._prefix) :], raw[len(self._prefix) :]
            await self._app(scope, receive, send)
        elif path in ("/", self._prefix):
            # Relative, as a proxy may have a prefix of its own.
            relative = self._prefix[1:] if path == "/" else self._prefix.rpartition("/")[2]
            await RedirectResponse(f"{relative}/", 302)(scope, receive, send)
        else:
            refusal = PlainTextResponse(f"there is no page {path}; all begin with {self._prefix}/\n", 404)
            await refusal(scope, receive, send)
