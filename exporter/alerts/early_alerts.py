"""Early warnings: what is expected to be beyond a threshold when its period ends; for a digest or a ticket, no page."""

from __future__ import annotations

from collections.abc import Iterator

from exporter import conventions
from exporter.alerts.alert import owner_label
from exporter.alerts.health import PanelAlert
from exporter.alerts.lookups import title_of_kpi
from exporter.alerts.promql import max_of_replicas, of_kpis
from exporter.catalogue.model import Company, Kpi
from exporter.catalogue.schema.company import Early, Notify

_NAMES = {Early.DIGEST: conventions.EXPECTED_DIGEST_ALERT, Early.TICKET: conventions.EXPECTED_TICKET_ALERT}


def early_alerts(company: Company) -> Iterator[PanelAlert]:
    """Yield for digests, and for tickets, an alert for each owner and area whose KPIs warn early in this way."""
    for early in _NAMES:
        kpis = warning_kpis(company, early)
        for owner, area in dict.fromkeys((kpi.owner, kpi.area) for kpi in kpis):
            yield _expected(company, early, [kpi for kpi in kpis if (kpi.owner, kpi.area) == (owner, area)], kpis)


def warning_kpis(company: Company, early: Early) -> list[Kpi]:
    """Return the KPIs that warn early in this way, in the order of the catalogue."""
    return [kpi for kpi in company.kpis.values() if kpi.early is early and _may_warn(kpi)]


def _may_warn(kpi: Kpi) -> bool:
    """Return whether a projection can be compared with a threshold of the KPI."""
    bounds = [bound for condition in kpi.thresholds.values() for bound in condition.bounds]
    return kpi.window.running is not None and any(not bound.scope.segment and bound.change is None for bound in bounds)


def _expected(company: Company, early: Early, owned: list[Kpi], every: list[Kpi]) -> PanelAlert:
    """Return the alert on KPIs of one owner and area; its panel counts those of every owner."""
    of_owner, expected = (
        max_of_replicas(of_kpis(conventions.EXPECTED_BEYOND, company, kpis), "kpi", "level") for kpis in (owned, every)
    )
    return PanelAlert(
        company,
        _NAMES[early],
        expression=f"{of_owner} == 1",
        minutes=5,
        own={"company": company.name, "area": owned[0].area, **owner_label(owned[0])},
        by=("kpi", "level"),
        notify=Notify(early.value).value,
        summary="A KPI is expected to cross a threshold.",
        description="{title} is expected to be beyond its {level} threshold when its period ends; nine of ten "
        "outcomes at this pace are beyond it.",
        action="See on the KPI's page what is projected and why, and act while the period can still be changed.",
        meaning="By what there is of the period that runs, and by how past periods went on from the same point, the "
        "whole band that holds 80% of outcomes is beyond the threshold, and was two days before.",
        diagnosis=max_of_replicas(of_kpis(conventions.PROJECTED, company, owned), "kpi", "quantile"),
        caption="KPIs that will cross a threshold" if early is Early.DIGEST else "Those that make a ticket",
        panel_query=f"count({expected} == 1) or 0 * count({expected}) or vector(NaN)",
        lookups={"title": title_of_kpi(company)},
    )
