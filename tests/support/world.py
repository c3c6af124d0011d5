"""A small company for a test: CSV files, a catalogue that extends a shipped one, polls at instants the test chooses."""

from __future__ import annotations

import csv
from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, date, datetime, time
from functools import partial
from pathlib import Path
from typing import Any, Protocol
from zoneinfo import ZoneInfo

import yaml

from exporter.catalogue.loading import load
from exporter.catalogue.model import Company
from exporter.kpis.reading import CompanyReading, Reading
from exporter.kpis.snapshot import evaluate, take_snapshot
from exporter.records.store import Store
from exporter.records.tables import TABLES
from exporter.revenue.definition import ITEMS
from exporter.revenue.materialization import refresh
from exporter.sources.interface import Context, Deadline
from exporter.web.exposition import Exposition
from exporter.web.interface import Reload, Snapshot
from tests.support.stores import new_store

BERLIN = ZoneInfo("Europe/Berlin")

TableRow = Mapping[str, object]
Tables = Mapping[str, Sequence[TableRow]]


class MakeWorld(Protocol):
    def __call__(self, tables: Tables, **options: Any) -> World: ...


def utc(text: str) -> datetime:
    """Parse a date or time in UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def berlin(on: date) -> datetime:
    """Return the first instant of a day in Berlin."""
    return datetime.combine(on, time(), BERLIN).astimezone(UTC)


class World:
    """The files of one company and the store they are polled into.

    Each table is a file of the source `books`, unless `sources` names for it another. `catalogue` is laid over the
    shipped one; `options` are those of every source.
    """

    def __init__(
        self,
        folder: Path,
        tables: Tables,
        catalogue: Mapping[str, object] | None = None,
        sources: Mapping[str, str] | None = None,
        **options: object,
    ) -> None:
        self.folder = folder
        self.store = new_store(folder / "records.duckdb")
        owners = {table: (sources or {}).get(table, "books") for table in tables}
        for table, rows in tables.items():
            self.write(table, rows)
        document: dict[str, object] = {
            "extends": "managed-kubernetes",
            "company": "acme",
            "title": "Acme",
            "sources": {
                source: {
                    "type": "files",
                    **options,
                    "tables": {table: {"path": f"{table}.csv"} for table, owner in owners.items() if owner == source},
                }
                for source in sorted(set(owners.values()))
            },
            **(catalogue or {}),
        }
        (folder / "company.yaml").write_text(yaml.dump(document, Dumper=yaml.CSafeDumper), "utf-8")
        self.company: Company = load(folder / "company.yaml", {})

    @classmethod
    def opened(cls, folder: Path) -> World:
        """Open the world whose files and store are in a folder, such as a copy of another's."""
        world = cls.__new__(cls)
        world.folder = folder
        world.store = Store(folder / "records.duckdb")
        world.company = load(folder / "company.yaml", {})
        return world

    def write(self, table: str, rows: Sequence[TableRow]) -> None:
        """Write a table's file, which the next poll reads anew."""
        definition = TABLES[table]
        columns = [
            each.name
            for each in definition.columns
            if definition.requires(each) or any(each.name in row for row in rows)
        ]
        with (self.folder / f"{table}.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, columns)
            writer.writeheader()
            writer.writerows(rows)

    def poll(self, at: datetime, *only: str) -> World:
        """Poll these sources, or all, successfully, and bring the ledger up to date as the running exporter does.

        Where no source gives items, there is nothing in the ledger, and it is left alone to save time.
        """
        for name, options in self.company.sources.items():
            if only and name not in only:
                continue
            state = self.store.polls.state("acme").get(name)
            cursor = dict(state.cursor) if state else {}
            zone = self.company.timezone
            with self.store.intake("acme", name, zone, self.company.currency) as intake:
                recall = partial(self.store.polls.remembered, "acme", name)
                for item in options.build(name).poll(Context(Deadline(30), cursor, at, zone, recall=recall)):
                    intake.take(item)
                intake.commit(at, cursor)
        if (self.company.ledger.sources or {}).get(ITEMS):
            refresh(self.store, self.company.ledger)
        return self

    def take(self, now: datetime) -> CompanyReading:
        return take_snapshot(self.company, self.store, now)

    def read(self, kpi: str, now: datetime) -> Reading:
        """Read one KPI; the others are not computed."""
        [evaluation] = evaluate(self.company, self.store, {now: [kpi]})
        return next(reading for reading in evaluation.readings() if reading.kpi.id == kpi)

    def series(self, now: datetime) -> Mapping[str, float]:
        """Return what `/metrics` has of the company's KPIs and sources: each series as it is written, and its value."""
        return _series(self.take(now))

    def kpi_series(self, moments: Collection[datetime]) -> Mapping[datetime, Mapping[str, float]]:
        """Return the series of the KPIs alone, at each of these instants, all computed in one pass."""
        evaluations = evaluate(self.company, self.store, dict.fromkeys(moments, self.company.kpis))
        readings = [CompanyReading(self.company, each.context.now, each.readings(), ()) for each in evaluations]
        return {reading.at: _series(reading) for reading in readings}


def _series(reading: CompanyReading) -> Mapping[str, float]:
    snapshot = Snapshot((reading,), Reload(True, reading.at))
    text = Exposition(lambda: snapshot).current.text.plain.decode()
    samples = (line.rsplit(" ", 1) for line in text.splitlines() if line.startswith("kpi_"))
    return {series: float(value) for series, value in samples}
