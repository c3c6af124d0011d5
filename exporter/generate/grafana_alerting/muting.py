"""What mutes an alert, as PromQL: Grafana's own Alertmanager reads no inhibitions from files."""

from __future__ import annotations

from collections.abc import Iterator

from exporter import conventions
from exporter.alerts.alert import KpiAlert
from exporter.alerts.health import HealthAlert
from exporter.alerts.kpi_alerts import kpi_alerts
from exporter.alerts.promql import LOOKBACK, last_value, max_of_replicas, min_of_replicas, selector
from exporter.catalogue.model import Company, Kpi


def muted(alert: KpiAlert) -> Iterator[str]:
    """Yield conditions of the company under which nobody should hear of an alert on a value."""
    if sources := alert.company.sources_of(alert.kpi):
        yield f"{_overdue(alert.company, sources)} == 1"
    if alert.severity == "warning":
        yield from (critical.expression for critical in _criticals(alert.company, alert.kpi, _segment(alert)))


def without_muted(alert: HealthAlert) -> str:
    """Return the expression of a health alert without those that another one explains."""
    company = alert.company
    match alert.name:
        case conventions.SOURCE_OVERDUE_ALERT:
            return f"{alert.expression} unless on (company, source) {_down(company)}"
        case conventions.KPI_UNKNOWN:
            resting = last_value(selector(conventions.INPUT, company=company.name))
            explained = f"({_down(company)} or {_any_overdue(company)} or {_held_back(company)})"
            return f"{alert.expression} unless on (company, kpi) ({resting} and on (company, source) {explained})"
    return alert.expression


def _criticals(company: Company, kpi: Kpi, segment: str) -> Iterator[KpiAlert]:
    for each in kpi_alerts(company):
        if each.kpi is kpi and each.severity == "critical" and _segment(each) == segment:
            yield each


def _segment(alert: KpiAlert) -> str:
    return alert.labels.get("segment", "")


def _down(company: Company) -> str:
    return f"({max_of_replicas(selector(conventions.SOURCE_UP, company=company.name), 'source')} == 0)"


def _any_overdue(company: Company) -> str:
    return f"({min_of_replicas(selector(conventions.SOURCE_OVERDUE, company=company.name), 'source')} == 1)"


def _held_back(company: Company) -> str:
    held = max_of_replicas(selector(conventions.SOURCE_HELD_BACK, company=company.name), "source")
    return f"({held} > 0)"


def _overdue(company: Company, sources: tuple[str, ...]) -> str:
    """Return 1 where any of the sources is overdue on every replica, per company."""
    series = selector(conventions.SOURCE_OVERDUE, company=company.name).removesuffix("}")
    of_sources = f'last_over_time({series},source=~"{"|".join(sources)}"}}[{LOOKBACK}])'
    return f"max by (company) (min by (company, source) ({of_sources}))"
