"""Health alerts on one company: no KPIs arrive, a source fails, data is stale, a KPI is unknown."""

from __future__ import annotations

from exporter import conventions
from exporter.alerts.health import PanelAlert
from exporter.alerts.promql import last_value, max_of_replicas, min_of_replicas, of_kpis, present, selector
from exporter.catalogue.model import Company
from exporter.catalogue.schema.company import Notify
from exporter.kpis.reading import Reason


def company_alerts(company: Company) -> tuple[PanelAlert, ...]:
    """Return the health alerts on the company as a whole, in the order of their panels; on KPIs only if it has any."""
    on_kpis = (_data_stale(company), _kpi_unknown(company), _series_absent(company)) if company.kpis else ()
    return (
        _exporter_down(company),
        _source_down(company),
        _source_overdue(company),
        _source_held_back(company),
        _rows_rejected(company),
        *on_kpis,
    )


def _exporter_down(company: Company) -> PanelAlert:
    info = selector(conventions.INFO, company=company.name)
    return PanelAlert(
        company,
        conventions.EXPORTER_DOWN,
        expression=f"absent({info})",
        minutes=5,
        own={"company": company.name},
        by=(),
        severity="critical",
        notify=Notify.PAGE.value,
        summary="Prometheus receives no KPI.",
        description=f"Prometheus has received no KPI of {company.name} for 5 minutes; no alert on a KPI can fire.",
        action="Start the exporter, or repair its scrape.",
        meaning="No replica of the exporter gives the company's KPIs to Prometheus: the replicas are down, cannot be "
        "scraped, or no longer have the company in their configuration. The KPIs themselves may be OK.",
        diagnosis=f'up{{job="{conventions.JOB}"}}',
        caption="KPIs exported",
        panel_query=f"count(count by (kpi) ({info})) or vector(0)",
        wanted=True,
    )


def _source_down(company: Company) -> PanelAlert:
    up = max_of_replicas(selector(conventions.SOURCE_UP, company=company.name), "source")
    since = selector(conventions.SOURCE_LAST_SUCCESS, company=company.name)
    return PanelAlert(
        company,
        conventions.SOURCE_DOWN,
        expression=f"{up} == 0",
        minutes=5,
        own={"company": company.name},
        by=("source",),
        summary="A source of KPIs cannot be read.",
        description="The last poll of {source} failed; its KPIs keep their last value until it is stale.",
        action="Read the source's error on the exporter's page, and repair the source or its credentials.",
        meaning="The last poll of a source and its retries failed on every replica of the exporter.",
        diagnosis=f"time() - max by (company, source) ({since})",
        caption="Sources down",
        panel_query=f"sum(1 - {up}) or vector(NaN)",
    )


def _source_overdue(company: Company) -> PanelAlert:
    overdue = min_of_replicas(selector(conventions.SOURCE_OVERDUE, company=company.name), "source")
    tried = selector(conventions.SOURCE_LAST_ATTEMPT, company=company.name)
    return PanelAlert(
        company,
        conventions.SOURCE_OVERDUE_ALERT,
        expression=f"{overdue} == 1",
        minutes=5,
        own={"company": company.name},
        by=("source",),
        summary="A source of KPIs is overdue.",
        description="Two polls of {source} are overdue; its KPIs keep their last value until it is stale.",
        action="See the last attempt and its result on the exporter's page; repair the source, or restart an exporter "
        "that attempts no poll.",
        meaning="By the source's own schedule, two polls should have succeeded since the last success, and none has on "
        "any replica. Elapsed time counts, so a change of the clock makes no difference.",
        diagnosis=f"time() - max by (company, source) ({tried})",
        caption="Sources overdue",
        panel_query=f"sum({overdue}) or vector(NaN)",
    )


def _source_held_back(company: Company) -> PanelAlert:
    held = max_of_replicas(selector(conventions.SOURCE_HELD_BACK, company=company.name), "source", "table")
    return PanelAlert(
        company,
        conventions.SOURCE_HELD_BACK_ALERT,
        expression=f"{held} > 0",
        minutes=5,
        own={"company": company.name},
        by=("source", "table"),
        summary="A source delivers too few rows of a table.",
        description="Rows missing from the table {table} of {source}: {value}. The table keeps its previous rows, and "
        "these KPIs, which depend on it, keep their values: {kpis}.",
        action=f"Repair the export, or if the rows are rightly gone: kpi-exporter accept {company.name} SOURCE TABLE.",
        meaning="A source delivers no row of a table, or lacks more of its rows than the table's `may_shrink`. The "
        "exporter holds them back: the rows of the last accepted poll stay, with their age, until the source delivers "
        "enough rows again or someone accepts.",
        diagnosis=held,
        caption="Tables held back",
        panel_query=f"count({held} > 0) or 0 * count({held}) or vector(NaN)",
        counts=True,
        lookups={"kpis": _affected(company)},
    )


