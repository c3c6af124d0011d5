"""Reference page of the KPIs of the catalogues, and how each stands to time: what it is now, and what it is so far."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from exporter.catalogue.model import Company, Kpi
from exporter.generate.text import markdown_page

PATH = "docs/kpis.md"

_INTRODUCTION = """\
How each KPI stands to time. A **stock** is an amount at an instant: with the window `now` it is as of the last poll,
and `kpi_at_close` has its value at the end of the last complete month. A **flow** is of a period. That of a calendar
window is of the last complete one, and `kpi_to_date` has its value in the period that runs. Of one that *adds up*, the
parts of a period come to the whole, and `kpi_plan_to_date` is the part of the plan that is due; of any other, the plan
holds for each part as for the whole. What *accumulates* can only grow within its period, so that a threshold that its
part has crossed cannot be met any more; where early warnings of a KPI with thresholds go is in the last column.
"""


def generate(companies: Sequence[Company]) -> Mapping[str, str]:
    """Return the page of these companies."""
    return {PATH: markdown_page("KPIs", _INTRODUCTION, _tables(companies))}


def _tables(companies: Sequence[Company]) -> Iterator[str]:
    for company in companies:
        yield ""
        yield f"## {company.title}"
        yield ""
        yield "| KPI | title | over time | window | to date | at close | accumulates | early warning |"
        yield "|---|---|---|---|---|---|---|---|"
        yield from (f"| `{kpi.id}` | {' | '.join(row(company, kpi))} |" for kpi in company.kpis.values())


def row(company: Company, kpi: Kpi) -> tuple[str, ...]:
    """Return the cells of a KPI after its id: title, stock or flow, window, and what it has beside its value."""
    to_date = "" if kpi.window.running is None else "yes, adds up" if company.adds_up(kpi) else "yes"
    at_close = "yes" if kpi.window.kind == "now" else ""
    window = kpi.window.text.replace("_", " ")
    early = kpi.early.value if kpi.thresholds else ""
    return kpi.title, company.nature(kpi), window, to_date, at_close, "yes" if kpi.accumulates else "", early
