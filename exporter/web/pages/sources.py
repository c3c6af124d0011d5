"""The sources: the results of their polls, their rows, and the rejected rows with the reason."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from exporter.kpis.notices import disconnections, notices
from exporter.kpis.reading import CompanyReading, SourceReading
from exporter.polling.polled_source import Key, PollStats
from exporter.quantities.display import duration
from exporter.records.state import Rejected
from exporter.series.help_text import schedule
from exporter.web.pages import kpi_text
from exporter.web.pages.links import PageLinks
from exporter.web.pages.tables import Age, Cell, TableView

BAD_ROW = ("company", "source", "table", "key", "reason")


@dataclass(frozen=True)
class SourceView:
    """One source; `state` is `up`, `down` or `not polled yet`. A text is empty where it does not apply."""

    anchor: str
    name: str
    type: str
    schedule: str
    state: str
    first_run: str
    success: Age | None
    attempt: Age | None
    took: str
    polls: str
    rows: Sequence[tuple[str, str]]
    rejected: Sequence[tuple[str, str]]
    held: Sequence[tuple[str, str]]
    error: str


@dataclass(frozen=True)
class CompanySources:
    """The sources of one company, with notices about held back tables and rejected rows."""

    name: str
    title: str
    sources: Sequence[SourceView]
    notices: Sequence[str]
    rejected: TableView


def company_sources(
    reading: CompanyReading,
    polls: Mapping[Key, PollStats],
    rejected: Sequence[Rejected],
    links: PageLinks,
    now: datetime,
) -> CompanySources:
    """Return the sources of a company, those that are down first."""
    company = reading.company
    views = [_view(reading, source, polls.get((company.name, source.name)), now) for source in reading.sources]
    return CompanySources(
        company.name,
        company.title,
        sorted(views, key=lambda each: each.state != "down"),
        [*disconnections(reading), *notices(reading)],
        rejected_table(company.name, rejected, f"{links.root}rejected.csv?company={company.name}"),
    )


def _view(reading: CompanyReading, source: SourceReading, stats: PollStats | None, now: datetime) -> SourceView:
    zone = reading.company.calendar.zone
    options = reading.company.sources.get(source.name)
    polled = f"{stats.polls:,}, {stats.failures:,} failed" if stats else ""
    return SourceView(
        anchor=f"{reading.company.name}-{source.name}",
        name=source.name,
        type=source.type,
        schedule=schedule(options) if options else "",
        state="not polled yet" if source.up is None else ("up" if source.up else "down"),
        first_run="" if source.unfinished is None else source.unfinished.text,
        success=kpi_text.age(source.last_success, now, zone),
        attempt=kpi_text.age(source.last_attempt, now, zone),
        took=duration(stats.duration) if stats and stats.duration is not None else "",
        polls=polled,
        rows=_counts(source.rows),
        rejected=_counts({table: count for table, count in source.rejected.items() if count}),
        held=_counts({table: held.missing for table, held in source.held.items()}),
        error=source.error or "",
    )


def _counts(by_table: Mapping[str, int]) -> Sequence[tuple[str, str]]:
    return [(table, f"{count:,}") for table, count in by_table.items()]


def rejected_table(company: str, rejected: Sequence[Rejected], csv: str) -> TableView:
    """Return the rejected rows that no later poll corrected, by key; their other columns stay in the store."""
    rows: list[Sequence[Cell]] = [
        (company, each.source, each.table, ", ".join(part or "no key" for part in bad.key) or "no key", bad.reason)
        for each in rejected
        for bad in each.examples
    ]
    return TableView(f"Rejected rows of {company}", BAD_ROW, rows, csv, empty="No rows were rejected.")


def sources_table(companies: Sequence[CompanyReading], polls: Mapping[Key, PollStats], now: datetime) -> TableView:
    """Return the sources of all these companies."""
    rows: list[Sequence[Cell]] = []
    for reading in companies:
        zone = reading.company.calendar.zone
        for source, view in zip(
            reading.sources, (_view(reading, each, None, now) for each in reading.sources), strict=True
        ):
            stats = polls.get((reading.company.name, source.name))
            rows.append(
                (
                    reading.company.name,
                    source.name,
                    source.type,
                    view.schedule or None,
                    view.state,
                    kpi_text.age(source.last_success, now, zone),
                    kpi_text.age(source.last_attempt, now, zone),
                    stats.polls if stats else None,
                    stats.failures if stats else None,
                    sum(source.rows.values()),
                    sum(source.rejected.values()),
                    sum(each.missing for each in source.held.values()),
                    source.error,
                )
            )
    columns = ("company", "source", "type", "schedule", "state", "last success", "last attempt", "polls")
    return TableView("Sources", (*columns, "failed polls", "rows", "rejected rows", "held back", "error"), rows)
