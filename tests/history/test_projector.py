"""Projections in readings: from the stored history, of the period that runs, and withdrawn where that is not known."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from exporter.calendar.windows import Period
from exporter.catalogue.loading import load
from exporter.catalogue.model import Company
from exporter.history import table
from exporter.history.projector import Projector
from exporter.history.table import HistoryState
from exporter.kpis.kpi_series import KpiSeries
from exporter.kpis.reading import CompanyReading, Level, Reading, Reason, ToDate, Unknown
from exporter.kpis.snapshot import unread
from exporter.records.store import Store
from tests.support.stores import new_store
from tests.support.synthetic_company import write

NOW = datetime(2026, 7, 16, tzinfo=UTC)
KPIS = {
    "incidents": {"unit": "count", "window": "month", "warning": "> 20", "critical": "> 60"},
    "runway": {"unit": "months", "window": "now", "critical": "< 6"},
}


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Company:
    return load(write(tmp_path_factory.mktemp("acme"), "acme", KPIS), {})


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return new_store(tmp_path / "records.duckdb")


def fill(store: Store, *, begun: datetime | None = NOW) -> None:
    """Store two years: an incident a day with two on some days, and a runway that falls by a month in a month."""
    days = [NOW - timedelta(days=n) for n in range(730, -1, -1)]
    totals: dict[tuple[int, int], float] = {}
    incidents, to_date = [], []
    for day in days:
        month = (day.year, day.month)
        before = (day.year, day.month - 1) if day.month > 1 else (day.year - 1, 12)
        to_date.append(totals.get(month, 0.0))
        incidents.append(totals.get(before))
        totals[month] = totals.get(month, 0.0) + 1 + (day.toordinal() * 7919 % 5 == 0)
    nothing = [None] * len(days)
    at = [day.timestamp() for day in days]
    runway: list[float | None] = [8 + (NOW - day).days / 30.4 for day in days]
    series = {
        "incidents": KpiSeries(at, incidents, nothing, nothing, nothing, to_date),
        "runway": KpiSeries(at, runway, nothing, nothing, nothing, nothing),
    }
    table.reset(store, "acme", "definition")
    table.save(store, "acme", series)
    table.save_state(store, "acme", HistoryState("definition", begun, NOW, NOW))


def projected(store: Store, company: Company, to_date: ToDate, runway: float = 8.0) -> tuple[Reading, Reading]:
    """Return the readings of both KPIs with their projections."""
    readings = []
    for kpi in company.kpis.values():
        reading = unread(kpi, company, Unknown(Reason.NO_DATA, "-"))
        levels = {
            severity: tuple(Level(b, float(b.level or 0)) for b in c.bounds) for severity, c in kpi.thresholds.items()
        }
        own = {"to_date": to_date} if kpi.id == "incidents" else {"value": runway, "as_of": NOW}
        readings.append(Reading(**{**vars(reading), "thresholds": levels, **own}))
    with_projections = Projector(store).with_projections(CompanyReading(company, NOW, tuple(readings), ()))
    first, second = with_projections.kpis
    return first, second


JULY = Period(datetime(2026, 6, 30, 22, tzinfo=UTC), NOW)


def test_where_the_month_will_end_and_which_threshold_that_crosses(store: Store, company: Company) -> None:
    fill(store)
    incidents, _ = projected(store, company, ToDate(JULY, 18, None))
    assert 33 < incidents.projected["0.1"] < incidents.projected["0.5"] < incidents.projected["0.9"] < 42
    assert incidents.expected_beyond == {"warning": True, "critical": False}


def test_nothing_is_projected_of_what_is_not_known_to_date(store: Store, company: Company) -> None:
    fill(store)
    stopped = ToDate(JULY, None, Unknown(Reason.STALE, "its source stopped"))
    incidents, _ = projected(store, company, stopped)
    assert incidents.projection is None
    assert incidents.expected_beyond == {}


def test_nothing_is_projected_before_the_history_was_written_once(store: Store, company: Company) -> None:
    fill(store, begun=None)
    incidents, runway = projected(store, company, ToDate(JULY, 18, None))
    assert incidents.projection is None
    assert runway.expected_crossing == {}


def test_a_runway_that_falls_steadily_crosses_its_limit_on_a_day(store: Store, company: Company) -> None:
    fill(store)
    _, runway = projected(store, company, ToDate(JULY, 18, None))
    [(severity, at)] = runway.expected_crossing.items()
    assert severity == "critical"
    assert (at - NOW).days == pytest.approx(2 * 30.4, abs=1)


def test_what_has_crossed_its_limit_already_is_not_expected_to(store: Store, company: Company) -> None:
    fill(store)
    _, runway = projected(store, company, ToDate(JULY, 18, None), runway=5.0)
    assert runway.expected_crossing == {}
