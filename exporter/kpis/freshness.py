"""How old the data behind a number is: the oldest last success among its sources, or why there is none."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from exporter.catalogue import connection
from exporter.catalogue.model import Company, Kpi
from exporter.kpis.reading import Reason, Unknown
from exporter.measures.grain import settled
from exporter.measures.model import Measure
from exporter.records.state import EstimatedTable, Held, Rejected, SourceState
from exporter.records.store import Store
from exporter.records.table_versions import Versions


@dataclass(frozen=True)
class Polls:
    """What polls have brought: the state of each source, and per table the sources that delivered it, with rows.

    Of the rows that are set aside there is the first of each source and table.
    """

    states: Mapping[str, SourceState]
    fillers: Mapping[str, Mapping[str, int]]
    held: Sequence[Held] = ()
    rejected: Sequence[Rejected] = ()
    estimated: Sequence[EstimatedTable] = ()
    versions: Versions = field(default_factory=dict)

    @classmethod
    def of(cls, company: Company, store: Store) -> Polls:
        """Read the state of the company's sources from the store."""
        name = company.name
        return cls(
            store.polls.state(name),
            store.polls.fillers(name),
            store.polls.held(name),
            store.polls.rejected(name, examples=1),
            store.polls.estimated(name),
            store.polls.versions(name),
        )

    def last_read(self, source: str, tables: Collection[str] | None = None) -> datetime | None:
        """Return when a source, or what it has of these tables, was read last; None if never.

        A table that is held back was read last when it was taken in. Without `tables`, the oldest counts.
        """
        state = self.states.get(source)
        if state is None or state.last_success is None:
            return None
        held = [table for table in self.held if table.source == source and (tables is None or table.table in tables)]
        return min([state.last_success, *(table.as_of for table in held if table.as_of is not None)])

    def changed_at(self, origins: Collection[tuple[str, str]]) -> datetime | None:
        """Return when records last changed, by source and table; None if none ever did."""
        changes = (self.versions[each].changed_at for each in origins if each in self.versions)
        return max(changes, default=None)

    def filled_until(self, tables: Collection[str]) -> datetime | None:
        """Return up to when sources filled all of these tables; None if nothing ever filled one of them."""
        reads = [[self.last_read(source, {table}) for source in self.fillers.get(table, {})] for table in tables]
        latest = [max((at for at in of_table if at is not None), default=None) for of_table in reads]
        return None if None in latest else min((at for at in latest if at is not None), default=None)


def measure_as_of(company: Company, measure: Measure, polls: Polls, now: datetime) -> datetime | Unknown:
    """Return the instant for which the measure is known, at which its records were last read; or why there is none."""
    for table in sorted(measure.tables):
        if not company.fillers(table):
            return Unknown(Reason.NO_SOURCE, f"no source fills the table {table}")
    awaited = {
        source
        for table in measure.tables | measure.lookups
        for source in company.fillers(table)
        if source not in polls.fillers.get(table, {})
    }
    oldest = now
    for source in sorted(company.sources_behind(measure)):
        state = polls.states.get(source)
        last_read = polls.last_read(source, measure.tables | measure.lookups)
        if last_read is None or source in awaited:
            return Unknown(Reason.NOT_POLLED, _not_read(source, state))
        age = (now - last_read).total_seconds()
        if age > company.sources[source].max_age:
            last = f"{last_read:%Y-%m-%d %H:%M} UTC"
            return Unknown(Reason.STALE, f"the source {source} was last read on {last}, which is too long ago")
        oldest = min(oldest, last_read)
    return oldest


def _not_read(source: str, state: SourceState | None) -> str:
    """Say that a source has not been read, how far its first run has come, and why its last poll failed."""
    first_run = state.unfinished if state is not None else None
    failed = f": {state.error}" if state is not None and state.error else ""
    if first_run is None:
        return f"the source {source} has not been read yet{failed}"
    return f"the first run of the source {source} is not over yet: {first_run.text}{failed}"


def known_as_of(
    company: Company, polls: Polls, kpis_by_instant: Mapping[datetime, Sequence[Kpi]]
) -> Mapping[datetime, Mapping[str, datetime | Unknown]]:
    """Return, for every moment, the instants as of which KPIs are computed, by id.

    Until the first source was last read, a KPI is known as of the moment itself, or never. After that its instants move
    on by the grain of measures.
    """
    read = map(polls.last_read, polls.states)
    first = min((at for at in read if at is not None), default=None)
    measured: MeasuredAsOf = {}

    def as_of(kpi: Kpi, at: datetime) -> datetime | Unknown:
        if first is None or at > first:
            instant = kpi_as_of(company, kpi, polls, at, measured)
            return instant if isinstance(instant, Unknown) else settled(instant, polls.changed_at(company.origins(kpi)))
        return why if isinstance(why := kpi_as_of(company, kpi, polls, first, measured), Unknown) else at

    return {at: {kpi.id: as_of(kpi, at) for kpi in kpis} for at, kpis in kpis_by_instant.items()}


MeasuredAsOf = dict[tuple[str, datetime], "datetime | Unknown"]
"""Per measure and moment, the instant for which it is known: KPIs share measures."""


def kpi_as_of(
    company: Company, kpi: Kpi, polls: Polls, now: datetime, measured: MeasuredAsOf | None = None
) -> datetime | Unknown:
    """Return the instant as of which the KPI is computed.

    A month is over for it when its data was read after the end. `measured` takes up what other KPIs need as well.
    """
    measured = {} if measured is None else measured
    if missing := company.missing(kpi):
        return Unknown(Reason.NOT_CONNECTED, connection.why_not_connected(missing))
    oldest = now
    for name, measure in company.inputs(kpi).items():
        if (name, now) not in measured:
            measured[name, now] = measure_as_of(company, measure, polls, now)
        as_of = measured[name, now]
        if isinstance(as_of, Unknown):
            return as_of
        oldest = min(oldest, as_of)
    return oldest