def _rows_rejected(company: Company) -> PanelAlert:
    rejected = max_of_replicas(selector(conventions.SOURCE_REJECTED, company=company.name), "source", "table")
    return PanelAlert(
        company,
        conventions.ROWS_REJECTED,
        expression=f"{rejected} > 0",
        minutes=5,
        own={"company": company.name},
        by=("source", "table"),
        summary="The exporter rejected rows of a source.",
        description="Rejected rows of the table {table} of {source}: {value}, the first because {reason}. KPIs that "
        "depend on the table: {kpis}.",
        action="See the rows on the exporter's page of sources, and correct them in the source.",
        meaning="Some rows of a source break a rule of their table. The exporter rejects them, and no KPI counts them. "
        "Their number is within the table's `may_reject`; above it, the poll would have failed.",
        diagnosis=rejected,
        caption="Tables with bad rows",
        panel_query=f"count({rejected} > 0) or 0 * count({rejected}) or vector(NaN)",
        counts=True,
        lookups={"kpis": _affected(company), "reason": _first_reason(company)},
    )


def _affected(company: Company) -> str:
    """Return a template that lists the KPIs that depend on the alert's table."""
    query = _of_the_table(f"group by (kpi) ({last_value(_about_the_table(conventions.AFFECTED, company))})")
    listed = "{{ if $index }}, {{ end }}{{ $kpi.Labels.kpi }}"
    return f'{{{{ range $index, $kpi := {query} | sortByLabel "kpi" }}}}{listed}{{{{ else }}}}none{{{{ end }}}}'


def _first_reason(company: Company) -> str:
    """Return a template that prints why the exporter rejected the first bad row."""
    query = _of_the_table(last_value(_about_the_table(conventions.SOURCE_REJECTED_REASON, company)))
    return f'{{{{ with {query} }}}}{{{{ . | first | label "reason" }}}}{{{{ else }}}}it breaks a rule{{{{ end }}}}'


def _about_the_table(series: str, company: Company) -> str:
    return selector(series, company=company.name, source="%s", table="%s")


def _of_the_table(query: str) -> str:
    return f"printf `{query}` $labels.source $labels.table | query"


def _data_stale(company: Company) -> PanelAlert:
    age = f"time() - {max_of_replicas(selector(conventions.DATA_TIMESTAMP, company=company.name), 'kpi')}"
    limit = max_of_replicas(selector(conventions.STALE_AFTER, company=company.name), "kpi")
    return PanelAlert(
        company,
        conventions.DATA_STALE,
        expression=f"{age} > {limit}",
        minutes=0,
        own={"company": company.name},
        by=("kpi",),
        summary="The data behind a KPI is stale.",
        description="The data behind {kpi} is {value} old, older than its schedule allows.",
        action="Find the source that is late, and do not act on the value until it is fresh.",
        meaning="A source of the KPI had no successful poll for twice its interval and the length of a poll.",
        diagnosis=age,
        caption="KPIs on old data",
        panel_query=f"sum({age} > bool {limit}) or vector(NaN)",
    )


def _kpi_unknown(company: Company) -> PanelAlert:
    every = selector(conventions.UNKNOWN, company=company.name)
    quiet = f"{Reason.TOO_YOUNG.value}|{Reason.UNDEFINED.value}"
    unknown = f'{every.removesuffix("}")},reason!~"{quiet}"}}'
    status = selector(conventions.STATUS, company=company.name)
    info = selector(conventions.INFO, company=company.name)
    return PanelAlert(
        company,
        conventions.KPI_UNKNOWN,
        expression=f"{present(unknown, 'kpi', 'reason')} unless on (company, kpi) {status}",
        minutes=15,
        own={"company": company.name},
        by=("kpi", "reason"),
        summary="A KPI has no value.",
        description="{kpi} has had no value for 15 minutes ({reason}); its thresholds are not evaluated.",
        action="Run `kpi-exporter explain` to see what is missing, and repair the source.",
        meaning="A KPI that should have a value has none on any replica. A KPI that is undefined by its definition, "
        "or for which the company is too young, raises no alert.",
        diagnosis=every,
        caption="KPIs without a value",
        panel_query=f"count(count by (kpi) ({unknown})) or 0 * count({info}) or vector(NaN)",
    )


def _series_absent(company: Company) -> PanelAlert:
    expected = len(company.kpis)
    exported = f"count by (company) ({present(of_kpis(conventions.INFO, company, company.kpis.values()), 'kpi')})"
    every = selector(conventions.INFO, company=company.name)
    return PanelAlert(
        company,
        conventions.SERIES_ABSENT,
        expression=f"{exported} < {expected}",
        minutes=15,
        own={"company": company.name},
        by=(),
        summary="The exporter lacks KPIs that the rules expect.",
        description=f"The rules expect {expected} KPIs of {company.name}, and the exporter exports fewer, neither with "
        "a value nor as unknown; no alert on the missing KPIs can fire.",
        action="Regenerate the rules or reload the exporter, so that both have the same catalogue.",
        meaning=f"The rules come from a catalogue with {expected} KPIs, and the exporter runs with another catalogue.",
        diagnosis=f"count by (kpi) ({last_value(every)})",
        caption="KPIs missing",
        panel_query=f"{expected} - {exported} or on () vector(NaN)",
    )
