"""early warnings, replayed day by day: how often the band holds, how early warnings come, how many are false."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from exporter.analysis.backtest.early import kpi_histories, limits
from exporter.analysis.backtest.early_figures import EarlyFigures, figures
from exporter.analysis.backtest.early_replay import POINTS, ReplayedPeriod, Sign, replay
from exporter.catalogue.loading import load
from exporter.demo.registry import COMPANIES
from exporter.revenue.materialization import refresh
from tests.bench.result import Result
from tests.demo.simulations import NOW, poll
from tests.support.early_replays import replayed
from tests.support.histories import SHAPES
from tests.support.stores import new_store

SEEDS = 6
"""Histories of each shape, and simulations of each company that is younger than the two years to replay."""

BACK = timedelta(days=4 * 365)
"""Two years that are replayed, and two before them that teach; a company that is younger has less."""


def measure() -> Iterator[Result]:
    """Measure each shape and each simulated company, then the warnings of all."""
    made: list[ReplayedPeriod] = []
    simulated: list[ReplayedPeriod] = []
    for shape in SHAPES:
        periods = list(replayed(shape, SEEDS))
        yield from _held(shape, figures(periods))
        made += periods
    for name in COMPANIES:
        periods = _company(name, 1)
        if len(periods) < _FEW:
            periods += [period for seed in range(2, SEEDS + 1) for period in _company(name, seed)]
        yield from _held(name, figures(periods))
        simulated += periods
    yield from _warnings("all shapes", figures(made))
    yield from _warnings("all companies", figures(simulated))


_FEW = 120
"""Periods of all KPIs, of which one more or less within the band would move a share by a percent."""


def _company(name: str, seed: int) -> list[ReplayedPeriod]:
    with TemporaryDirectory() as folder:
        company = load(COMPANIES[name](Path(folder) / "demo", NOW, seed), {})
        store = new_store(Path(folder) / "records.duckdb")
        poll(company, store, NOW)
        refresh(store, company.ledger)
        launch = company.launch or (NOW - BACK).date()
        first = max(datetime(launch.year, launch.month, launch.day, tzinfo=UTC), NOW - BACK)
        moments = [first + timedelta(days=number) for number in range((NOW - first).days + 1)]
        kpis = [kpi for kpi in company.kpis.values() if kpi.window.running is not None]
        histories = kpi_histories(company, store, moments, [kpi.id for kpi in kpis])
        store.close()
    return [period for kpi in kpis for period in replay(histories[kpi.id], kpi.window, company.calendar, limits(kpi))]


def _held(name: str, result: EarlyFigures) -> Iterator[Result]:
    for point in POINTS:
        share = 100 * (result.held[point] or 0)
        what = f"{name}: final values within the 80% band at {point} of the period, of {result.projected[point]}"
        yield Result(what, share, "%", at_least=75, at_most=90)


def _warnings(name: str, result: EarlyFigures) -> Iterator[Result]:
    for sign in Sign:
        of_sign = result.signs[sign]
        most = 0.0 if sign is Sign.BEYOND else 10.0
        what = f"{name}: {sign.value}, false ones of {of_sign.warnings}; final values crossed {result.crossings} limits"
        yield Result(what, 100 * (of_sign.false_share or 0), "%", at_most=most)
        yield Result(f"{name}: {sign.value}, median days before the close", of_sign.lead or 0, "days")
