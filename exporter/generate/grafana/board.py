"""What every board shares: its JSON, its variables and links, and the placement of its panels."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from exporter import conventions
from exporter.catalogue.model import Company
from exporter.generate.grafana.fields import DATASOURCE_VARIABLE
from exporter.generate.grafana.panels import Panel
from exporter.generate.text import MARK

COLUMNS = 24

WALL_TAG = "kpi-wall"
"""The tag of the boards for a television, beside the company's name."""


class Layout:
    """Places panels from left to right and from top to bottom, and gives each an id from its key."""

    def __init__(self) -> None:
        self.panels: list[Panel] = []
        self._x = self._y = self._height = 0

    def add(self, key: str, panel: Panel, width: int, height: int) -> None:
        """Place a panel of that width, of 24 columns, and height beside the last one, or on a new line."""
        if self._x + width > COLUMNS:
            self.new_line()
        place = {"h": height, "w": width, "x": self._x, "y": self._y}
        self.panels.append({**panel, "gridPos": place, "id": conventions.panel_id(key)})
        self._x += width
        self._height = max(self._height, height)

    def new_line(self) -> None:
        """Begin a line at the left, below all panels so far."""
        self._x, self._y, self._height = 0, self._y + self._height, 0

    def heading(self, title: str) -> None:
        """Begin a section under a title."""
        self.new_line()
        self.add(f"heading {title}", _row(title), COLUMNS, 1)


def board(
    company: Company,
    name: str,
    title: str,
    description: str,
    panels: Sequence[Panel],
    *,
    since: str,
    variables: Sequence[Mapping[str, Any]] = (),
    tags: Sequence[str] = (),
) -> tuple[str, str]:
    """Return the path of a board's file and its JSON in the classic schema.

    `name` makes its file and uid unique in the company; `since` is where its time range begins: `now-90d`.
    """
    frame = {
        "annotations": {"list": []},
        "description": f"{description} {MARK}",
        "editable": False,
        "fiscalYearStartMonth": company.calendar.fiscal_year_start - 1,
        "graphTooltip": 1,
        "links": [_other_boards(company)],
        "panels": list(panels),
        "refresh": "1m",
        "schemaVersion": 42,
        "tags": ["kpi-exporter", company.name, *tags],
        "templating": {"list": [DATASOURCE_VARIABLE, *variables]},
        "time": {"from": since, "to": "now"},
        "timepicker": {},
        "timezone": company.timezone,
        "title": f"{company.title}: {title}",
        "uid": conventions.dashboard_uid(company.name, name),
    }
    return conventions.dashboard_file(company.name, name), _text(frame)


def _text(frame: Mapping[str, Any]) -> str:
    """Return the board as JSON with a line per panel, so that a change of the catalogue changes few of them."""
    panels = ",\n".join(_on_a_line(panel) for panel in frame["panels"])
    lines = [
        f"{json.dumps(key)}:" + (f"[\n{panels}\n]" if key == "panels" else _on_a_line(value))
        for key, value in frame.items()
    ]
    return "{\n" + ",\n".join(lines) + "\n}\n"


def _on_a_line(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _row(title: str) -> Panel:
    """Return a heading, under which Grafana folds the panels up to the next one."""
    return {"collapsed": False, "panels": [], "title": title, "type": "row"}


def _other_boards(company: Company) -> Mapping[str, Any]:
    return {
        "asDropdown": True,
        "icon": "external link",
        "includeVars": True,
        "keepTime": True,
        "tags": [company.name],
        "targetBlank": False,
        "title": "Boards",
        "tooltip": f"The other boards of {company.title}",
        "type": "dashboards",
        "url": "",
    }
