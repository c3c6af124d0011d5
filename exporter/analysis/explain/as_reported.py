"""A number as it was reported at an instant: what must have been known then, and which records are those of now."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from exporter.catalogue.model import Company, Kpi
from exporter.measures.session import MeasureSession
from exporter.records.tables import TABLES


def check_instant(company: Company, kpi: Kpi, known_at: datetime, now: datetime) -> None:
    """Raise `ValueError` for an instant in the future, and for a KPI on whose records no versions are kept."""
    if known_at > now:
        raise ValueError(f"what will be known on {_local(company, known_at)} is not known yet")
    if not any(TABLES[table].versioned for table in _tables(company, kpi)):
        versioned = ", ".join(sorted(table.name for table in TABLES.values() if table.versioned))
        raise ValueError(
            f"{kpi.id} cannot be told as it was known before: versions are kept of {versioned}, not of its records"
        )


def check_known(session: MeasureSession, company: Company, kpi: Kpi, known_at: datetime) -> None:
    """Raise `ValueError` where nothing was known then: without records a number would be 0 rather than unknown.

    The session shows what was known at that instant.
    """
    needed = frozenset[str]().union(*(measure.tables for measure in company.inputs(kpi).values()))
    for table in sorted(each for each in needed if TABLES[each].versioned):
        if not session.has_rows(table):
            raise ValueError(f"nothing was known of {table} on {_local(company, known_at)}")


def reported(company: Company, kpi: Kpi, known_at: datetime) -> Iterator[str]:
    """Yield up to when records count, and which records are nevertheless those of now."""
    yield f"  as known on {_local(company, known_at)}"
    present = sorted(table for table in _tables(company, kpi) if not TABLES[table].versioned)
    if present:
        yield f"  but {', '.join(present)} as known now: no versions are kept of them"


def _tables(company: Company, kpi: Kpi) -> frozenset[str]:
    """Return the record tables behind a KPI that some source fills."""
    measures = company.inputs(kpi).values()
    tables = frozenset[str]().union(*(measure.tables | measure.lookups for measure in measures))
    return frozenset(table for table in tables if company.fillers(table))


def _local(company: Company, at: datetime) -> str:
    return f"{at.astimezone(company.calendar.zone):%Y-%m-%d %H:%M:%S} {company.timezone}"
