"""The sources: how their polls went, which rows they brought, which rows were bad and why."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from exporter.kpis.notices import notices
from exporter.kpis.reading import CompanyReading, SourceReading
from exporter.polling.polled_source import Key, PollStats
from exporter.quantities.display import duration
from exporter.records.state import Rejected
from exporter.series.help_text import schedule
from exporter.web.pages import kpi_text
from exporter.web.pages.tables import Age, Cell, Table

BAD_ROW = ("company", "source", "table", "row", "why")


@dataclass(frozen=True)
class SourceView:
    """One source; `state` is `up`, `down` or `not tried yet`. Texts are empty where there is nothing to say."""

    anchor: str
    name: str
    type: str
    schedule: str
    state: str
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
    name: str
    title: str
    sources: Sequence[SourceView]
    notices: Sequence[str]
    rejected: Table


def company_sources(
    reading: CompanyReading, polls: Mapping[Key, PollStats], rejected: Sequence[Rejected], now: datetime
) -> CompanySources:
    company = reading.company
    views = [_view(reading, source, polls.get((company.name, source.name)), now) for source in reading.sources]
    # Those that fail are to be seen first.
    return CompanySources(
        company.name,
        company.title,
        sorted(views, key=lambda each: each.state != "down"),
        list(notices(reading)),
        rejected_table(company.name, rejected),
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
        state="not tried yet" if source.up is None else ("up" if source.up else "down"),
        success=kpi_text.age(source.last_success, now, zone),
        attempt=kpi_text.age(source.last_attempt, now, zone),
        took=duration(stats.duration) if stats and stats.duration is not None else "",
        polls=polled,
        rows=_counts(source.rows),
        rejected=_counts({table: count for table, count in source.rejected.items() if count}),
        held=_counts({table: held.missing for table, held in source.held.items()}),
        error=source.error or "",
    )


def _counts(found: Mapping[str, int]) -> Sequence[tuple[str, str]]:
    return [(table, f"{count:,}") for table, count in found.items()]


def rejected_table(company: str, found: Sequence[Rejected]) -> Table:
    """The bad rows that no later poll put right, by their keys: what else is in them stays in the store."""
    rows: list[Sequence[Cell]] = [
        (company, each.source, each.table, ", ".join(part or "no key" for part in bad.key) or "no key", bad.reason)
        for each in found
        for bad in each.examples
    ]
    csv = f"/rejected.csv?company={company}"
    return Table(f"Bad rows of {company}", BAD_ROW, rows, csv, empty="No row was rejected.")


def sources_table(companies: Sequence[CompanyReading], polls: Mapping[Key, PollStats], now: datetime) -> Table:
    """The sources of all these companies."""
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
    return Table(
        "Sources", (*columns, "failed polls", "rows", "rejected rows", "held back", "error"), rows, "/sources.csv"
    )
