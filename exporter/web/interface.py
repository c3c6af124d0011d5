"""What the web needs of the running exporter: one immutable snapshot, history, reload, questions about the past."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from exporter.analysis.backfill.request import BackfillRequest
from exporter.analysis.backtest.backtest import Backtest
from exporter.analysis.backtest.request import BacktestRequest
from exporter.analysis.explain.answer import Explanation
from exporter.analysis.review.document import Format
from exporter.analysis.what_if.what_if import Effect
from exporter.catalogue.schema.company import Cadence
from exporter.kpis.kpi_series import KpiSeries
from exporter.kpis.reading import CompanyReading
from exporter.polling.polled_source import Key, PollStats
from exporter.records.state import Held, Rejected


@dataclass(frozen=True)
class Reload:
    """How the last attempt to load the configuration went; the first load counts as one."""

    successful: bool
    last_success: datetime


@dataclass(frozen=True)
class Snapshot:
    """Everything that can be shown, at one moment.

    `companies` is the same object as long as no KPI or source was looked at again, so that what was rendered
    from it stays good. `polls` is what the poller counts; `evaluation_seconds`, how long the last evaluation
    took, is by company.
    """

    companies: Sequence[CompanyReading]
    reload: Reload
    polls: Mapping[Key, PollStats] = field(default_factory=dict)
    evaluation_seconds: Mapping[str, float] = field(default_factory=dict)


class Exporter(Protocol):
    """The running exporter. Its methods are called from several threads."""

    def snapshot(self) -> Snapshot:
        """What is known now. Waits for nothing."""

    def reload(self) -> None:
        """Use the configuration as it now stands in the files.

        Raises `CatalogueError`, and goes on with the old one, when it cannot be used.
        """

    def history(self, company: str, since: datetime, kpis: Collection[str] | None = None) -> Mapping[str, KpiSeries]:
        """The KPIs, or those asked for, from `since` in UTC until now, a moment a day or closer.

        The company is known to exist; KPIs of which nothing is kept are left out.
        """

    def explain(self, company: str, kpi: str, as_of: datetime | None, known_at: datetime | None) -> str:
        """How a KPI's value comes about, as plain text: as of an instant in UTC, None for now, by what is known now or
        was known at an instant.

        Company and KPI are known to exist. Raises `ValueError` when nothing can be said for that moment.
        """

    def explanation(self, company: str, kpi: str) -> Explanation:
        """What there is to say of a KPI's value now; company and KPI are known to exist."""

    def rejected(self, company: str) -> Sequence[Rejected]:
        """The bad rows that no later poll put right; the company is known to exist."""

    def accept(self, company: str, source: str, table: str | None) -> Sequence[Held]:
        """Believe the next poll of a source about the tables that are held back, or one of them, and poll it at once.

        Company and source are known to exist. Raises `ValueError` where nothing is held back.
        """

    def report(self, company: str, cadence: Cadence, since: datetime | None, form: Format) -> str:
        """The review of the KPIs of this cadence or a finer one, against `since` in UTC, None for one cadence ago.

        The company is known to exist. Raises `ValueError` for a `since` that is not past.
        """

    def what_if(self, company: str, settings: Sequence[str]) -> Sequence[Effect]:
        """The KPIs that changes of inputs (`churn=+200bp`) reach, before and after, in the catalogue's order.

        The company is known to exist. Raises `ValueError` for a setting that cannot be used.
        """

    def backfill(self, asked: BackfillRequest) -> Iterator[str]:
        """Documents of OpenMetrics about the past, in pieces, as a scrape would have given them.

        Raises `ValueError` for a question that cannot be answered, before the first piece.
        """

    def backtest(self, company: str, asked: BacktestRequest) -> Backtest:
        """Which alerts would have fired, by the thresholds in the company's file as it stands now.

        The company is known to exist. Raises `CatalogueError` for a file that cannot be used, and `ValueError` for a
        question that cannot be answered.
        """
