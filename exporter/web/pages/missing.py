"""What a company has not connected: what to add to its catalogue, and the KPIs that this gives."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from exporter.catalogue.connection import MissingTables, missing_tables, source_lines
from exporter.catalogue.model import Company, Kpi
from exporter.web.pages.links import PageLinks
from exporter.web.pages.tables import Link


@dataclass(frozen=True)
class MissingView:
    """The record tables to connect, the KPIs that wait for them, and the YAML to add under `sources:`."""

    key: str
    title: str
    kpis: Sequence[Link]
    lines: str


def missing_views(company: Company, links: PageLinks) -> Sequence[MissingView]:
    """Return what to connect, the largest gain first."""
    return [_view(company, each, links) for each in missing_tables(company)]


def missing_view(company: Company, kpi: Kpi, links: PageLinks) -> MissingView | None:
    """Return what to connect for a KPI, with the other KPIs that this gives; None for one that is connected."""
    return next((_view(company, each, links) for each in missing_tables(company) if kpi in each.kpis), None)


def _view(company: Company, missing: MissingTables, links: PageLinks) -> MissingView:
    return MissingView(
        key="-".join((company.name, *missing.tables)),
        title=missing.title,
        kpis=[Link(kpi.title, links.kpi(company.name, kpi.id)) for kpi in missing.kpis],
        lines=source_lines(company, missing.tables),
    )
