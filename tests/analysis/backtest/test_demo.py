"""Backtests of the simulated companies agree with reading each moment by itself, as the exporter would have then."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from time import perf_counter

import pytest

from exporter.analysis.backtest.backtest import backtest
from exporter.analysis.backtest.episodes import AlertHistory
from exporter.analysis.backtest.past import Sample
from exporter.analysis.backtest.request import BacktestRequest
from exporter.catalogue.loading import load
from exporter.demo import registry
from exporter.kpis.reading import Reading, Status
from exporter.kpis.snapshot import take_snapshot
from exporter.records.store import Store
from exporter.sources.interface import Context, Deadline
from tests.support.examples import first
from tests.support.world import utc

pytestmark = pytest.mark.slow

Simulated = Callable[[str], tuple[Path, Store]]

NOW = utc("2026-11-20T12:00")


COMPANIES = ("managed-kubernetes", "unit-economics", "vmcloud")
"""Those that have thresholds."""


@pytest.fixture(scope="module")
def simulated(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Simulated]:
    """Return by name the file of a simulated company, and a store that has read all its sources."""
    made: dict[str, tuple[Path, Store]] = {}

    def simulate(name: str) -> tuple[Path, Store]:
        if name not in made:
            file = registry.COMPANIES[name](tmp_path_factory.mktemp(name), NOW)
            made[name] = file, read(file)
        return made[name]

    yield simulate
    for _, store in made.values():
        store.close()


def read(file: Path) -> Store:
    """Return a store in which every source of the company was read once."""
    company, store = load(file), Store(file.parent / "kpi.duckdb")
    for name, options in company.sources.items():
        with store.intake(company.name, name, company.timezone, company.currency) as intake:
            for taken in options.build(name).poll(Context(Deadline(60), {}, NOW, company.timezone)):
                intake.take(taken)
            intake.commit(NOW, {})
    return store


@pytest.mark.parametrize("name", first(2, COMPANIES))
def test_a_year_is_what_each_of_its_moments_read_by_itself_says(simulated: Simulated, name: str) -> None:
    file, store = simulated(name)
    loaded = load(file)
    result = backtest(BacktestRequest(loaded, "2025-11-20", step="60d"), store, NOW)
    firing = 0
    for index, at in enumerate(result.moments):
        readings = {reading.kpi.id: reading for reading in take_snapshot(loaded, store, at).kpis}
        for id_, reading in readings.items():
            own = [each for each in result.histories if each.alert.kpi.id == id_]
            samples = [(each, each.samples[index]) for each in own]
            assert all(_agrees(each, sample, reading) for each, sample in samples), (id_, at)
            firing += _status(samples) not in (None, Status.OK)
            if reading.status is not None and samples:
                assert _status(samples) == reading.status, (id_, at)
    assert firing > 10


@pytest.mark.exhaustive
def test_three_years_of_days_take_seconds(simulated: Simulated) -> None:
    name = "managed-kubernetes"
    file, store = simulated(name)
    started = perf_counter()
    result = backtest(BacktestRequest(load(file), "2023-11-20"), store, NOW)
    seconds = perf_counter() - started
    print(f"\n{name}: {len(result.histories)} alerts at {len(result.moments)} moments in {seconds:.1f} s")
    assert len(result.moments) == 1098
    assert all(len(each.samples) == 1098 for each in result.histories)


def _agrees(history: AlertHistory, sample: Sample, reading: Reading) -> bool:
    """Return whether the number is the one that was read: the headline, the segment's, or the part if larger."""
    segment = history.alert.labels.get("segment")
    values = [reading.segments.get(segment) if segment else reading.value, reading.accumulated]
    return sample.value == max((each for each in values if each is not None), default=None)


def _status(samples: list[tuple[AlertHistory, Sample]]) -> Status | None:
    """Return the status that the alerts give the KPI; None where none of them can be evaluated."""
    firing = {each.alert.severity for each, sample in samples if sample.firing}
    if "critical" in firing:
        return Status.CRITICAL
    if "warning" in firing:
        return Status.WARNING
    return None if all(sample.firing is None for _, sample in samples) else Status.OK
