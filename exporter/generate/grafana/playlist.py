"""Playlists: the walls of a company in turn, as a resource for Grafana's API."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from exporter import conventions
from exporter.catalogue.model import Company
from exporter.generate.grafana.wall import page_name, pages
from exporter.generate.text import MARK

INTERVAL = "30s"
"""How long Grafana shows a page: long enough to read two dozen tiles."""


def generate(companies: Sequence[Company]) -> Mapping[str, str]:
    """Return the playlists by path, one per company that has KPIs."""
    return {
        conventions.playlist_file(company.name): json.dumps(_playlist(company), indent=2, ensure_ascii=False) + "\n"
        for company in companies
        if company.kpis
    }


def _playlist(company: Company) -> Mapping[str, object]:
    uids = [conventions.dashboard_uid(company.name, page_name(number)) for number, _ in enumerate(pages(company), 1)]
    return {
        "apiVersion": "playlist.grafana.app/v1",
        "kind": "Playlist",
        "metadata": {"name": f"kpi-{company.name}", "annotations": {"description": MARK}},
        "spec": {
            "title": f"{company.title}: walls",
            "interval": INTERVAL,
            "items": [{"type": "dashboard_by_uid", "value": uid} for uid in uids],
        },
    }
