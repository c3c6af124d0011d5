"""Exclusions for Grafana's dashboard-linter, with reasons, in a file beside the boards."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from exporter import conventions
from exporter.catalogue.model import Company
from exporter.generate.grafana.wall import page_title, pages
from exporter.generate.text import yaml_file

_PER_COMPANY = (
    "a board is of one company, which its queries name; the exporter's job and instances do not tell KPIs apart"
)

EXCLUSIONS: Mapping[str, str] = {
    "template-job-rule": _PER_COMPANY,
    "template-instance-rule": _PER_COMPANY,
    "target-job-rule": _PER_COMPANY,
    "target-instance-rule": _PER_COMPANY,
    "panel-units-rule": "currencies and months are units of their own (currency:€, suffix:months), which Grafana knows "
    "and the linter does not",
    "target-counter-agg-rule": "a source's polls are shown as counted since the exporter's start",
    "target-rate-interval-rule": "failed polls are counted over an hour, however far somebody looks back",
}
"""Reasons by the linter's names of rules."""


OF_WALLS: Mapping[str, str] = {
    "panel-title-description-rule": "a tile has its name in large letters; a title would repeat it in small ones",
}
"""Reasons of what concerns the walls alone."""


def generate(companies: Sequence[Company]) -> Mapping[str, str]:
    """Return the linter's files by path, one per company."""
    return {conventions.dashboard_lint_file(company.name): yaml_file(_exclusions(company)) for company in companies}


def _exclusions(company: Company) -> Mapping[str, object]:
    walls = [
        {"dashboard": f"{company.title}: {page_title(number, page)}"} for number, page in enumerate(pages(company), 1)
    ]
    of_every_board = {rule: {"reason": reason} for rule, reason in EXCLUSIONS.items()}
    return {
        "exclusions": {
            **of_every_board,
            **{rule: {"reason": reason, "entries": walls} for rule, reason in OF_WALLS.items()},
        }
    }
