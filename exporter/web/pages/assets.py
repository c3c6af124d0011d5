"""The style sheet and the script, under names that change with their content."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from importlib.resources import files

from exporter.charts.style import BASE_STYLE
from exporter.web.pages.page_cache import CachedDocument


@dataclass(frozen=True)
class Asset:
    """A static file with its address below the board's."""

    path: str
    body: CachedDocument


def _asset(name: str, content_type: str, text: str) -> Asset:
    stem, ending = name.split(".")
    path = f"static/{stem}-{sha256(text.encode()).hexdigest()[:10]}.{ending}"
    return Asset(path, CachedDocument.of(text, f"{content_type}; charset=utf-8"))


def _source(name: str) -> str:
    return (files("exporter.web") / "static" / name).read_text(encoding="utf-8")


ASSETS: Mapping[str, Asset] = {
    "page.css": _asset("page.css", "text/css", BASE_STYLE + _source("board.css") + _source("kpi.css")),
    "page.js": _asset("page.js", "text/javascript", _source("page.js")),
}
