"""The snapshot as JSON, for scripts: numbers in the KPI's unit, times in UTC, null for what is unknown."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

from exporter.calendar.windows import Period
from exporter.catalogue.language.objectives import KeyResult
from exporter.kpis.display_status import display_status, status_word
from exporter.kpis.reading import CompanyReading, Level, Reading, SourceReading, ToDate, Unknown
from exporter.records.state import Held, Rejected


def document(companies: Sequence[CompanyReading]) -> dict[str, Any]:
    """Return `{"companies": [{"company", "title", "currency", "evaluated", "kpis": [...], "sources": [...]}]}`.

    The status of a KPI is `in order`, `warning`, `critical`, `unknown` or `not connected`, by its thresholds alone;
    `display_status` is the word of the page, which looks at its target too. A KPI that is not connected has the reason
    `not_connected`, one for which the company is too young `too_young` and in `known_from` the day from which it can
    have a value.
    """
    return {"companies": [_company(reading) for reading in companies]}


def _company(reading: CompanyReading) -> dict[str, Any]:
    return {
        "company": reading.company.name,
        "title": reading.company.title,
        "currency": reading.company.currency,
        "evaluated": _time(reading.at),
        "kpis": [_kpi(each) for each in reading.kpis],
        "sources": [_source(each) for each in reading.sources],
    }


def _kpi(reading: Reading) -> dict[str, Any]:
    kpi, period, unknown = reading.kpi, reading.period, reading.unknown
    return {
        "id": kpi.id,
        "title": kpi.title,
        "area": kpi.area,
        "unit": kpi.unit.text,
        "window": kpi.window.text,
        "metric": kpi.metric(),
        "value": reading.value,
        "unknown": _unknown(unknown) if unknown else None,
        "status": status_word(reading),
        "display_status": display_status(reading).text,
        "previous": reading.previous,
        "to_date": _to_date(reading.to_date) if reading.to_date else None,
        "at_close": reading.at_close,
        "breakdowns": reading.published_breakdowns,
        "withheld": reading.withheld,
        "target": _levels(reading.target),
        "thresholds": {severity: _levels(levels) for severity, levels in reading.thresholds.items()},
        "plan": reading.plan,
        "segment_plan": reading.segment_plan,
        "attainment": reading.attainment,
        "projected": reading.projected,
        "expected_beyond": reading.expected_beyond,
        "expected_crossing": {severity: _time(at) for severity, at in reading.expected_crossing.items()},
        "classes": reading.classes,
        "benchmarks": {
            each.name: {side or "value": float(figure) for side, figure in each.figures.items()}
            for each in kpi.benchmarks
        },
        "objectives": [_objective(each) for each in kpi.objectives],
        "scenarios": reading.scenarios,
        "period": _period(period) if period else None,
        "as_of": _time(reading.as_of),
        "stale_after_seconds": reading.stale_after,
        "sources": reading.sources,
        "held_back": [_held(each) for each in reading.held],
        "rejected": [_rejected(each) for each in reading.rejected],
        "estimated": [each.text for each in reading.estimated],
    }


def _to_date(part: ToDate) -> dict[str, Any]:
    return {
        "value": part.value,
        "unknown": _unknown(part.unknown) if part.unknown else None,
        "plan": part.plan,
        "period": _period(part.period),
    }


def _period(period: Period) -> dict[str, Any]:
    return {"starts": _time(period.starts), "ends": _time(period.ends)}


def _unknown(unknown: Unknown) -> dict[str, Any]:
    known_from = {"known_from": unknown.known_from.isoformat()} if unknown.known_from else {}
    return {"reason": unknown.reason, "detail": unknown.detail, **known_from}


def _levels(levels: Iterable[Level]) -> list[dict[str, Any]]:
    return [{"comparison": level.bound.comparison, "limit": level.limit, **level.bound.labels} for level in levels]


def _objective(result: KeyResult) -> dict[str, Any]:
    return {
        "quarter": result.quarter,
        "objective": result.objective,
        "key_result": result.name,
        "comparison": result.bound.comparison,
        "target": result.bound.limit(plan=None),
    }


def _source(source: SourceReading) -> dict[str, Any]:
    return {
        "name": source.name,
        "type": source.type,
        "up": source.up,
        "last_success": _time(source.last_success),
        "last_attempt": _time(source.last_attempt),
        "first_run": None if source.unfinished is None else source.unfinished.text,
        "error": source.error,
        "rows": source.rows,
        "rejected": source.rejected,
        "held_back": [_held(each) for each in source.held.values()],
    }


def _held(held: Held) -> dict[str, Any]:
    return {
        "source": held.source,
        "table": held.table,
        "rows": held.present,
        "missing": held.missing,
        "given": held.delivered,
        "as_of": _time(held.as_of),
        "since": _time(held.since),
        "accepted": held.accepted,
    }


def _rejected(rejected: Rejected) -> dict[str, Any]:
    return {
        "source": rejected.source,
        "table": rejected.table,
        "rows": rejected.count,
        "reason": rejected.reason,
    }


def _time(at: datetime | None) -> str | None:
    return None if at is None else at.astimezone(UTC).isoformat()
