"""What a company's KPIs need of a source that computes measures itself: every period that an evaluation may ask for."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from exporter.catalogue.model import Company, Kpi
from exporter.kpis.evaluation import periods_by_measure
from exporter.kpis.freshness import Polls
from exporter.kpis.moments import KpiAt, previous_window, read_with
from exporter.records.store import Store
from exporter.sources.interface import Demand

BACK = 12
"""Windows before the present one that are asked for too, for trends."""


def required_periods(company: Company, store: Store, source: str, now: datetime) -> Demand:
    """Return the periods of the KPIs behind which the source is, as of a poll at `now`."""
    polls = Polls.of(company, store)
    moments = [
        moment
        for kpi in company.kpis.values()
        if source in company.sources_of(kpi)
        for moment in _moments(company, kpi, source, polls, now)
    ]
    periods_of_all = periods_by_measure(company, moments)
    required = {name: periods for name, periods in periods_of_all.items() if company.measures[name].source == source}
    return Demand(required, company.ledger.terms)


def _moments(company: Company, kpi: Kpi, source: str, polls: Polls, now: datetime) -> Iterator[KpiAt]:
    """Yield the moments at which an evaluation may compute a KPI.

    It is computed as of the oldest last success among its sources: this poll's, or one of another source.
    """
    moment = KpiAt(kpi, now)
    yield from read_with(company, moment)
    for _ in range(BACK):
        moment = previous_window(company, moment)
        yield moment
    for other in company.sources_of(kpi):
        last_read = polls.last_read(other, company.tables_of(kpi, other))
        if other != source and last_read is not None and last_read < now:
            yield from read_with(company, KpiAt(kpi, last_read))
