"""Recording rules: series that dashboards and reviews query for every KPI, once for all replicas."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from exporter import conventions
from exporter.alerts.promql import max_of_replicas, of_kpis, selector, values
from exporter.catalogue.model import Company, Kpi


@dataclass(frozen=True)
class Recording:
    """Describes a rule that stores an expression as a series; `labels` add to those that the expression keeps."""

    name: str
    expression: str
    labels: Mapping[str, str]


def recordings(company: Company) -> Iterator[Recording]:
    """Yield a company's recordings: attainment, then change by KPI, then breaches by area and severity."""
    if company.kpis:
        yield attainment(company)
    for kpi in company.kpis.values():
        yield change(company, kpi)
    for area, kpis in company.areas().items():
        for severity in conventions.SEVERITIES:
            yield breaching(company, area, kpis, severity)


def attainment(company: Company) -> Recording:
    """Return the recording of value over base plan, for each KPI with a plan."""
    series = selector(conventions.ATTAINMENT, company=company.name)
    return Recording(conventions.RECORDED_ATTAINMENT, max_of_replicas(series, "kpi"), {"company": company.name})


def change(company: Company, kpi: Kpi) -> Recording:
    """Return the recording of the change from the previous period, as a share of a value above 0."""
    previous = max_of_replicas(selector(conventions.PREVIOUS, company=company.name, kpi=kpi.id))
    expression = f"{max_of_replicas(values(company, kpi))} / ({previous} > 0) - 1"
    return Recording(conventions.RECORDED_CHANGE, expression, {"company": company.name, "kpi": kpi.id})


def breaching(company: Company, area: str, kpis: Sequence[Kpi], severity: str) -> Recording:
    """Return the recording of how many KPIs of an area have exactly this status on their worse replica; 0 for none."""
    status = max_of_replicas(of_kpis(conventions.STATUS, company, kpis), "kpi")
    rank = conventions.SEVERITIES.index(severity) + 1
    return Recording(
        conventions.RECORDED_BREACHING,
        f"sum by (company) ({status} == bool {rank})",
        {"company": company.name, "area": area, "severity": severity},
    )
