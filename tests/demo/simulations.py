"""The simulated companies of the tests: what each exports, computed once, and what the exporter reads of it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Protocol

from exporter.catalogue.loading import load
from exporter.catalogue.model import Company
from exporter.demo.email_infrastructure import simulation as email_infrastructure
from exporter.demo.kit.rows import Rows
from exporter.demo.managed_kubernetes import simulation as managed_kubernetes
from exporter.demo.registry import Write
from exporter.demo.unit_economics import simulation as unit_economics
from exporter.demo.vmcloud import simulation as vmcloud
from exporter.kpis.reading import CompanyReading
from exporter.kpis.snapshot import take_snapshot
from exporter.records.store import Store
from exporter.revenue.materialization import refresh
from exporter.sources.interface import Context, Deadline
from tests.support.stores import new_store

NOW = datetime(2026, 11, 22, 10, tzinfo=UTC)


class Simulate(Protocol):
    def __call__(self, now: datetime, seed: int = 1) -> Mapping[str, Rows]: ...


SIMULATE: Mapping[str, Simulate] = {
    "email-infrastructure": email_infrastructure.simulate,
    "managed-kubernetes": managed_kubernetes.simulate,
    "unit-economics": unit_economics.simulate,
    "vmcloud": vmcloud.simulate,
}


@cache
def exports(company: str, now: datetime = NOW, seed: int = 1) -> Mapping[str, Rows]:
    """Return the rows of each export of a company by path; tests only read them."""
    return SIMULATE[company](now, seed)


def simulated_reading(write: Write, folder: Path, now: datetime, seed: int = 1) -> CompanyReading:
    """Write a company as of `now` into a folder, and return all its KPIs."""
    store = new_store(folder / "records.duckdb")
    try:
        return read(write(folder / "demo", now, seed), store, now)
    finally:
        store.close()


def read(company_file: Path, store: Store, now: datetime) -> CompanyReading:
    """Poll every source of a company once, and return all its KPIs."""
    company = load(company_file, {})
    poll(company, store, now)
    refresh(store, company.ledger)
    return take_snapshot(company, store, now)


def poll(company: Company, store: Store, now: datetime) -> None:
    """Poll every source of a company once into a store."""
    for name, options in company.sources.items():
        context = Context(Deadline(60), {}, now, company.timezone)
        with store.intake(company.name, name, company.timezone, company.currency) as intake:
            for item in options.build(name).poll(context):
                intake.take(item)
            intake.commit(now, context.cursor)


def kpi_values(reading: CompanyReading) -> Mapping[str, float]:
    """Return the value of each KPI that has one."""
    return {kpi.kpi.id: kpi.value for kpi in reading.kpis if kpi.value is not None}
