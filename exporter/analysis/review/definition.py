"""The definition of `report`, which writes a review."""

from __future__ import annotations

from exporter.analysis.definition import Analysis, Content
from exporter.analysis.review.document import write
from exporter.analysis.review.request import Format, ReviewRequest
from exporter.analysis.review.review import Review, review
from exporter.analysis.review.style import STYLE_HASH


def _write(request: ReviewRequest, answer: Review) -> Content:
    body = write(answer, request.format).encode()
    return Content("text/html", body, STYLE_HASH) if request.format is Format.HTML else Content("text/markdown", body)


REVIEW = Analysis(
    name="report",
    description="Write the review of COMPANY: "
    "what changed its status, what is behind plan, what moved, what is unknown.",
    hint="say which",
    example="company=COMPANY&cadence=weekly",
    request=ReviewRequest,
    compute=review,
    write=_write,
)
