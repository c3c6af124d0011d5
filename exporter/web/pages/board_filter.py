"""What the reader of the board chose, as the address says it: a company, an area, how KPIs stand, words to find."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from starlette.datastructures import QueryParams

from exporter.kpis.display_status import BY_SLUG, DisplayStatus, display_status
from exporter.kpis.reading import Reading
from exporter.web.pages.links import Links

THEMES = ("light", "dark")
WALL = "wall"


@dataclass(frozen=True)
class BoardFilter:
    """Empty is everything. `wall` is the view for a television."""

    company: str = ""
    area: str = ""
    standings: frozenset[DisplayStatus] = frozenset()
    search: str = ""
    wall: bool = False
    theme: str = ""

    @classmethod
    def of(cls, query: QueryParams) -> BoardFilter:
        """What is not a status, a view or a theme is left out."""
        chosen = {BY_SLUG[slug] for slug in query.getlist("status") if slug in BY_SLUG}
        return cls(
            company=query.get("company", ""),
            area=query.get("area", ""),
            standings=frozenset(chosen),
            search=" ".join(query.get("q", "").split()),
            wall=query.get("view") == WALL,
            theme=theme(query),
        )

    @property
    def links(self) -> Links:
        return Links(self.theme)

    @property
    def narrowed(self) -> bool:
        """Whether some KPIs of the company are left out."""
        return bool(self.area or self.standings or self.search)

    def includes(self, reading: Reading) -> bool:
        """Whether the KPI is to be shown; each word of the search must be in its title, its id or its area."""
        kpi = reading.kpi
        text = words(reading)
        return (
            (not self.area or kpi.area == self.area)
            and (not self.standings or display_status(reading) in self.standings)
            and all(word in text for word in self.search.lower().split())
        )

    def address(self, path: str = "/") -> str:
        return self.links.to(path, self._query())

    def with_standing(self, toggled: DisplayStatus) -> BoardFilter:
        """The same with KPIs that stand so, or without them."""
        return replace(self, standings=self.standings ^ {toggled})

    def everything(self) -> BoardFilter:
        """The whole board of the company."""
        return BoardFilter(company=self.company, wall=self.wall, theme=self.theme)

    def _query(self) -> Iterator[tuple[str, str]]:
        yield "company", self.company
        yield "area", self.area
        for each in DisplayStatus:
            if each in self.standings:
                yield "status", each.slug
        yield "q", self.search
        yield "view", WALL if self.wall else ""


def theme(query: QueryParams) -> str:
    return given if (given := query.get("theme", "")) in THEMES else ""


def words(reading: Reading) -> str:
    """What a search looks through, in lower case."""
    kpi = reading.kpi
    return f"{kpi.title} {kpi.id} {kpi.area.replace('_', ' ')}".lower()
