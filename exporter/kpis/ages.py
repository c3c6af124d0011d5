"""Ages: how old the data behind a KPI is, and from which age on that is too old. They move on without a new value."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from exporter.catalogue.model import Company, Kpi
from exporter.kpis.freshness import Polls
from exporter.kpis.reading import Reading


@dataclass(frozen=True)
class DataAge:
    """How old the data behind a KPI is at one moment.

    `as_of` is the oldest last success among its sources, None if one was never read; `stale_after`, in seconds, is the
    age at which a source is overdue. `connected_until` is when the data of a KPI that is no longer connected was last
    read. With `overdue`, a source has probably more than it was read to have.
    """

    as_of: datetime | None
    stale_after: float | None
    connected_until: datetime | None
    overdue: bool

    def is_of(self, reading: Reading) -> bool:
        """Return whether a reading has this age."""
        ages = (reading.as_of, reading.stale_after, reading.connected_until)
        return ages == (self.as_of, self.stale_after, self.connected_until)


def age(company: Company, kpi: Kpi, polls: Polls, now: datetime) -> DataAge:
    """Return how old the data behind a KPI is."""
    sources, read = company.sources_of(kpi), _last_read(company, kpi, polls)
    as_of = min(now, *read.values()) if read and len(read) == len(sources) else None
    stale_after = _stale_after(company, sources, read)
    return DataAge(
        as_of,
        stale_after,
        None if company.connected(kpi) else polls.filled_until(company.missing(kpi)),
        as_of is not None and stale_after is not None and (now - as_of).total_seconds() > stale_after,
    )


def _last_read(company: Company, kpi: Kpi, polls: Polls) -> Mapping[str, datetime]:
    """Return when what the KPI rests on was read last, by the sources that were ever read."""
    times = {each: polls.last_read(each, company.tables_of(kpi, each)) for each in company.sources_of(kpi)}
    return {source: at for source, at in times.items() if at is not None}


def _stale_after(company: Company, sources: tuple[str, ...], read: Mapping[str, datetime]) -> float | None:
    """Return at which age of the oldest data, in seconds, the first source is overdue by its own schedule.

    So a source that is read often is not waited for as long as one that is read daily.
    """
    limits = {each: company.sources[each].stale_after(company.timezone) for each in sources}
    if not read or len(read) < len(limits):
        return max(limits.values(), default=None)
    oldest = min(read.values())
    return min((at - oldest).total_seconds() + limits[source] for source, at in read.items())
