"""A KPI's own page: definition, value, history, calculation, inputs and alerts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
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
from exporter.kpis.pace import already_beyond, at_this_pace
from exporter.kpis.reading import Unknown
from exporter.kpis.so_far import at_close, so_far, why_not_so_far
from exporter.quantities import display
from exporter.web.pages import kpi_text
from exporter.web.pages.alerts import AlertView, alerts
from exporter.web.pages.history_section import history_chart, values_table
from exporter.web.pages.kpi_tables import breakdown_tables, inputs_table, levels_table
from exporter.web.pages.links import PageLinks
from exporter.web.pages.missing import MissingView, missing_view
from exporter.web.pages.tables import Age, Link, TableView
from exporter.web.pages.time_range import TIME_RANGES


@dataclass(frozen=True)
class TermView:
    """A name of the formula with its number; `href` links to the KPI or measure, `until` is the end of its period."""

    text: str
    href: str
    number: str
    until: str
    formula: str
    terms: Sequence[TermView]


@dataclass(frozen=True)
class PastView:
    """The history to show: the chosen range, those to offer with their titles, from when on there is one.

    `progress` says how far it has been computed; it is empty when it is over, and `begins` where there is no history.
    """

    time_range: str
    time_ranges: Mapping[str, str]
    begins: str
    progress: str


@dataclass(frozen=True)
class KpiPage:
    """Everything that the template of a KPI needs. A text is empty where it does not apply.

    `uses` are the KPIs whose formulas use this one; `elsewhere` are links to its explanation, alerts and board.
    """

    company: Company
    kpi: Kpi
    status: DisplayStatus
    value: tuple[str, str]
    exact: str
    why_unknown: str
    change: str
    previous: str
    so_far: str
    why_not_so_far: str
    at_close: str
    target: tuple[str, str]
    verdict: str
    crossed: str
    attainment: str
    class_: str
    already_beyond: str
    at_this_pace: str
    window: str
    data: Age | None
    stale: bool
    doubts: Sequence[str]
    note: str
    formula: str
    undefined_when: Sequence[tuple[str, str]]
    terms: Sequence[TermView]
    revenue: str
    time_ranges: Sequence[tuple[str, str, bool]]
    past: PastView
    chart: Chart | None
    values: TableView
    levels: TableView
    breakdowns: Sequence[TableView]
    inputs: TableView
    alerts: Sequence[AlertView]
    uses: Sequence[Link]
    missing: MissingView | None
    elsewhere: Sequence[Link]

    @property
    def area(self) -> str:
        """The area as a heading."""
        return display.heading(self.kpi.area)


def kpi_page(
    explanation: Explanation,
    series: KpiSeries,
    past: PastView,
    links: PageLinks,
    now: datetime,
    failing: Sequence[str] = (),
) -> KpiPage:
    """Build the page of a KPI with the history of the chosen range; `failing` are its sources that are down."""
    company, reading, kpi = explanation.company, explanation.reading, explanation.reading.kpi
    path = f"{links.root}kpi/{company.name}/{kpi.id}"
    return KpiPage(
        company=company,
        kpi=kpi,
        status=display_status(reading),
        value=kpi_text.value(reading),
        exact=kpi_text.exact(reading),
        why_unknown=kpi_text.why_unknown(reading),
        change=kpi_text.change(reading),
        previous="" if reading.previous is None else display.amount(reading.previous, kpi.unit),
        so_far=so_far(reading),
        why_not_so_far=why_not_so_far(reading),
        at_close=at_close(reading),
        target=kpi_text.target(reading),
        verdict=kpi_text.verdict(reading),
        crossed=kpi_text.crossed(reading),
        attainment="" if reading.attainment is None else display.percentage(round(reading.attainment, 3)),
        already_beyond=already_beyond(reading),
        at_this_pace=at_this_pace(reading, company.calendar.zone),
        class_=next((display.words(name) for name, holds in reading.classes.items() if holds), ""),
        window=kpi_text.window(reading, company.calendar.zone),
        data=kpi_text.age(reading.as_of, now, company.calendar.zone, failing=bool(failing)),
        stale=kpi_text.stale(reading, now),
        doubts=(*kpi_text.failure_text(failing), *kpi_text.doubts(reading)),
        note=" ".join((kpi.note or "").split()),
        formula=written(kpi),
        undefined_when=[(test.text, reason) for test, reason in kpi.undefined_when],
        terms=[_term(explanation, each, links) for each in explanation.terms],
        revenue="\n".join(revenue_lines(company, explanation.revenue)) if explanation.revenue else "",
        time_ranges=[
            (title, links.kpi(company.name, kpi.id, name), name == past.time_range)
            for name, title in past.time_ranges.items()
        ],
        past=past,
        chart=history_chart(explanation, series),
        values=values_table(company, kpi, series, f"{path}/values.csv?range={past.time_range}"),
        levels=levels_table(explanation, f"{path}/levels.csv"),
        breakdowns=breakdown_tables(reading, path),
        inputs=inputs_table(explanation, links, now, f"{path}/inputs.csv"),
        alerts=alerts(company, kpi),
        uses=[
            Link(each.title, links.kpi(company.name, each.id))
            for each in company.kpis.values()
            if each is not kpi and any(name.name == kpi.id for name in each.names())
        ],
        missing=missing_view(company, kpi, links),
        elsewhere=list(_elsewhere(company, kpi, links, now)),
    )


def _elsewhere(company: Company, kpi: Kpi, links: PageLinks, now: datetime) -> Iterator[Link]:
    about = {"company": company.name, "kpi": kpi.id}
    yield Link("Explanation as text", f"{links.root}api/v1/explain?{urlencode(about)}")
    if kpi.thresholds:
        since = f"{(now - TIME_RANGES['90d']).astimezone(company.calendar.zone):%Y-%m-%d}"
        yield Link(
            "Alerts that these thresholds would have raised in the last 90 days, as JSON",
            f"{links.root}api/v1/backtest?{urlencode({**about, 'since': since})}",
        )
    yield Link("Open in Grafana", company.kpi_url(kpi.id))


def _term(explanation: Explanation, term: Term, links: PageLinks) -> TermView:
    company = explanation.company
    # A term that is named as this KPI is the measure behind it, so it must not link to this page again.
    is_kpi = term.name in company.kpis and term.name != explanation.reading.kpi.id
    href = links.kpi(company.name, term.name) if is_kpi else "#inputs" if term.until else ""
    value = term.value
    return TermView(
        text=term.text,
        href=href,
        number=f"unknown: {value.detail}" if isinstance(value, Unknown) else f"{number(value)} {term.unit}".rstrip(),
        until=f"{term.until.astimezone(company.calendar.zone):%-d %b %Y %H:%M}" if term.until else "",
        formula=term.formula,
        terms=[_term(explanation, each, links) for each in term.terms],
    )
