"""The style sheet and the script: served from this host under names that change with their text."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from importlib.resources import files

from exporter.web.pages.kept import Body

PARTS = {
    "page.css": ("text/css", ("base.css", "board.css", "kpi.css")),
    "page.js": ("text/javascript", ("page.js",)),
}


@dataclass(frozen=True)
class Asset:
    path: str
    body: Body


def _asset(name: str, content_type: str, parts: tuple[str, ...]) -> Asset:
    text = "".join(source(part) for part in parts)
    stem, ending = name.split(".")
    path = f"/static/{stem}-{sha256(text.encode()).hexdigest()[:10]}.{ending}"
    return Asset(path, Body.of(text, f"{content_type}; charset=utf-8"))


def source(name: str) -> str:
    """A file of the folder `static`."""
    return (files("exporter.web") / "static" / name).read_text(encoding="utf-8")


ASSETS: Mapping[str, Asset] = {name: _asset(name, *found) for name, found in PARTS.items()}
