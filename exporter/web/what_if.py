"""What if, over HTTP and as JSON: each KPI that a shock reaches, before and after it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response

from exporter.analysis.what_if.what_if import Effect
from exporter.kpis.display_status import status_word
from exporter.kpis.reading import Reading
from exporter.mistakes import did_you_mean
from exporter.web.interface import Exporter


def endpoint(exporter: Exporter) -> Callable[[Request], Response]:
    """Answers `?company=COMPANY&set=INPUT=CHANGE`, with `set` once or more often."""

    def answer(request: Request) -> Response:
        company, settings = request.query_params.get("company"), request.query_params.getlist("set")
        if not company or not settings:
            return PlainTextResponse("say what: /api/v1/what-if?company=COMPANY&set=churn=%2B200bp\n", 400)
        known = {reading.company.name for reading in exporter.snapshot().companies}
        if company not in known:
            return PlainTextResponse(f"there is no company {company!r}{did_you_mean(company, known)}\n", 404)
        try:
            return JSONResponse(document(company, exporter.what_if(company, [_signed(each) for each in settings])))
        except ValueError as error:
            return PlainTextResponse(f"set: {error}\n", 400)

    return answer


def _signed(setting: str) -> str:
    """A plus sign that was not encoded arrives as a space; taken for none, it would replace instead of add."""
    name, equals, change = setting.rpartition("=")
    return f"{name}{equals}+{change[1:]}" if change.startswith(" ") else setting


def document(company: str, effects: Sequence[Effect]) -> dict[str, Any]:
    """`{"company", "kpis": [{"id", "title", "unit", "before", "after", "change", "status_before", "status_after"}]}`.

    Numbers are in the KPI's unit, null where unknown; `change` is the difference.
    """
    return {"company": company, "kpis": [_effect(each.before, each.after) for each in effects]}


def _effect(before: Reading, after: Reading) -> Mapping[str, object]:
    known = before.value is not None and after.value is not None
    return {
        "id": before.kpi.id,
        "title": before.kpi.title,
        "unit": before.kpi.unit.text,
        "before": before.value,
        "after": after.value,
        "change": (after.value or 0.0) - (before.value or 0.0) if known else None,
        "status_before": status_word(before),
        "status_after": status_word(after),
    }
