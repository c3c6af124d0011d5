"""Recording rules: series that dashboards and reviews query for every KPI, once for all replicas."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from exporter import conventions
from exporter.alerts.promql import max_of_replicas, present, selector
from exporter.catalogue.model import Company


@dataclass(frozen=True)
class Recording:
    """Describes a rule that stores an expression as a series; `labels` add to those that the expression keeps."""

    name: str
    expression: str
    labels: Mapping[str, str]


def recordings(company: Company) -> Iterator[Recording]:
    """Yield a company's recordings, each of all its KPIs; none without KPIs."""
    if company.kpis:
        yield attainment(company)
        yield change(company)
        yield from (breaching(company, severity) for severity in conventions.SEVERITIES)


def attainment(company: Company) -> Recording:
    """Return the recording of value over base plan, for each KPI with a plan."""
    return _recording(company, conventions.RECORDED_ATTAINMENT, _of_kpis(company, conventions.ATTAINMENT))


def change(company: Company) -> Recording:
    """Return the recording of the change from the previous period, as a share of a value above 0."""
    value, previous = (_of_kpis(company, name) for name in (conventions.VALUE, conventions.PREVIOUS))
    return _recording(company, conventions.RECORDED_CHANGE, f"{value} / ({previous} > 0) - 1")


def breaching(company: Company, severity: str) -> Recording:
    """Return the recording of how many KPIs of each area have exactly this status on their worse replica."""
    rank = conventions.SEVERITIES.index(severity) + 1
    area = present(selector(conventions.INFO, company=company.name), "kpi", "area")
    status = f"({_of_kpis(company, conventions.STATUS)} == bool {rank})"
    counted = f"sum by (company, area) ({status} * on (company, kpi) group_left (area) {area})"
    return _recording(company, conventions.RECORDED_BREACHING, counted, severity=severity)


def _of_kpis(company: Company, name: str) -> str:
    return max_of_replicas(selector(name, company=company.name), "kpi")


def _recording(company: Company, name: str, expression: str, **labels: str) -> Recording:
    return Recording(name, expression, {"company": company.name, **labels})
