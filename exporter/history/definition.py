"""What a company's numbers follow from beside its records: the same as long as they may be kept."""

from __future__ import annotations

from hashlib import sha256

from exporter import __version__
from exporter.catalogue.model import Company
from exporter.measures import library


def definition(company: Company) -> str:
    """Return a hash of all that makes other numbers of the same records, and of the thresholds."""
    parts = (
        __version__,
        company.currency,
        company.timezone,
        company.calendar.fiscal_year_start,
        company.launch,
        sorted(company.phases.items()),
        list(company.kpis.values()),
        [(each.name, each.sql, each.unit, each.by, each.source) for each in company.measures.values()],
        [(name, sorted(options.record_tables()), options.max_age) for name, options in company.sources.items()],
        list(library.views().items()),
        company.ledger.definition,
    )
    return sha256(repr(parts).encode()).hexdigest()
