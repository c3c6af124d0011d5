"""Addresses of the pages, which keep the theme that the reader chose and hold below any prefix of a proxy."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import quote, urlencode

from starlette.requests import Request

HERE = "./"
"""The board's address on the board itself."""


@dataclass(frozen=True)
class PageLinks:
    """`theme` is `light` or `dark`, empty where the reader's system decides.

    `root` leads from the page that has the links to the board, such as `../../`.
    """

    theme: str = ""
    root: str = HERE

    def to(self, path: str, query: Iterable[tuple[str, str]] = (), fragment: str = "") -> str:
        """Return the address of a page, of which `path` begins at the board, without the parts that are empty."""
        parts = [(name, value) for name, value in query if value]
        if self.theme:
            parts.append(("theme", self.theme))
        encoded = f"?{urlencode(parts)}" if parts else ""
        return f"{self.root}{path.removeprefix('/')}{encoded}{f'#{fragment}' if fragment else ''}"

    def company(self, name: str) -> str:
        """Return the address of the board of a company."""
        return self.to("/", [("company", name)])

    def kpi(self, company: str, id_: str, time_range: str = "") -> str:
        """Return the address of a KPI's page; with a time range, of its history."""
        return self.to(f"/kpi/{quote(company)}/{quote(id_)}", [("range", time_range)], "time" if time_range else "")

    def sources(self, company: str = "", source: str = "") -> str:
        """Return the address of the sources of a company, or of all; with a source, of its row."""
        return self.to("/sources", [("company", company)], source and f"{company}-{source}")


def root_from(request: Request) -> str:
    """Return the relative address of the board from the page that was requested."""
    path: bytes = request.scope.get("raw_path") or quote(request.scope["path"]).encode()
    return "../" * (path.count(b"/") - 1) or HERE
