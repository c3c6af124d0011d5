"""Tests of the health alerts: each fires after its time and not before, and resolves."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from exporter import conventions
from exporter.catalogue.model import Company
from exporter.generate.health import HealthAlert, health_alerts
from exporter.generate.promql import selector

_SOURCE, _KPI, _REASON = "crm", "mrr", "no_data"


def drills(company: Company) -> Iterator[Mapping[str, Any]]:
    """A test per health alert, in the form of promtool."""
    exporter_down, source_down, data_stale, kpi_unknown = health_alerts(company)
    name = company.name

    held = exporter_down.minutes
    info = selector(conventions.INFO, company=name, kpi=_KPI)
    yield _drill(exporter_down, {info: ["1", "stale", *["_"] * held, "1"]}, 1 + held, {})

    held = source_down.minutes
    up = selector(conventions.SOURCE_UP, company=name, source=_SOURCE)
    other = selector(conventions.SOURCE_UP, company=name, source="billing")
    polls = {up: ["1", *["0"] * (held + 1), "1"], other: ["1"] * (held + 3)}
    yield _drill(source_down, polls, 1 + held, {"source": _SOURCE})

    read = selector(conventions.DATA_TIMESTAMP, company=name, kpi=_KPI)
    limit = selector(conventions.STALE_AFTER, company=name, kpi=_KPI)
    ages = {read: ["0", "0", "0", "0", "180"], limit: ["120"] * 5}
    yield _drill(data_stale, ages, 3, {"kpi": _KPI}, value=180)

    held = kpi_unknown.minutes
    unknown = selector(conventions.UNKNOWN, company=name, kpi=_KPI, reason=_REASON)
    undefined = selector(conventions.UNKNOWN, company=name, kpi="ltv", reason="undefined")
    reasons = {unknown: ["_", *["1"] * (held + 1), "stale"], undefined: ["1"] * (held + 3)}
    yield _drill(kpi_unknown, reasons, 1 + held, {"kpi": _KPI, "reason": _REASON})


def _drill(
    alert: HealthAlert,
    series: Mapping[str, Sequence[str]],
    fires: int,
    labels: Mapping[str, str],
    value: float = 0,
) -> Mapping[str, Any]:
    """The alert fires for the first time in minute `fires`, and one minute later no more."""
    firing = {"exp_labels": {**alert.labels, **labels}, "exp_annotations": dict(alert.printed(labels, value))}
    quiet = [{"eval_time": f"{minute}m", "alertname": alert.name} for minute in (fires - 1, fires + 1)]
    return {
        "name": alert.name,
        "interval": "1m",
        "input_series": [{"series": name, "values": " ".join(values)} for name, values in series.items()],
        "alert_rule_test": [
            quiet[0],
            {"eval_time": f"{fires}m", "alertname": alert.name, "exp_alerts": [firing]},
            quiet[1],
        ],
    }
