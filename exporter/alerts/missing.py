"""Alerts on missing limits: without its plan or threshold series, an alert on a KPI cannot fire."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from exporter import conventions
from exporter.alerts.alert import owner_label
from exporter.alerts.bound_alert import BoundAlert
from exporter.alerts.health import HealthAlert
from exporter.alerts.kpi_alerts import kpi_alerts
from exporter.alerts.promql import max_of_replicas, present, selector
from exporter.catalogue.model import Company, Kpi


@dataclass(frozen=True)
class MissingAlert(HealthAlert):
    """Alerts when a limit's series is missing while the value exists, unless a third series says it is not in force."""

    kpi: Kpi
    value_series: str
    limit_series: str
    in_force_series: str

    @property
    def dashboard_url(self) -> str:
        """The address of the KPI's own board."""
        return self.company.kpi_url(self.kpi.id)


def missing_alerts(company: Company) -> Iterator[MissingAlert]:
    """Yield an alert for each series that a limit comes from, in the order of the catalogue.

    A previous value has none: before the first period, its series is rightly missing.
    """
    seen: set[str] = set()
    for alert in kpi_alerts(company):
        if not isinstance(alert, BoundAlert) or alert.limit_series in seen:
            continue
        if alert.follows_threshold_series:
            seen.add(alert.limit_series)
            yield _threshold_missing(alert)
        elif alert.bound.share is not None:
            seen.add(alert.limit_series)
            yield _plan_missing(alert)


def _plan_missing(alert: BoundAlert) -> MissingAlert:
    return _missing(
        alert,
        conventions.PLAN_MISSING,
        {},
        summary="The plan of a KPI is missing.",
        what="its plan is missing",
        action="Add the plan to the catalogue or to the record table `plans`, or reload the exporter.",
    )


def _threshold_missing(alert: BoundAlert) -> MissingAlert:
    labels = {"level": alert.severity, **alert.bound.labels}
    return _missing(
        alert,
        conventions.THRESHOLD_MISSING,
        labels,
        summary="A threshold of a KPI is missing.",
        what=f"its {alert.severity} threshold is missing, although it is in force",
        action="Reload the exporter or regenerate the rules, so that both have the same thresholds and plans.",
    )


def _missing(
    alert: BoundAlert, name: str, labels: Mapping[str, str], summary: str, what: str, action: str
) -> MissingAlert:
    company, kpi = alert.company, alert.kpi
    level = {"company": company.name, "kpi": kpi.id, "severity": alert.severity}
    in_force = selector(conventions.THRESHOLD_IN_FORCE, **level, **alert.bound.labels)
    segment = {"segment": alert.segment} if alert.segment else {}
    return MissingAlert(
        company,
        name,
        expression=(
            f"{present(alert.value_series)} unless {present(alert.limit_series)}"
            f" unless {max_of_replicas(in_force)} == 0"
        ),
        minutes=15,
        own={"company": company.name, "kpi": kpi.id, **labels, **segment, **owner_label(kpi)},
        by=(),
        summary=summary,
        description=f"{alert.subject} has a value, but {what}; its alert cannot fire.",
        action=action,
        meaning="An alert compares the value with a series that should exist by now and is missing. The series is "
        "rightly missing before a plan begins and outside the years or phases of a threshold.",
        diagnosis=alert.limit_series,
        kpi=kpi,
        value_series=alert.value_series,
        limit_series=alert.limit_series,
        in_force_series=in_force,
    )
