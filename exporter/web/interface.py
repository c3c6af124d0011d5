"""What the web needs of the running exporter: one immutable snapshot, history, reload and analyses."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from exporter.analysis.analyses import InProcessAnalyses
from exporter.history.progress import HistoryProgress
from exporter.kpis.kpi_series import KpiSeries
from exporter.kpis.reading import CompanyReading
from exporter.polling.polled_source import Key, PollStats
from exporter.records.health import StoreStatus
from exporter.records.state import Held, Rejected


@dataclass(frozen=True)
class Reload:
    """How the last attempt to load the configuration went; the first load counts as one.

    `disconnected` says which KPIs the last successful load took the sources from.
    """

    successful: bool
    last_success: datetime
    disconnected: Sequence[str] = ()


@dataclass(frozen=True)
class MeasureCounts:
    """How many measures were computed, and of how many everything was known."""

    computed: int = 0
    reused: int = 0

    def plus(self, reading: CompanyReading) -> MeasureCounts:
        """Return the counts with those of one more reading."""
        return MeasureCounts(self.computed + reading.computed, self.reused + reading.reused)


@dataclass(frozen=True)
class Snapshot:
    """Everything that can be shown, at one moment.

    `companies` is the same object as long as no KPI or source was looked at again, so that what was rendered
    from it stays good. `polls` is what the poller counts. By company, `evaluation_seconds` is how long the last
    evaluation took, and `measures` what all of them computed so far. `waiting` are the names of companies that were
    not evaluated yet. `store` is the state of the record store.
    """

    companies: Sequence[CompanyReading]
    reload: Reload
    polls: Mapping[Key, PollStats] = field(default_factory=dict)
    evaluation_seconds: Mapping[str, float] = field(default_factory=dict)
    waiting: Sequence[str] = ()
    store: StoreStatus = field(default_factory=StoreStatus)
    measures: Mapping[str, MeasureCounts] = field(default_factory=dict)


class Exporter(Protocol):
    """The running exporter. Its methods are called from several threads."""

    @property
    def analyses(self) -> InProcessAnalyses:
        """What answers explain, what-if and the other analyses of its companies."""

    def snapshot(self) -> Snapshot:
        """Return the latest readings. Waits for nothing."""

    def reload(self) -> None:
        """Use the configuration as it now stands in the files.

        Raises `CatalogueError`, and goes on with the old one, when it cannot be used.
        """

    def history(self, company: str, since: datetime, kpis: Collection[str] | None = None) -> Mapping[str, KpiSeries]:
        """Return the series of all KPIs, or of `kpis`, from `since` in UTC until now, a moment a day or closer.

        The company exists; KPIs of which nothing is stored are left out.
        """

    def history_progress(self, company: str) -> HistoryProgress | None:
        """Return how far the past of the company has been computed; None when all of it is there."""

    def rejected(self, company: str) -> Sequence[Rejected]:
        """Return the bad rows that no later poll corrected; the company exists."""

    def accept(self, company: str, source: str, table: str | None) -> Sequence[Held]:
        """Accept the next poll of a source about the tables that are held back, or one of them, and poll it at once.

        Company and source exist. Raises `ValueError` where nothing is held back.
        """
