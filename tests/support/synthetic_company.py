"""A company with every form of threshold and every unit, written as YAML and loaded as any other."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from exporter.catalogue.loading import load
from exporter.catalogue.model import Company

UNITS: dict[str, dict[str, Any]] = {
    "uptime": {"unit": "ratio", "warning": "<= 99.9%", "critical": "< 99.5%", "notify": "page"},
    "churn": {"unit": "ratio", "warning": ">= 2%", "critical": "> 3%", "action": "Call them", "hold": "30m"},
    "margin": {"unit": "ratio", "warning": "< 0%", "critical": "< -20%"},
    "resolution": {"unit": "duration", "warning": ">= 2 weeks", "critical": "> 4 weeks"},
    "latency": {"unit": "duration", "warning": "> 200 ms", "critical": "> 59 s"},
    "response": {"unit": "duration", "critical": "> 1 min"},
    "arpc": {"unit": "EUR/month", "warning": "<= 4,000", "critical": "< €2,500"},
    "cash": {"unit": "JPY", "critical": "< 1M", "window": "now"},
    "incidents": {"unit": "count", "warning": ">= 2", "critical": "> 5"},
    "absences": {"unit": "count", "warning": "> 2.5"},
    "runway": {"unit": "months", "warning": "<= 6", "critical": "< 3"},
    "deployments": {"unit": "per month", "warning": "< weekly", "critical": "< monthly"},
    "ltv_cac": {"unit": "ratio n:1", "warning": "<= 10", "critical": "< 3"},
    "nps": {"unit": "score -100..100", "warning": "<= 50", "critical": "< 0"},
}
FORMS: dict[str, dict[str, Any]] = {
    "turns": {"unit": "per year", "warning": "outside 4 to 8", "critical": "> 15"},
    "load": {
        "unit": "ratio",
        "warning": "outside 40% to 80%",
        "critical": "outside 20% to 95%",
        "hold": "4 min",
        "window": "trailing 7 days",
    },
    "arr": {"unit": "EUR", "plan": "Y1 560K, Y2 2.0M", "warning": "< plan", "critical": "< 80% of plan"},
    "spend": {"unit": "EUR", "plan": "per phase", "warning": "> plan", "critical": ">= 107% of plan", "hold": "6m"},
    "conversion": {"unit": "ratio", "plan": "M+3 30%", "warning": "< 20%", "critical": "<= 7% of plan"},
    "growth": {"unit": "ratio", "warning": "< 8% (year 1)", "critical": "< 5% (year 1+)"},
    "stages": {"unit": "ratio", "critical": "< 8% (year 1), < 10% (year 2+)"},
    "stock": {"unit": "count", "warning": "outside 10 to 20 (year 2)"},
    "signups": {"unit": "count", "plan": "M0 10", "critical": "< 50% of plan (year 1)"},
    "plain": {"unit": "count", "title": "Anything in {{ braces }}", "critical": "> 1", "action": "See {{ .X }}"},
    "customers": {"unit": "count"},
    "margin_fall": {
        "unit": "ratio",
        "warning": "compresses > 200 bp",
        "critical": "down 300bp (tier 2)",
        "window": "now",
    },
    "turnover": {"unit": "per year", "warning": "outside 4 to 8", "critical": "declines > 15% (tier 3)"},
    "losses": {"unit": "ratio", "warning": ">= 10%", "critical": "up more than 50% (tier 2)"},
    "pace": {"unit": "ratio", "warning": "decelerates (tier 3)", "hold": "5m"},
    "staff": {"unit": "count", "critical": "up at least 5"},
    "reply": {"unit": "duration", "critical": "> 4 h (SLA)"},
    "disk": {"unit": "bytes", "warning": "> 20 TB"},
    "position": {"unit": "rank", "warning": "> 5"},
    "payback": {
        "unit": "months",
        "by": ["tier"],
        "segments": "tier",
        "warning": '> 20, >= 12 (SMB), >= 18 (the "big" ones)',
        "critical": "> 15 (SMB) (tier 1)",
    },
    "visits": {
        "unit": "ratio",
        "by": ["channel"],
        "plan_by": {"channel": {"organic": "M+3 60%", "paid": "M+3 20%"}},
        "warning": "< plan",
        "critical": "< 50% of plan (organic)",
    },
    "renewals": {"unit": "ratio", "by": ["tier"], "segments": "tier", "warning": "< 80% (SMB) (year 1)", "hold": "7m"},
    "outages": {"unit": "count", "accumulates": True, "warning": ">= 3", "critical": "> 5", "hold": "4m"},
    "penalties": {"unit": "EUR", "early": "ticket", "accumulates": True, "critical": "> 1,000 (SLA)"},
    "defects": {"unit": "count", "accumulates": True, "warning": "> 6 (year 1), > 4 (year 2+)"},
    "stock_growth": {"unit": "ratio"},
    "sales_growth": {"unit": "ratio"},
    "growing": {"unit": "count", "warning": "grows > 10%", "hold": "3m"},
    "parting_fast": {
        "unit": "ratio",
        "critical": "stock_growth > 50% while sales_growth < -20%",
        "hold": "6m",
    },
    "parting": {"unit": "ratio", "warning": "stock_growth > 5% while sales_growth <= 0%", "window": "now"},
    "health": {
        "unit": "ratio n:1",
        "warning": "< 3",
        "classes": {"unhealthy": "< 1", "healthy": "3 to 5"},
        "benchmark": {"Acme & Co": "4"},
    },
}
KPIS = {**UNITS, **FORMS}


def synthetic(folder: Path, name: str = "acme") -> Company:
    """Return the company with all of `KPIS`, each over a measure of its own name."""
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
        "measures": {id_: _measure(kpi) for id_, kpi in kpis.items()},
        "kpis": {id_: _kpi(id_, kpi, area) for (id_, kpi), area in zip(kpis.items(), _areas(kpis), strict=True)},
    }
    file = folder / f"{name}.yaml"
    file.write_text(yaml.safe_dump(document, sort_keys=False))
    return file


def _areas(kpis: dict[str, dict[str, Any]]) -> list[str]:
    return ["finance" if id_ in UNITS else "health" for id_ in kpis]


def _measure(kpi: dict[str, Any]) -> dict[str, Any]:
    by = kpi.get("by", [])
    labels = "".join(f"'a' AS {label}, " for label in by)
    sql = f"SELECT period, {labels}1 AS value FROM period"
    nature = {"nature": "flow"} if kpi.get("accumulates") else {}
    return {"doc": "One.", "unit": kpi["unit"], "by": by, "sql": sql, **nature}


def _kpi(id_: str, kpi: dict[str, Any], area: str) -> dict[str, Any]:
    common = {"title": f"The {id_.replace('_', ' ')}", "area": area, "definition": "It counts.", "window": "month"}
    return {**common, "formula": id_, "owner": "the team", **kpi}
