"""Templates that ask Prometheus, while an alert fires, for what its labels do not say: titles and reasons."""

from __future__ import annotations

from exporter import conventions
from exporter.alerts.promql import last_value, selector
from exporter.catalogue.model import Company

MOST_LISTED = 10
"""How many KPIs a message names: of a source that many rest on, the first ones by title."""

REASON = '{{ reReplaceAll "_" " " $labels.reason }}'
"""The reason for which a KPI is unknown, in words."""


def title_of_kpi(company: Company) -> str:
    """Return a template that prints the title of the alert's KPI, or its id where the exporter is silent."""
    query = f"printf `{last_value(selector(conventions.INFO, company=company.name, kpi='%s'))}` $labels.kpi | query"
    return f'{{{{ with {query} }}}}{{{{ . | first | label "title" }}}}{{{{ else }}}}{{{{ $labels.kpi }}}}{{{{ end }}}}'


def resting_on_source(company: Company) -> str:
    """Return a template that lists the titles of the KPIs that rest on the alert's source."""
    series = selector(conventions.INPUT, company=company.name, source="%s")
    return _titles(company, series, "$labels.source")


def resting_on_table(company: Company) -> str:
    """Return a template that lists the titles of the KPIs that rest on the alert's table."""
    return _titles(company, _of_table(conventions.AFFECTED, company), "$labels.source $labels.table")


def first_reason(company: Company) -> str:
    """Return a template that prints why the exporter rejected the first bad row of the alert's table."""
    series = last_value(_of_table(conventions.SOURCE_REJECTED_REASON, company))
    query = f"printf `{series}` $labels.source $labels.table | query"
    return f'{{{{ with {query} }}}}{{{{ . | first | label "reason" }}}}{{{{ else }}}}it breaks a rule{{{{ end }}}}'


def unwatched(company: Company) -> str:
    """Return a template that says that nobody watches the thresholds of the alert's KPI, where it has any."""
    words = "; its thresholds are not watched"
    watched = [kpi.id for kpi in company.kpis.values() if kpi.thresholds]
    if len(watched) in (0, len(company.kpis)):
        return words if watched else ""
    ids = " ".join(f'"{id_}"' for id_ in watched)
    return f"{{{{ if eq $labels.kpi {ids} }}}}{words}{{{{ end }}}}"


def _of_table(series: str, company: Company) -> str:
    return selector(series, company=company.name, source="%s", table="%s")


def _titles(company: Company, resting: str, arguments: str) -> str:
    infos = last_value(selector(conventions.INFO, company=company.name))
    query = f"printf `group by (title) ({infos} and on (kpi) {last_value(resting)})` {arguments} | query"
    listed = "{{ if $place }}, {{ end }}{{ $kpi.Labels.title }}"
    first = (
        f"{{{{ if lt $place {MOST_LISTED} }}}}{listed}{{{{ else if eq $place {MOST_LISTED} }}}} and more{{{{ end }}}}"
    )
    return f'{{{{ range $place, $kpi := {query} | sortByLabel "title" }}}}{first}{{{{ else }}}}none{{{{ end }}}}'
