"""What every Grafana board has in common: its frame, its data source, its queries."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from exporter import conventions
from exporter.catalogue.model import Company
from exporter.generate.text import MARK

COLUMNS = 24
DATASOURCE = {"type": "prometheus", "uid": "${datasource}"}

Panel = dict[str, Any]


def board(company: Company, name: str, title: str, description: str, panels: Sequence[Panel], since: str) -> str:
    """The board's JSON in the classic schema; `since` is where its range of time begins."""
    return json.dumps(_frame(company, name, title, description, panels, since), indent=2, ensure_ascii=False) + "\n"


def query(reference: str, expression: str, legend: str) -> Mapping[str, Any]:
    """A query over the board's range of time."""
    return {
        "datasource": DATASOURCE,
        "editorMode": "code",
        "expr": expression,
        "instant": False,
        "legendFormat": legend,
        "range": True,
        "refId": reference,
    }


def _frame(
    company: Company, name: str, title: str, description: str, panels: Sequence[Panel], since: str
) -> Mapping[str, Any]:
    return {
        "annotations": {"list": []},
        "description": f"{description} {MARK}",
        "editable": False,
        "fiscalYearStartMonth": company.calendar.fiscal_year_start - 1,
        "graphTooltip": 1,
        "id": None,
        "links": [],
        "panels": list(panels),
        "refresh": "1m",
        "schemaVersion": 42,
        "tags": ["kpi-exporter", company.name],
        "templating": {"list": [_datasource_variable()]},
        "time": {"from": since, "to": "now"},
        "timepicker": {},
        "timezone": company.timezone,
        "title": title,
        "uid": conventions.dashboard_uid(company.name, name),
    }


def _datasource_variable() -> Mapping[str, Any]:
    return {
        "current": {},
        "hide": 2,
        "includeAll": False,
        "label": "Data source",
        "multi": False,
        "name": "datasource",
        "options": [],
        "query": "prometheus",
        "refresh": 1,
        "regex": "",
        "type": "datasource",
    }
