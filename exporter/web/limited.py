"""The exporter as a user sees it who may see some of its companies: the others are not there."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from exporter.analysis.analyses import InProcessAnalyses
from exporter.history.progress import HistoryProgress
from exporter.kpis.kpi_series import KpiSeries
from exporter.kpis.reading import CompanyReading
from exporter.records.state import Held, Rejected
from exporter.web.interface import Exporter, Snapshot


class LimitedExporter:
    """Shows some companies of an exporter. Its users ask only for companies of the snapshot."""

    def __init__(self, exporter: Exporter, companies: frozenset[str]) -> None:
        self._exporter = exporter
        self._names = companies
        self._limited: tuple[Sequence[CompanyReading], Sequence[CompanyReading]] | None = None

    @property
    def analyses(self) -> InProcessAnalyses:
        """What answers the analyses of these companies."""
        return self._exporter.analyses.limited_to(self._names)

    def snapshot(self) -> Snapshot:
        """Return the latest readings; `companies` is the same object as long as that of the exporter is."""
        full = self._exporter.snapshot()
        limited = self._limited
        if limited is None or limited[0] is not full.companies:
            limited = full.companies, tuple(each for each in full.companies if each.company.name in self._names)
            self._limited = limited
        return Snapshot(
            limited[1],
            replace(full.reload, disconnected=()),
            {key: stats for key, stats in full.polls.items() if key[0] in self._names},
            {name: seconds for name, seconds in full.evaluation_seconds.items() if name in self._names},
            [name for name in full.waiting if name in self._names],
            full.store,
            {name: counts for name, counts in full.measures.items() if name in self._names},
        )

    def reload(self) -> None:
        """Refuse: the files are those of all companies."""
        raise PermissionError("a user of some companies cannot reload all of them")

    def history(self, company: str, since: datetime, kpis: Collection[str] | None = None) -> Mapping[str, KpiSeries]:
        """Return the series of a company's KPIs."""
        return self._exporter.history(company, since, kpis)

    def history_progress(self, company: str) -> HistoryProgress | None:
        """Return how far the past of a company has been computed."""
        return self._exporter.history_progress(company)

    def rejected(self, company: str) -> Sequence[Rejected]:
        """Return the bad rows of a company."""
        return self._exporter.rejected(company)

    def accept(self, company: str, source: str, table: str | None) -> Sequence[Held]:
        """Accept the next poll of a source."""
        return self._exporter.accept(company, source, table)
