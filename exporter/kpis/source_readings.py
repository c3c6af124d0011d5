"""Sources at one moment: whether each is up, when it was read last, and which of its rows count."""

from __future__ import annotations

from exporter.catalogue.model import Company
from exporter.kpis.freshness import Polls
from exporter.kpis.reading import SourceReading


def source_readings(company: Company, polls: Polls) -> tuple[SourceReading, ...]:
    """Return every source of the company, in the order of the catalogue."""
    readings = []
    for name, options in company.sources.items():
        state = polls.states.get(name)
        rows = {table: counts[name] for table, counts in polls.fillers.items() if name in counts}
        readings.append(
            SourceReading(
                name=name,
                type=options.type,
                up=state.up if state else None,
                last_success=state.last_success if state else None,
                last_attempt=state.last_attempt if state else None,
                error=state.error if state else None,
                rejected={each.table: each.count for each in polls.rejected if each.source == name},
                rows=rows,
                reasons={each.table: each.reason for each in polls.rejected if each.source == name},
                held={each.table: each for each in polls.held if each.source == name},
                estimated={each.table: each for each in polls.estimated if each.source == name},
                unfinished=state.unfinished if state else None,
                corrections=state.corrections if state else None,
            )
        )
    return tuple(readings)
