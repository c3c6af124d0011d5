"""The definition of `explain`."""

from __future__ import annotations

from exporter.analysis.definition import Analysis, Content
from exporter.analysis.explain.answer import Explanation, explanation
from exporter.analysis.explain.request import ExplainRequest
from exporter.analysis.explain.text import explanation_text

DESCRIPTION = """\
Print the definition of KPI, its formula with its numbers, and the sources, rows and ages behind them.

Of revenue, also the movements in its period, the largest customers by their ids, and the policy in force.
"""


def _write(_: ExplainRequest, answer: Explanation) -> Content:
    return Content("text/plain", explanation_text(answer).encode())


EXPLAIN = Analysis(
    name="explain",
    description=DESCRIPTION,
    hint="say which",
    example="company=COMPANY&kpi=ID",
    request=ExplainRequest,
    compute=explanation,
    write=_write,
)
