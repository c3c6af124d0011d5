"""What an alert says that its labels do not: titles and reasons, asked of Prometheus or known from the catalogue."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from exporter import conventions
from exporter.alerts.alert import literal
from exporter.alerts.promql import last_value, selector
from exporter.catalogue.model import Company

MOST_LISTED = 10
"""How many KPIs a message names: of a source that many rest on, the first ones by title."""


Texts = Mapping[tuple[str, ...], str]
"""Texts by the values of some labels."""


@dataclass(frozen=True)
class Lookup:
    """Holds a template in two forms: `query` asks Prometheus while the alert fires, `stated` reads labels alone.

    The second is for Grafana, whose templates can ask nothing.
    """

    query: str
    stated: str


_REASON = '{{ reReplaceAll "_" " " $labels.reason }}'

REASON = Lookup(_REASON, _REASON)
"""The reason for which a KPI is unknown, in words."""

_BREAKS_A_RULE = "it breaks a rule"


def title_of_kpi(company: Company) -> Lookup:
    """Return the title of the alert's KPI, or its id where the exporter is silent."""
    query = f"printf `{last_value(selector(conventions.INFO, company=company.name, kpi='%s'))}` $labels.kpi | query"
    query_template = (
        f'{{{{ with {query} }}}}{{{{ . | first | label "title" }}}}{{{{ else }}}}{{{{ $labels.kpi }}}}{{{{ end }}}}'
    )
    titles: Texts = {(kpi.id,): literal(kpi.title) for kpi in company.kpis.values()}
    return Lookup(query_template, _chosen(("kpi",), titles, "{{ $labels.kpi }}"))


def resting_on_source(company: Company) -> Lookup:
    """Return the titles of the KPIs that rest on the alert's source."""
    series = selector(conventions.INPUT, company=company.name, source="%s")
    resting: Texts = {
        (source,): _listed(company, [kpi.id for kpi in company.kpis.values() if source in company.sources_of(kpi)])
        for source in company.sources
    }
    return Lookup(_titles(company, series, "$labels.source"), _chosen(("source",), resting, "none"))


def resting_on_table(company: Company) -> Lookup:
    """Return the titles of the KPIs that rest on the alert's table."""
    series = _of_table(conventions.AFFECTED, company)
    origins = dict.fromkeys(each for kpi in company.kpis.values() for each in sorted(company.origins(kpi)))
    resting: Texts = {origin: _listed(company, company.resting_on(*origin)) for origin in origins}
    query_template = _titles(company, series, "$labels.source $labels.table")
    return Lookup(query_template, _chosen(("source", "table"), resting, "none"))


def first_reason(company: Company) -> Lookup:
    """Return why the exporter rejected the first bad row of the alert's table."""
    series = last_value(_of_table(conventions.SOURCE_REJECTED_REASON, company))
    query = f"printf `{series}` $labels.source $labels.table | query"
    query_template = (
        f'{{{{ with {query} }}}}{{{{ . | first | label "reason" }}}}{{{{ else }}}}{_BREAKS_A_RULE}{{{{ end }}}}'
    )
    return Lookup(query_template, _BREAKS_A_RULE)


def unwatched(company: Company) -> Lookup:
    """Return that nobody watches the thresholds of the alert's KPI, where it has any."""
    words = "; its thresholds are not watched"
    watched = [kpi.id for kpi in company.kpis.values() if kpi.thresholds]
    if len(watched) in (0, len(company.kpis)):
        text = words if watched else ""
    else:
        ids = " ".join(f'"{id_}"' for id_ in watched)
        text = f"{{{{ if eq $labels.kpi {ids} }}}}{words}{{{{ end }}}}"
    return Lookup(text, text)


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


def _listed(company: Company, kpis: Iterable[str]) -> str:
    """Return the first titles, as the query's template prints them."""
    titles = sorted({company.kpis[kpi].title for kpi in kpis})
    more = " and more" if len(titles) > MOST_LISTED else ""
    return literal(", ".join(titles[:MOST_LISTED]) + more) if titles else "none"


def _chosen(labels: tuple[str, ...], texts: Texts, otherwise: str) -> str:
    """Return a template that prints the text of the alert's labels; a text of several is written once."""
    keys: dict[str, list[tuple[str, ...]]] = {}
    for key, text in texts.items():
        keys.setdefault(text, []).append(key)
    branches = ""
    for text, each in keys.items():
        tests = [
            " ".join(f'(eq $labels.{label} "{part}")' for label, part in zip(labels, key, strict=True)) for key in each
        ]
        tests = [f"(and {test})" if len(labels) > 1 else test for test in tests]
        test = f"or {' '.join(tests)}" if len(tests) > 1 else tests[0]
        branches += f"{{{{ {'else if' if branches else 'if'} {test} }}}}{text}"
    return f"{branches}{{{{ else }}}}{otherwise}{{{{ end }}}}" if branches else otherwise
