"""Links of panels: from a number to its KPI, to the health board, and to an alert's runbook."""

from __future__ import annotations

from collections.abc import Mapping

from exporter import conventions
from exporter.catalogue.model import Company, Kpi

Link = Mapping[str, object]

_SAME_TIME = "${__url_time_range}"


def to_kpi(company: Company, kpi: Kpi) -> Link:
    """Return a link to the details of a KPI."""
    return _link(f"{kpi.title}: details", f"{_board(company, conventions.DETAIL)}?var-kpi={kpi.id}&{_SAME_TIME}")


def to_chosen_kpi(company: Company) -> Link:
    """Return a link to the details of the KPI of a row, by its label `kpi`."""
    board = _board(company, conventions.DETAIL)
    return _link("Details of this KPI", f"{board}?var-kpi=${{__data.fields.kpi}}&{_SAME_TIME}")


def to_health(company: Company) -> Link:
    """Return a link to the health board."""
    return _link("Sources and exporter", f"{_board(company, conventions.HEALTH)}?{_SAME_TIME}")


def to_runbook(company: Company) -> Link:
    """Return a link to the runbook of a series, by its label `alertname`."""
    return _link("Runbook", company.runbook_url("${__field.labels.alertname}"))


def _board(company: Company, name: str) -> str:
    return f"/d/{conventions.dashboard_uid(company.name, name)}"


def _link(title: str, url: str) -> Link:
    return {"targetBlank": False, "title": title, "url": url}
