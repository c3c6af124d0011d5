"""evaluating the KPIs of all simulated companies, with the periods that run and last closes, against without them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, closing
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from time import process_time

from exporter.calendar.windows import Window
from exporter.catalogue.loading import load
from exporter.catalogue.model import Company
from exporter.demo.registry import COMPANIES
from exporter.kpis.snapshot import take_snapshot
from exporter.measures.result_cache import _caches
from exporter.records.store import Store
from exporter.revenue.materialization import refresh
from tests.bench.result import Result
from tests.demo.simulations import NOW, poll

ROUNDS = 5


def measure() -> Iterator[Result]:
    """Let both take turns, the fastest of a few rounds each, in seconds of the processor."""
    with TemporaryDirectory() as name, ExitStack() as stack:
        seconds = {"with": 0.0, "without": 0.0}
        count = 0
        for company_name, write in COMPANIES.items():
            folder = Path(name) / company_name
            company = load(write(folder / "demo", NOW), {})
            store = stack.enter_context(closing(Store(folder / "records.duckdb")))
            poll(company, store, NOW)
            refresh(store, company.ledger)
            for way, fastest in _fastest(company, store).items():
                seconds[way] += fastest
            count += len(company.kpis)
    yield Result("KPIs", count, "")
    yield Result("evaluation of each value and the one before", seconds["without"], "s")
    yield Result("evaluation also of the periods that run and last closes", seconds["with"], "s")
    yield Result("with / without", seconds["with"] / seconds["without"], "", at_most=1.3)


def _fastest(company: Company, store: Store) -> Mapping[str, float]:
    ways = {"with": company, "without": _without(company)}
    taken: dict[str, list[float]] = {way: [] for way in ways}
    for _ in range(ROUNDS):
        for way, evaluated in ways.items():
            _caches.pop(store, None)
            start = process_time()
            take_snapshot(evaluated, store, NOW)
            taken[way].append(process_time() - start)
    return {way: min(times) for way, times in taken.items()}


def _without(company: Company) -> Company:
    """Return the company with its calendar windows and `now` as the last month, of which no other part is known."""
    month = Window("trailing 1 month", "trailing", "months", 1)
    kpis = {
        id_: replace(kpi, window=month) if kpi.window.kind in ("calendar", "now") else kpi
        for id_, kpi in company.kpis.items()
    }
    return replace(company, kpis=kpis)
