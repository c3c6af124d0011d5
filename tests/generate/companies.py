"""A company with every form of threshold and every unit, written as YAML and loaded as any other."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from exporter.catalogue.loading import load
from exporter.catalogue.model import Company

UNITS: dict[str, dict[str, Any]] = {
    "uptime": {"unit": "ratio", "warning": "<= 99.9%", "critical": "< 99.5%", "notify": "page"},
    "churn": {"unit": "ratio", "warning": ">= 2%", "critical": "> 3%", "action": "Call them"},
    "margin": {"unit": "ratio", "warning": "< 0%", "critical": "< -20%"},
    "resolution": {"unit": "duration", "warning": ">= 2 weeks", "critical": "> 4 weeks"},
    "latency": {"unit": "duration", "warning": "> 200 ms", "critical": "> 59 s"},
    "response": {"unit": "duration", "critical": "> 1 min"},
    "arpc": {"unit": "EUR/month", "warning": "<= 4,000", "critical": "< €2,500"},
    "cash": {"unit": "JPY", "critical": "< 1M"},
    "incidents": {"unit": "count", "warning": ">= 2", "critical": "> 5"},
    "absences": {"unit": "count", "warning": "> 2.5"},
    "runway": {"unit": "months", "warning": "<= 6", "critical": "< 3"},
    "deployments": {"unit": "per month", "warning": "< weekly", "critical": "< monthly"},
    "ltv_cac": {"unit": "ratio n:1", "warning": "<= 10", "critical": "< 3"},
    "nps": {"unit": "score -100..100", "warning": "<= 50", "critical": "< 0"},
}
FORMS: dict[str, dict[str, Any]] = {
    "turns": {"unit": "per year", "warning": "outside 4 to 8", "critical": "> 15"},
    "load": {"unit": "ratio", "warning": "outside 40% to 80%", "critical": "outside 20% to 95%"},
    "arr": {"unit": "EUR", "plan": "Y1 560K, Y2 2.0M", "warning": "< plan", "critical": "< 80% of plan"},
    "spend": {"unit": "EUR", "plan": "per phase", "warning": "> plan", "critical": ">= 107% of plan"},
    "conversion": {"unit": "ratio", "plan": "M+3 30%", "warning": "< 20%", "critical": "<= 7% of plan"},
    "growth": {"unit": "ratio", "warning": "< 8% (year 1)", "critical": "< 5% (year 1+)"},
    "stock": {"unit": "count", "warning": "outside 10 to 20 (year 2)"},
    "signups": {"unit": "count", "plan": "M0 10", "critical": "< 50% of plan (year 1)"},
    "plain": {"unit": "count", "title": "Anything in {{ braces }}", "critical": "> 1", "action": "See {{ .X }}"},
    "customers": {"unit": "count"},
}
KPIS = {**UNITS, **FORMS}


def synthetic(folder: Path, name: str = "acme") -> Company:
    """The company with all of `KPIS`, each over a measure of its own name."""
    return load(write(folder, name, KPIS))


def write(folder: Path, name: str, kpis: dict[str, dict[str, Any]]) -> Path:
    """Write a catalogue of these KPIs and give its file."""
    document = {
        "company": name,
        "title": name.capitalize(),
        "currency": "EUR",
        "timezone": "Europe/Berlin",
        "launch": "2026-01-01",
        "links": {"runbooks": "https://runbooks.example.com/kpi", "dashboards": "https://grafana.example.com"},
        "measures": {id_: _measure(kpi["unit"]) for id_, kpi in kpis.items()},
        "kpis": {id_: _kpi(id_, kpi, area) for (id_, kpi), area in zip(kpis.items(), _areas(kpis), strict=True)},
    }
    file = folder / f"{name}.yaml"
    file.write_text(yaml.safe_dump(document, sort_keys=False))
    return file


def _areas(kpis: dict[str, dict[str, Any]]) -> list[str]:
    return ["finance" if id_ in UNITS else "health" for id_ in kpis]


def _measure(unit: str) -> dict[str, Any]:
    return {"doc": "One.", "unit": unit, "sql": "SELECT period, 1 AS value FROM period"}


def _kpi(id_: str, kpi: dict[str, Any], area: str) -> dict[str, Any]:
    common = {"title": f"The {id_.replace('_', ' ')}", "area": area, "definition": "It counts.", "window": "month"}
    return {**common, "formula": id_, "owner": "the team", **kpi}
