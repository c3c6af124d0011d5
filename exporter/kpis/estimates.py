"""Which values rest on records that were reconstructed, since their source has no trace of what happened."""

from __future__ import annotations

from exporter.catalogue.model import Company
from exporter.kpis.evaluation import periods_by_measure
from exporter.kpis.freshness import Polls
from exporter.kpis.moments import KpiAt
from exporter.records.state import EstimatedTable


def estimates(company: Company, polls: Polls, moment: KpiAt) -> tuple[EstimatedTable, ...]:
    """Return the tables with reconstructed rows from which a KPI is computed at a moment.

    A table counts if the KPI needs it for a period that begins before its rows are exact.
    """
    if not polls.estimated:
        return ()
    needed = periods_by_measure(company, [moment])
    begins = {name: min(period.starts for period in periods) for name, periods in needed.items()}
    return tuple(
        each
        for each in polls.estimated
        if any(
            starts < each.before and each.table in company.measures[name].tables and _fills(company, each)
            for name, starts in begins.items()
        )
    )


def _fills(company: Company, estimated: EstimatedTable) -> bool:
    return estimated.source in company.fillers(estimated.table)
