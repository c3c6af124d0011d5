"""What the page says, in words: a snapshot turned into rows that the template only has to place."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from exporter.catalogue.plans import Scenario
from exporter.kpis.reading import CompanyReading, Reading, SourceReading
from exporter.web import formatting

UNKNOWN = "unknown"
WORST_FIRST = ("critical", "warning", UNKNOWN, "in order")


@dataclass(frozen=True)
class Moment:
    """A point in time: as an age, and exactly."""

    age: str
    exact: str


@dataclass(frozen=True)
class KpiRow:
    """One KPI. `status` is a word of `WORST_FIRST`; texts are empty where there is nothing to say.

    `segments` are the values of those that its target or thresholds name.
    """

    anchor: str
    id: str
    title: str
    definition: str
    explain_url: str
    status: str
    value: str
    exact: str
    why_unknown: str
    change: str
    target: str
    thresholds: Sequence[tuple[str, str]]
    plan: str
    scenarios: Sequence[tuple[str, str]]
    attainment: str
    segments: Sequence[tuple[str, str]]
    class_: str
    benchmarks: Sequence[tuple[str, str]]
    window: str
    data: Moment | None
    stale: bool
    sources: str


@dataclass(frozen=True)
class SourceRow:
    """One source. `state` is `up`, `down` or `not tried yet`."""

    name: str
    type: str
    state: str
    success: Moment | None
    attempt: Moment | None
    rows: Sequence[tuple[str, str]]
    rejected: Sequence[tuple[str, str]]
    error: str


@dataclass(frozen=True)
class CompanyView:
    """One company. `counts` has every status, `attention` the critical rows, then the warnings."""

    name: str
    title: str
    evaluated: Moment
    timezone: str
    counts: Mapping[str, int]
    attention: Sequence[KpiRow]
    areas: Mapping[str, Sequence[KpiRow]]
    sources: Sequence[SourceRow]


def company_view(reading: CompanyReading, now: datetime) -> CompanyView:
    """The company as it is to be shown at `now`."""
    company = reading.company
    zone = company.calendar.zone
    rows = [_kpi_row(company.name, each, now, zone) for each in reading.kpis]
    areas: dict[str, list[KpiRow]] = {}
    for row, each in zip(rows, reading.kpis, strict=True):
        areas.setdefault(each.kpi.area.replace("_", " "), []).append(row)
    return CompanyView(
        name=company.name,
        title=company.title,
        evaluated=_moment(reading.at, now, zone),
        timezone=company.timezone,
        counts={word: sum(row.status == word for row in rows) for word in WORST_FIRST},
        attention=[row for word in WORST_FIRST[:2] for row in rows if row.status == word],
        areas=areas,
        sources=[_source_row(each, now, zone) for each in reading.sources],
    )


def status_word(reading: Reading) -> str:
    """`in order`, `warning`, `critical` or `unknown`."""
    return UNKNOWN if reading.status is None else reading.status.words


def _kpi_row(company: str, reading: Reading, now: datetime, zone: ZoneInfo) -> KpiRow:
    kpi = reading.kpi
    value = reading.value
    known = value is not None
    base = reading.plan.get(Scenario.BASE)
    query = urlencode({"company": company, "kpi": kpi.id})
    return KpiRow(
        anchor=f"{company}-{kpi.id}",
        id=kpi.id,
        title=kpi.title,
        definition=kpi.definition,
        explain_url=f"/api/v1/explain?{query}",
        status=status_word(reading),
        value=formatting.amount(value, kpi.unit) if value is not None else "",
        exact=f"{value:,} {kpi.unit.text}" if known else "",
        why_unknown=reading.unknown.detail if reading.unknown else "",
        change=_change(reading),
        target=kpi.target.text if kpi.target else "",
        thresholds=[(severity, condition.text) for severity, condition in kpi.thresholds.items()],
        plan=formatting.amount(base, kpi.unit) if base is not None else "",
        scenarios=[
            (scenario.value, formatting.amount(planned, kpi.unit))
            for scenario, planned in reading.plan.items()
            if scenario is not Scenario.BASE
        ]
        + [(segment, formatting.amount(planned, kpi.unit)) for segment, planned in reading.segment_plan.items()],
        attainment="" if reading.attainment is None else formatting.percentage(round(reading.attainment, 3)),
        segments=[(label, formatting.amount(each, kpi.unit)) for label, each in reading.segments.items()],
        class_=next((name.replace("_", " ") for name, holds in reading.classes.items() if holds), ""),
        benchmarks=[(each.name, each.text) for each in kpi.benchmarks],
        window=" · ".join(_window(reading, zone)),
        data=_moment(reading.as_of, now, zone) if reading.as_of else None,
        stale=_stale(reading, now),
        sources=", ".join(reading.sources),
    )


def _change(reading: Reading) -> str:
    if reading.value is None or reading.previous is None:
        return ""
    return formatting.change(reading.value, reading.previous, reading.kpi.unit)


def _window(reading: Reading, zone: ZoneInfo) -> Iterator[str]:
    yield reading.kpi.window.text.replace("_", " ")
    if reading.period and (days := formatting.stretch(reading.period, zone)):
        yield days


def _stale(reading: Reading, now: datetime) -> bool:
    if reading.as_of is None or reading.stale_after is None:
        return False
    return now - reading.as_of > timedelta(seconds=reading.stale_after)


def _source_row(source: SourceReading, now: datetime, zone: ZoneInfo) -> SourceRow:
    return SourceRow(
        name=source.name,
        type=source.type,
        state="not tried yet" if source.up is None else ("up" if source.up else "down"),
        success=_moment(source.last_success, now, zone) if source.last_success else None,
        attempt=_moment(source.last_attempt, now, zone) if source.last_attempt else None,
        rows=_counts(source.rows),
        rejected=_counts({table: count for table, count in source.rejected.items() if count}),
        error=source.error or "",
    )


def _counts(counts: Mapping[str, int]) -> Sequence[tuple[str, str]]:
    return [(table, f"{count:,}") for table, count in counts.items()]


def _moment(at: datetime, now: datetime, zone: ZoneInfo) -> Moment:
    return Moment(formatting.age(at, now), formatting.moment(at, zone))
