"""The filter of the board, read from the address: company, area, statuses, words to search."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from starlette.datastructures import QueryParams

from exporter.kpis.display_status import BY_SLUG, DisplayStatus, display_status
from exporter.kpis.reading import Reading
from exporter.web.pages.links import PageLinks

THEMES = ("light", "dark")
WALL = "wall"


@dataclass(frozen=True)
class BoardFilter:
    """What the board shows; an empty value filters nothing. `wall` is the view for a television."""

    company: str = ""
    area: str = ""
    statuses: frozenset[DisplayStatus] = frozenset()
    search: str = ""
    wall: bool = False
    theme: str = ""

    @classmethod
    def of(cls, query: QueryParams) -> BoardFilter:
        """Read the filter from a query; a status, view or theme that does not exist is ignored."""
        chosen = {BY_SLUG[slug] for slug in query.getlist("status") if slug in BY_SLUG}
        return cls(
            company=query.get("company", ""),
            area=query.get("area", ""),
            statuses=frozenset(chosen),
            search=" ".join(query.get("q", "").split()),
            wall=query.get("view") == WALL,
            theme=theme(query),
        )

    @property
    def links(self) -> PageLinks:
        """The addresses of pages in this theme."""
        return PageLinks(self.theme)

    @property
    def narrowed(self) -> bool:
        """Whether some KPIs of the company are left out."""
        return bool(self.area or self.statuses or self.search)

    def includes(self, reading: Reading) -> bool:
        """Return whether the KPI passes the filter; each word of the search must be in its title, id or area."""
        kpi = reading.kpi
        text = words(reading)
        return (
            (not self.area or kpi.area == self.area)
            and (not self.statuses or display_status(reading) in self.statuses)
            and all(word in text for word in self.search.lower().split())
        )

    def address(self, path: str = "/") -> str:
        """Return the address of a page with this filter."""
        return self.links.to(path, self._query())

    def with_toggled(self, toggled: DisplayStatus) -> BoardFilter:
        """Return the filter with a status added, or removed if it was there."""
        return replace(self, statuses=self.statuses ^ {toggled})

    def everything(self) -> BoardFilter:
        """Return the filter that shows all KPIs of the company."""
        return BoardFilter(company=self.company, wall=self.wall, theme=self.theme)

    def _query(self) -> Iterator[tuple[str, str]]:
        yield "company", self.company
        yield "area", self.area
        for each in DisplayStatus:
            if each in self.statuses:
                yield "status", each.slug
        yield "q", self.search
        yield "view", WALL if self.wall else ""


def theme(query: QueryParams) -> str:
    """Return the theme that the address asks for; empty for the one of the reader's system."""
    name = query.get("theme", "")
    return name if name in THEMES else ""


def words(reading: Reading) -> str:
    """Return the text that a search matches, in lower case."""
    kpi = reading.kpi
    return f"{kpi.title} {kpi.id} {kpi.area.replace('_', ' ')}".lower()
