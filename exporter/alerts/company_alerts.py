"""Health alerts on one company: no KPIs arrive, a source fails or is overdue, a KPI is unknown."""

from __future__ import annotations

from exporter import conventions
from exporter.alerts.health import PanelAlert
from exporter.alerts.lookups import REASON, first_reason, resting_on_source, resting_on_table, title_of_kpi, unwatched
from exporter.alerts.promql import last_value, max_of_replicas, min_of_replicas, present, selector
from exporter.catalogue.model import Company
from exporter.catalogue.schema.company import Notify
from exporter.kpis.reading import Reason


def company_alerts(company: Company) -> tuple[PanelAlert, ...]:
    """Return the health alerts on the company as a whole, in the order of their panels; on KPIs only if it has any."""
    on_kpis = (_kpi_unknown(company), _series_absent(company)) if company.kpis else ()
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
        description="The last poll of {source} failed; these KPIs keep their last values: {kpis}.",
        action="Read the source's error on the exporter's page, and repair the source or its credentials.",
        meaning="The last poll of a source and its retries failed on every replica of the exporter.",
        diagnosis=f"time() - max by (company, source) ({since})",
        caption="Sources down",
        panel_query=f"sum(1 - {up}) or vector(NaN)",
        lookups={"kpis": resting_on_source(company)},
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
        description="Two polls of {source} are overdue; no alert is sent on these KPIs, whose values are old: {kpis}.",
        action="See the last attempt and its result on the exporter's page; repair the source, or restart an exporter "
        "that attempts no poll.",
        meaning="By the source's own schedule, two polls should have succeeded since the last success, and none has on "
        "any replica. Elapsed time counts, so a change of the clock makes no difference.",
        diagnosis=f"time() - max by (company, source) ({tried})",
        caption="Sources overdue",
        panel_query=f"sum({overdue}) or vector(NaN)",
        lookups={"kpis": resting_on_source(company)},
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
        lookups={"kpis": resting_on_table(company)},
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
        lookups={"kpis": resting_on_table(company), "reason": first_reason(company)},
    )


def _kpi_unknown(company: Company) -> PanelAlert:
    every = selector(conventions.UNKNOWN, company=company.name)
    quiet = f"{Reason.TOO_YOUNG.value}|{Reason.UNDEFINED.value}"
    unknown = f'{every.removesuffix("}")},reason!~"{quiet}"}}'
    value = selector(conventions.VALUE, company=company.name)
    info = selector(conventions.INFO, company=company.name)
    return PanelAlert(
        company,
        conventions.KPI_UNKNOWN,
        expression=f"{present(unknown, 'kpi', 'reason')} unless on (company, kpi) {value}",
        minutes=5,
        own={"company": company.name},
        by=("kpi", "reason"),
        summary="A KPI has no value.",
        description="{title} has had no value for 5 minutes ({reason}){unwatched}.",
        action="Run `kpi-exporter explain` to see what is missing, and repair the source.",
        meaning="A KPI that should have a value has none on any replica. A KPI that is undefined by its definition, "
        "or for which the company is too young, raises no alert.",
        diagnosis=every,
        caption="KPIs without a value",
        panel_query=f"count(count by (kpi) ({unknown})) or 0 * count({info}) or vector(NaN)",
        lookups={"title": title_of_kpi(company), "reason": REASON, "unwatched": unwatched(company)},
    )


def _series_absent(company: Company) -> PanelAlert:
    expected = len(company.kpis)
    every = f'{selector(conventions.INFO, company=company.name).removesuffix("}")},connected!="false"}}'
    exported = f"count by (company) ({present(every, 'kpi')})"
    return PanelAlert(
        company,
        conventions.SERIES_ABSENT,
        expression=f"{exported} < {expected}",
        minutes=15,
        own={"company": company.name},
        by=(),
        summary="The exporter lacks KPIs that the rules expect.",
        description=f"The rules expect {expected} KPIs of {company.name}, and the exporter has only {{value}}; no "
        "alert on the missing KPIs can fire.",
        action="Regenerate the rules or reload the exporter, so that both have the same catalogue.",
        meaning=f"The rules come from a catalogue with {expected} KPIs, and the exporter runs with another catalogue.",
        diagnosis=f"count by (kpi) ({last_value(every)})",
        caption="KPIs missing",
        panel_query=f"{expected} - {exported} or on () vector(NaN)",
        counts=True,
    )
