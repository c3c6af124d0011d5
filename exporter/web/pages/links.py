"""Addresses of the pages, which keep the theme that the reader chose."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import quote, urlencode


@dataclass(frozen=True)
class Links:
    """`theme` is `light` or `dark`, empty where the reader's system decides."""

    theme: str = ""

    def to(self, path: str, query: Iterable[tuple[str, str]] = (), fragment: str = "") -> str:
        """A page with these parts of a query; empty ones are left out."""
        parts = [(name, value) for name, value in query if value]
        if self.theme:
            parts.append(("theme", self.theme))
        asked = f"?{urlencode(parts)}" if parts else ""
        return f"{path}{asked}{f'#{fragment}' if fragment else ''}"

    def company(self, name: str) -> str:
        return self.to("/", [("company", name)])

    def kpi(self, company: str, id_: str, reach: str = "") -> str:
        return self.to(f"/kpi/{quote(company)}/{quote(id_)}", [("range", reach)], "time" if reach else "")

    def sources(self, company: str = "", source: str = "") -> str:
        return self.to("/sources", [("company", company)], source and f"{company}-{source}")
