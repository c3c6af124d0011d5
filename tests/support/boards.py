"""Reading the generated boards: their panels, and every query with each value of the board's variables filled in."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from itertools import product
from pathlib import Path
from typing import Any

Board = dict[str, Any]
Panel = dict[str, Any]

COLUMNS = 24
"""The columns of Grafana's grid."""

INTERVAL = "5m"
"""What Grafana puts for `$__interval`, such as on a board of a day."""


@dataclass(frozen=True)
class Query:
    """One query as Grafana sends it; `chosen` are the values of variables."""

    board: str
    panel: str
    reference: str
    expression: str
    legend: str
    form: str
    instant: bool
    chosen: str

    def __str__(self) -> str:
        return " / ".join(filter(None, (self.board, self.panel, self.reference, self.chosen)))

    def name(self, labels: Mapping[str, str]) -> str:
        """Return what the legend makes of a series."""
        return re.sub(r"\{\{(\w+)\}\}", lambda match: labels.get(match[1], ""), self.legend)


def boards(folder: Path) -> Mapping[str, Board]:
    """Return the boards by the path of their file."""
    files = sorted((folder / "grafana/dashboards").rglob("*.json"))
    return {file.relative_to(folder).as_posix(): json.loads(file.read_text()) for file in files}


def of_texts(texts: Mapping[str, str]) -> Mapping[str, Board]:
    files = {path: text for path, text in texts.items() if path.startswith("grafana/dashboards/")}
    return {path: json.loads(text) for path, text in files.items() if path.endswith(".json")}


def variables(board: Board) -> Mapping[str, list[str]]:
    """Return the values of each variable that queries can name."""
    return {
        each["name"]: [option["value"] for option in each["options"]]
        for each in board["templating"]["list"]
        if each["type"] == "custom"
    }


def queries(board: Board) -> Iterator[Query]:
    """Yield every query, once for each combination of the variables of the board that it names."""
    values = variables(board)
    for panel in board["panels"]:
        for target in panel.get("targets", ()):
            named = [name for name in values if f"${name}" in target["expr"]]
            for chosen in product(*(values[name] for name in named)):
                yield Query(
                    board["uid"],
                    panel["title"],
                    target["refId"],
                    filled(target["expr"], dict(zip(named, chosen, strict=True))),
                    target["legendFormat"],
                    target["format"],
                    target["instant"],
                    ", ".join(chosen),
                )


def filled(expression: str, chosen: Mapping[str, str]) -> str:
    """Return the expression with these values of variables in it."""
    for name, value in {"__interval": INTERVAL, **chosen}.items():
        expression = expression.replace(f"${name}", value)
    return expression


def span(board: Board) -> timedelta:
    """Return the range of time that a board shows at first: `now-90d`, `now-1y`."""
    match = re.fullmatch(r"now-(\d+)([hdy])", board["time"]["from"])
    if match is None:
        raise ValueError(f"{board['time']['from']!r} is a range that the tests do not know")
    return int(match[1]) * {"h": timedelta(hours=1), "d": timedelta(days=1), "y": timedelta(days=365)}[match[2]]


def check_places(path: str, board: Board) -> None:
    """Assert that the board's panels stay within the grid and do not overlap."""
    cells: list[tuple[int, int]] = []
    for panel in board["panels"]:
        place = panel["gridPos"]
        assert place["x"] >= 0
        assert place["w"] > 0
        assert place["x"] + place["w"] <= COLUMNS, f"{path}: {panel['title']} leaves the grid"
        cells += product(range(place["x"], place["x"] + place["w"]), range(place["y"], place["y"] + place["h"]))
    assert len(cells) == len(set(cells)), f"{path}: panels overlap"
