"""The demo company on the path of the program: its sources polled into a store, and all KPIs read."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from exporter.catalogue.loading import load
from exporter.catalogue.model import Company
from exporter.kpis.reading import CompanyReading
from exporter.kpis.snapshot import take_snapshot
from exporter.records.store import Store
from exporter.revenue.materialization import refresh
from exporter.sources.interface import Context, Deadline


def read(company_file: Path, store: Store, now: datetime) -> CompanyReading:
    """Poll every source once and read every KPI."""
    company = load(company_file, {})
    poll(company, store, now)
    refresh(store, company.ledger)
    return take_snapshot(company, store, now)


def poll(company: Company, store: Store, now: datetime) -> None:
    for name, options in company.sources.items():
        context = Context(Deadline(60), {}, now, company.timezone)
        with store.intake(company.name, name, company.timezone, company.currency) as intake:
            for item in options.build(name).poll(context):
                intake.take(item)
            intake.commit(now, context.cursor)
