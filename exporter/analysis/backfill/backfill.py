"""The backfill of companies: a document of OpenMetrics for each stretch of two months, the oldest first."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from datetime import datetime
from typing import TypeVar

from exporter import conventions as names
from exporter.analysis.backfill.openmetrics import OpenMetricsDocument
from exporter.analysis.backfill.request import BackfillRequest, Span, span
from exporter.catalogue.model import Company
from exporter.kpis.reading import CompanyReading
from exporter.kpis.snapshot import CompanyEvaluation, KpisByInstant, batch_evaluator
from exporter.records.store import Store
from exporter.series.families import reading_families

_T = TypeVar("_T")


def backfill(request: BackfillRequest, store: Store, now: datetime) -> Iterator[str]:
    """Return pieces of text; each document ends with `# EOF`.

    Each moment is what a scrape would have given then, by the records that are known today; what is unknown has no
    sample. Raises `ValueError` with what is wrong with the request, before anything is computed.
    """
    return _documents(request.companies, store, span(request, now), request.instance)


def _documents(companies: Sequence[Company], store: Store, span: Span, instance: str) -> Iterator[str]:
    """Write one document while the next is computed, each company in a thread of its own.

    The database releases the interpreter lock, so that two processors are used.
    """
    labels = {"instance": instance, "job": names.JOB}
    headlines = frozenset(kpi.metric() for company in companies for kpi in company.kpis.values())
    with ExitStack() as stack:
        evaluators = [stack.enter_context(batch_evaluator(each, store)) for each in companies]
        threads = [stack.enter_context(ThreadPoolExecutor(1)) for _ in companies]

        def start_reads(
            window: Sequence[datetime],
        ) -> tuple[Sequence[datetime], list[Future[Sequence[CompanyReading]]]]:
            together = zip(threads, companies, evaluators, strict=True)
            return window, [thread.submit(_readings, window, company, ask) for thread, company, ask in together]

        for window, reads in _one_ahead(map(start_reads, span.windows())):
            document = OpenMetricsDocument(span, labels, headlines | {names.STATUS})
            for at, *together in zip(window, *(read.result() for read in reads), strict=True):
                document.add(at, reading_families(together))
            yield from document.text()


def _one_ahead(items: Iterator[_T]) -> Iterator[_T]:
    """Yield each item once the one after it was taken."""
    present = next(items)
    for following in items:
        yield present
        present = following
    yield present


def _readings(
    moments: Sequence[datetime], company: Company, ask: Callable[[KpisByInstant], Sequence[CompanyEvaluation]]
) -> Sequence[CompanyReading]:
    """Return the readings of a company without its sources: nothing is known of their past."""
    evaluations = ask(dict.fromkeys(moments, tuple(company.kpis)))
    return [CompanyReading(company, each.context.now, each.readings(), ()) for each in evaluations]
