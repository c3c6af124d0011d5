"""Readings to show: a company with one KPI of every unit, in every status, built without files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from exporter.calendar import windows
from exporter.calendar.windows import Calendar
from exporter.catalogue.language import formula, thresholds
from exporter.catalogue.language.plans import Scenario
from exporter.catalogue.language.thresholds import Condition
from exporter.catalogue.model import Company, CompanyLinks, Kpi
from exporter.catalogue.schema.company import Cadence, Notify
from exporter.kpis.reading import CompanyReading, Level, Reading, Reason, SourceReading, Status, Unknown
from exporter.measures.model import Measure
from exporter.polling.polled_source import PollStats
from exporter.quantities import units
from exporter.records.health import StoreStatus
from exporter.sources.registry import kinds
from exporter.web.interface import MeasureCounts, Reload, Snapshot

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
CALENDAR = Calendar(ZoneInfo("Europe/Berlin"))


def kpi(id_: str, unit: str, **changes: Any) -> Kpi:
    """Return a KPI; `target`, `warning` and `critical` are as a catalogue writes them."""
    kind = units.parse(unit)
    conditions: dict[str, Any] = {
        key: thresholds.parse(changes[key], kind, target=key == "target") if key in changes else None
        for key in ("target", "warning", "critical")
    }
    return Kpi(
        id=id_,
        title=changes.get("title", id_.replace("_", " ").capitalize()),
        area=changes.get("area", "revenue"),
        definition=changes.get("definition", f"What {id_} counts"),
        unit=kind,
        dimension=kind.dimension,
        window=windows.parse(changes.get("window", "month")),
        formula=formula.parse(changes.get("formula", id_)),
        by=changes.get("by", ()),
        undefined_when=(),
        plans={},
        recorded_plan=False,
        action=None,
        note=None,
        owner=None,
        notify=Notify.TICKET,
        cadence=Cadence.MONTHLY,
        measured_from=None,
        **conditions,
    )


def reading(of: Kpi, value: float | None, **changes: Any) -> Reading:
    """Return a KPI's reading with the levels that its conditions state; a value of None is unknown."""
    plan: Mapping[Scenario, float] = changes.pop("plan", {})
    why = None if value is not None else Unknown(Reason.NO_DATA, f"no rows for {of.id}")
    return Reading(
        **{
            "kpi": of,
            "value": value,
            "unknown": why,
            "status": None if value is None else Status.OK,
            "previous": None,
            "breakdowns": {},
            "target": _levels(of.target, plan),
            "thresholds": {severity: _levels(each, plan) for severity, each in of.thresholds.items()},
            "plan": plan,
            "period": of.window.period(NOW, CALENDAR),
            "as_of": NOW - timedelta(minutes=2),
            "stale_after": 630.0,
            "sources": ("billing",),
            **changes,
        }
    )


def _levels(condition: Condition | None, plan: Mapping[Scenario, float]) -> tuple[Level, ...]:
    base = plan.get(Scenario.BASE)
    levels = []
    for bound in condition.bounds if condition else ():
        limit = bound.limit(base)
        if limit is not None:
            levels.append(Level(bound, limit))
    return tuple(levels)


def company_reading(
    readings: Sequence[Reading], name: str = "acme", every: str = "5m", **changes: Any
) -> CompanyReading:
    """Return a company of these KPIs, with one source, `billing`, that answers a measure for each."""
    options = kinds()["prometheus"].model_validate(
        {
            "type": "prometheus",
            "url": "http://127.0.0.1:9090",
            "every": every,
            "measures": {each.kpi.id: {"query": "1", "unit": "count"} for each in readings},
        }
    )
    company = Company(
        name=name,
        title=changes.get("title", name.capitalize()),
        currency="EUR",
        calendar=CALENDAR,
        launch=None,
        phases={},
        links=CompanyLinks("https://example.org/runbooks", "https://example.org/grafana"),
        measures={each.kpi.id: Measure(each.kpi.id, "", each.kpi.unit, (), source="billing") for each in readings},
        kpis={each.kpi.id: each.kpi for each in readings},
        sources={"billing": options},
    )
    return CompanyReading(company, NOW, tuple(readings), changes.get("sources", (source(),)))


def source(**changes: Any) -> SourceReading:
    """Return a source that was read two minutes ago."""
    read = NOW - timedelta(minutes=2)
    return replace(SourceReading("billing", "stripe", True, read, read, None), **changes)


def snapshot(*companies: CompanyReading, successful: bool = True) -> Snapshot:
    keys = [(each.company.name, each_source.name) for each in companies for each_source in each.sources]
    return Snapshot(
        companies=companies,
        reload=Reload(successful, NOW - timedelta(hours=1)),
        polls={key: PollStats(polls=12, failures=2, skipped=1, duration=0.25) for key in keys},
        evaluation_seconds={each.company.name: 0.125 for each in companies},
        measures={each.company.name: MeasureCounts(7, 50) for each in companies},
        store=StoreStatus(free=10_000_000, size=1_000_000),
    )


def acme() -> CompanyReading:
    """Return a company with every unit, every status, a breakdown, a plan, a band, and an unknown KPI."""
    mrr = kpi("mrr", "EUR", by=("tier",), title="Monthly recurring revenue")
    arr = kpi("arr", "EUR", target="plan", warning="< plan", critical="< 80% of plan", window="now")
    margin = kpi("gross_margin", "ratio", target="> 85%", warning="<= 85%", critical="< 70%", area="finance")
    load = kpi("customers_per_engineer", "ratio n:1", target="4 to 8", warning="outside 4 to 8", area="finance")
    runway = kpi("cash_runway", "months", target="> 6", warning="<= 6", critical="< 3", area="finance")
    mttr = kpi("mttr_p1", "duration", target="< 4 h", warning=">= 4 h", critical="> 8 h", area="operations")
    deploys = kpi("deployment_frequency", "per month", target="weekly", window="trailing 90 days")
    csat = kpi("csat", "score 1..5", target="> 4.5", warning="<= 4.5", area="customers")
    nps = kpi("nps", "score -100..100", target="> 50", warning="<= 50", area="customers", window="quarter")
    customers = kpi("customers", "count", area="customers", window="now")
    return company_reading(
        [
            reading(mrr, 26353.21, previous=24356.0, breakdowns={"tier": {"starter": 1710.0, "pro": 24643.21}}),
            reading(arr, 316238.52, status=Status.CRITICAL, plan={Scenario.BASE: 560e3, Scenario.BEAR: 300e3}),
            reading(margin, 0.871, previous=0.862),
            reading(load, 9.4, status=Status.WARNING),
            reading(runway, 6.4, previous=6.9),
            reading(mttr, 12000.0),
            reading(deploys, 4.3),
            reading(csat, 4.62, previous=4.62),
            reading(nps, None),
            reading(customers, 0.0),
        ],
        sources=(
            source(rows={"customers": 1413}, rejected={"customers": 3}),
            source(name="crm", type="http", up=False, error="the server answered 503"),
            source(name="desk", type="csv", up=None, last_success=None, last_attempt=None),
        ),
    )
