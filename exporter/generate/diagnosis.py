"""The diagnosis of a runbook: where to look first when a KPI crosses a threshold, as queries to paste."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from exporter import conventions
from exporter.alerts.promql import selector
from exporter.catalogue.model import Company, Kpi

MONTH = "30d"
"""How far back a breakdown is compared; PromQL knows no calendar."""


def questions(company: Company, kpi: Kpi) -> Mapping[str, str]:
    """Return queries by what they answer: inputs that moved, parts that moved, and the age of the sources."""
    return dict(_questions(company, kpi))


def _questions(company: Company, kpi: Kpi) -> Iterator[tuple[str, str]]:
    about = {"company": company.name, "kpi": kpi.id}
    if company.terms(kpi):
        terms = selector(conventions.TERM, **about)
        moved = selector(conventions.RECORDED_CHANGE, company=company.name)
        named = f'label_replace({terms}, "kpi", "$1", "term", "(.+)")'
        yield "Inputs, by how much each moved since the period before", f"sort({moved} and on (kpi) {named})"
    for dimension in kpi.by:
        part = selector(kpi.metric(dimension), company=company.name)
        yield f"Parts by {dimension}, by how much each moved within 30 days", f"sort({part} - {part} offset {MONTH})"
    last = f"max by (source) ({selector(conventions.SOURCE_LAST_SUCCESS, company=company.name)})"
    behind = selector(conventions.INPUT, **about)
    yield "The age of its sources, in seconds", f"sort_desc(time() - {last} and on (source) {behind})"
