"""A what-if as JSON: each KPI that the changes reach, before and after them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from exporter.analysis.what_if.what_if import Effect
from exporter.kpis.display_status import display_status, status_word


def document(company: str, effects: Sequence[Effect]) -> dict[str, Any]:
    """Return `{"company", "kpis": [...]}`.

    Each KPI is `{"id", "title", "unit", "before", "after", "change", "status_before", "status_after",
    "display_status_before", "display_status_after"}`. Numbers are in the KPI's unit, null where unknown; `change` is
    the difference. The first statuses are by thresholds alone, the last ones are those of the page.
    """
    return {"company": company, "kpis": [_effect(effect) for effect in effects]}


def _effect(effect: Effect) -> Mapping[str, object]:
    before, after = effect.before.value, effect.after.value
    return {
        "id": effect.before.kpi.id,
        "title": effect.before.kpi.title,
        "unit": effect.before.kpi.unit.text,
        "before": before,
        "after": after,
        "change": None if before is None or after is None else after - before,
        "status_before": status_word(effect.before),
        "status_after": status_word(effect.after),
        "display_status_before": display_status(effect.before).text,
        "display_status_after": display_status(effect.after).text,
    }
