"""A KPI's own page: what it is, how its number comes about, how it went, and what is done when it goes wrong."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode

from exporter.analysis.explain.answer import Explanation, Term, written
from exporter.analysis.explain.mrr_bridge_text import revenue_lines
from exporter.analysis.explain.text import number
from exporter.catalogue.model import Company, Kpi
from exporter.charts.timeseries import Chart
from exporter.kpis.display_status import DisplayStatus, display_status
from exporter.kpis.kpi_series import KpiSeries
from exporter.kpis.reading import Unknown
from exporter.quantities import display
from exporter.web.pages import kpi_text
from exporter.web.pages.alerts import AlertView, alerts
from exporter.web.pages.history_section import past_chart, values_table
from exporter.web.pages.kpi_tables import breakdown_tables, inputs_table, levels_table
from exporter.web.pages.links import Links
from exporter.web.pages.tables import Age, Link, Table
from exporter.web.pages.time_range import TIME_RANGES


@dataclass(frozen=True)
class TermView:
    """A name of the formula with its number; `href` leads to the KPI or measure, `until` is the end of its period."""

    text: str
    href: str
    number: str
    until: str
    formula: str
    terms: Sequence[TermView]


@dataclass(frozen=True)
class KpiPage:
    """Texts are empty where there is nothing to say. `uses` are the KPIs that rest on it, `elsewhere` what else
    tells of it."""

    company: Company
    kpi: Kpi
    standing: DisplayStatus
    value: tuple[str, str]
    exact: str
    why_unknown: str
    change: str
    previous: str
    target: tuple[str, str]
    verdict: str
    crossed: str
    attainment: str
    class_: str
    window: str
    data: Age | None
    stale: bool
    doubts: Sequence[str]
    note: str
    formula: str
    undefined_when: Sequence[tuple[str, str]]
    terms: Sequence[TermView]
    revenue: str
    reaches: Sequence[tuple[str, str, bool]]
    chart: Chart | None
    values: Table
    levels: Table
    breakdowns: Sequence[Table]
    inputs: Table
    alerts: Sequence[AlertView]
    uses: Sequence[Link]
    elsewhere: Sequence[Link]

    @property
    def area(self) -> str:
        return kpi_text.spaced(self.kpi.area)


def kpi_page(found: Explanation, track: KpiSeries, reach: str, links: Links, now: datetime) -> KpiPage:
    """The page for what is known of the KPI, with its past as far back as `reach`."""
    company, reading, kpi = found.company, found.reading, found.reading.kpi
    path = f"/kpi/{company.name}/{kpi.id}"
    return KpiPage(
        company=company,
        kpi=kpi,
        standing=display_status(reading),
        value=kpi_text.value(reading),
        exact=kpi_text.exact(reading),
        why_unknown=kpi_text.why_unknown(reading),
        change=kpi_text.change(reading),
        previous="" if reading.previous is None else display.amount(reading.previous, kpi.unit),
        target=kpi_text.target(reading),
        verdict=kpi_text.verdict(reading),
        crossed=kpi_text.crossed(reading),
        attainment="" if reading.attainment is None else display.percentage(round(reading.attainment, 3)),
        class_=next((kpi_text.spaced(name) for name, holds in reading.classes.items() if holds), ""),
        window=kpi_text.window(reading, company.calendar.zone),
        data=kpi_text.age(reading.as_of, now, company.calendar.zone),
        stale=kpi_text.stale(reading, now),
        doubts=kpi_text.doubts(reading),
        note=" ".join((kpi.note or "").split()),
        formula=written(kpi),
        undefined_when=[(test.text, reason) for test, reason in kpi.undefined_when],
        terms=[_term(found, each, links) for each in found.terms],
        revenue="\n".join(revenue_lines(company, found.revenue)) if found.revenue else "",
        reaches=[(name, links.kpi(company.name, kpi.id, name), name == reach) for name in TIME_RANGES],
        chart=past_chart(found, track),
        values=values_table(company, kpi, track, f"{path}/values.csv?range={reach}"),
        levels=levels_table(found, f"{path}/levels.csv"),
        breakdowns=breakdown_tables(reading, path),
        inputs=inputs_table(found, links, now, f"{path}/inputs.csv"),
        alerts=alerts(company, kpi),
        uses=[
            Link(each.title, links.kpi(company.name, each.id))
            for each in company.kpis.values()
            if each is not kpi and any(name.name == kpi.id for name in each.names())
        ],
        elsewhere=list(_elsewhere(company, kpi, now)),
    )


def _elsewhere(company: Company, kpi: Kpi, now: datetime) -> Iterator[Link]:
    about = {"company": company.name, "kpi": kpi.id}
    yield Link("Explanation as text", f"/api/v1/explain?{urlencode(about)}")
    if kpi.thresholds:
        since = f"{(now - TIME_RANGES['90d']).astimezone(company.calendar.zone):%Y-%m-%d}"
        yield Link(
            "Alerts of the last 90 days by these thresholds, as JSON",
            f"/api/v1/backtest?{urlencode({**about, 'since': since})}",
        )
    yield Link("In Grafana", company.kpi_url(kpi.id))


def _term(found: Explanation, term: Term, links: Links) -> TermView:
    company = found.company
    # A measure that a KPI is named after has its story on that KPI's page, but not on this one.
    is_kpi = term.name in company.kpis and term.name != found.reading.kpi.id
    href = links.kpi(company.name, term.name) if is_kpi else "#inputs" if term.until else ""
    value = term.value
    return TermView(
        text=term.text,
        href=href,
        number=f"unknown: {value.detail}" if isinstance(value, Unknown) else f"{number(value)} {term.unit}".rstrip(),
        until=f"{term.until.astimezone(company.calendar.zone):%-d %b %Y %H:%M}" if term.until else "",
        formula=term.formula,
        terms=[_term(found, each, links) for each in term.terms],
    )
