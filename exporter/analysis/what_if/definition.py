"""The definition of `what-if`."""

from __future__ import annotations

from collections.abc import Sequence

from exporter.analysis.definition import Analysis, Content, json_content
from exporter.analysis.what_if.json import document
from exporter.analysis.what_if.request import WhatIfRequest
from exporter.analysis.what_if.text import text
from exporter.analysis.what_if.what_if import Effect, what_if


def _write(request: WhatIfRequest, answer: Sequence[Effect]) -> Content:
    return json_content(document(request.company.name, answer))


WHAT_IF = Analysis(
    name="what-if",
    description="Print every KPI of COMPANY that depends on the changed inputs: before, after, change and status.",
    hint="say what",
    example="company=COMPANY&set=churn=%2B200bp",
    request=WhatIfRequest,
    compute=what_if,
    write=_write,
    text=text,
)
