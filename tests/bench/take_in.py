"""The process that `intake` measures: from an empty store to MRR, by one poll and one evaluation of all KPIs.

It prints, as JSON, seconds for each step and its own resident memory at most, in bytes.
"""

from __future__ import annotations

import json
import resource
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from time import perf_counter

import duckdb

from exporter.calendar.clock import Clock
from exporter.catalogue.loading import load
from exporter.catalogue.model import Company
from exporter.kpis.required_periods import required_periods
from exporter.polling.poll import Poll
from exporter.polling.polled_source import PolledSource
from exporter.records.sql import literal, name
from exporter.records.store import Store
from exporter.records.tables import TABLES
from exporter.revenue.materialization import refresh
from exporter.runtime.latest import LatestReadings
from exporter.sources.query_memory import QUERY_MEMORY

MEMORY = "900MB"
"""The budget of the store, and of the queries over files beside it."""


def poll(company: Company, store: Store, clock: Clock) -> None:
    """Poll each source once."""
    for source, options in company.sources.items():
        polled = PolledSource(
            company=company.name,
            name=source,
            options=options,
            source=options.build(source),
            timezone=company.timezone,
            currency=company.currency,
            required_periods=partial(required_periods, company, store, source),
        )
        attempt = Poll(polled, store, clock, lambda _: None)
        attempt.run()
        if attempt.error:
            sys.exit(attempt.error)


def mrr(readings: LatestReadings, company: Company) -> str:
    """Evaluate all KPIs, and return the MRR."""
    readings.evaluate(company)
    (reading,) = readings.all()
    mrr = next(each for each in reading.kpis if each.kpi.id == "mrr")
    if mrr.unknown is not None:
        sys.exit(f"there is no MRR: {mrr.unknown.detail}")
    return str(mrr.value)


def floor(folder: Path, suffix: str, path: Path) -> None:
    """Read the same files into typed tables of a file, which no intake can do without."""
    with duckdb.connect(path, config={"memory_limit": MEMORY, "threads": 2, "preserve_insertion_order": False}) as db:
        db.execute("SET TimeZone = 'UTC'")
        for file in sorted(folder.glob(f"*.{suffix}")):
            described = db.execute(f"DESCRIBE FROM {literal(str(file))}").fetchall()
            table = TABLES[file.stem]
            typed = ", ".join(
                f"CAST({name(column)} AS {typed_column.type}) AS {name(column)}"
                for column, *_ in described
                if (typed_column := table.column(str(column))) is not None
            )
            db.execute(f"CREATE TABLE {name(table.name)} AS SELECT {typed} FROM {literal(str(file))}")


def seconds(step: Callable[[], object]) -> float:
    start = perf_counter()
    step()
    return perf_counter() - start


def main(folder: str, suffix: str) -> None:
    QUERY_MEMORY.allow(MEMORY)
    company = load(Path(folder) / "company.yaml", {})
    store = Store(Path(folder) / "records.duckdb", memory=MEMORY)
    clock = Clock()
    readings = LatestReadings(store, clock, lambda: [company.name])
    taken = {"poll": seconds(lambda: poll(company, store, clock))}
    taken["ledger"] = seconds(lambda: refresh(store, company.ledger))
    taken["evaluation"] = seconds(lambda: mrr(readings, company))
    taken["memory"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    store.close()
    if suffix:
        taken["floor"] = seconds(lambda: floor(Path(folder), suffix, Path(folder) / "floor.duckdb"))
    print(json.dumps(taken))


if __name__ == "__main__":
    main(*sys.argv[1:])
