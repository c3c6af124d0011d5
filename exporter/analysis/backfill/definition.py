"""The definition of `backfill`."""

from __future__ import annotations

from collections.abc import Iterator

from exporter.analysis.backfill.backfill import backfill
from exporter.analysis.backfill.request import BackfillRequest
from exporter.analysis.definition import Analysis, Content
from exporter.series.content_type import CONTENT_TYPE_OPENMETRICS

DESCRIPTION = """\
Write the past of each COMPANY, or of all, as OpenMetrics and, where promtool is there, as blocks for Prometheus.

Every series is as a scrape would have given it, by the records that are known today.
"""


def _write(_: BackfillRequest, answer: Iterator[str]) -> Content:
    return Content(CONTENT_TYPE_OPENMETRICS, (piece.encode() for piece in answer))


BACKFILL = Analysis(
    name="backfill",
    description=DESCRIPTION,
    hint="say since when",
    example="since=2024-01-01",
    request=BackfillRequest,
    compute=backfill,
    write=_write,
    streamed=True,
    costly=True,
    timeout=300.0,  # between two pieces: two months of a large company take a while
)
