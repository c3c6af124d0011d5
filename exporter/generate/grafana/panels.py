"""Panel types of Grafana, each from a title, a description, a unit and queries; boards place them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from exporter.generate.grafana.colours import GREY, Steps
from exporter.generate.grafana.fields import DATASOURCE, UNKNOWN, Override, Query, no_number_mapping, unit_properties

Panel = dict[str, Any]
Link = Mapping[str, Any]


def stat(
    title: str,
    description: str,
    queries: Sequence[Query],
    unit: str,
    steps: Steps,
    *,
    overrides: Sequence[Override] = (),
    links: Sequence[Link] = (),
    mappings: Sequence[Mapping[str, Any]] = (),
    text: str = "value",
    title_size: int | None = None,
    background: bool = True,
    sparkline: bool = False,
    stacked: bool = False,
) -> Panel:
    """Return a panel of large numbers; `text` is Grafana's mode for their names: beside them, instead, or none.

    `title_size` is the size of the names in pixels; without it, Grafana fits them. `stacked` puts them above numbers.
    """
    return {
        **_panel("stat", title, description, queries),
        "fieldConfig": {
            "defaults": {
                "color": {"mode": "thresholds"},
                "links": list(links),
                "mappings": [*mappings, no_number_mapping(UNKNOWN)],
                "noValue": UNKNOWN,
                "thresholds": {"mode": "absolute", "steps": steps},
                **unit_properties(unit),
            },
            "overrides": list(overrides),
        },
        "options": {
            "colorMode": "background" if background else "value",
            "graphMode": "area" if sparkline else "none",
            "justifyMode": "center",
            "orientation": "auto",
            "reduceOptions": {"calcs": ["last"], "fields": "", "values": False},
            "showPercentChange": False,
            **({} if title_size is None else {"text": {"titleSize": title_size}}),
            "textMode": text,
            "wideLayout": background and not stacked,
        },
    }


def timeseries(
    title: str,
    description: str,
    queries: Sequence[Query],
    unit: str,
    *,
    steps: Steps | None = None,
    overrides: Sequence[Override] = (),
    links: Sequence[Link] = (),
    stacked: bool = False,
) -> Panel:
    """Return lines over time, dashed where `steps` change colour."""
    custom: dict[str, Any] = {"fillOpacity": 0, "lineInterpolation": "stepAfter", "lineWidth": 2}
    if steps is not None:
        custom["thresholdsStyle"] = {"mode": "dashed"}
    if stacked:
        custom |= {"fillOpacity": 60, "lineWidth": 0, "stacking": {"group": "A", "mode": "normal"}}
    return {
        **_panel("timeseries", title, description, queries),
        "fieldConfig": {
            "defaults": {
                "color": {"mode": "palette-classic"},
                "custom": custom,
                "links": list(links),
                "noValue": UNKNOWN,
                **({"thresholds": {"mode": "absolute", "steps": steps}} if steps is not None else {}),
                **unit_properties(unit),
            },
            "overrides": list(overrides),
        },
        "interval": "5m",
        "options": {
            "legend": {
                "calcs": ["lastNotNull"],
                "displayMode": "list",
                "placement": "bottom",
                "showLegend": True,
            },
            "tooltip": {"mode": "multi", "sort": "none"},
        },
    }


def bars(
    title: str, description: str, queries: Sequence[Query], unit: str, steps: Steps, *, sort: bool = False
) -> Panel:
    """Return a bar per result, in the order of the queries, or with `sort` by name."""
    transformations: list[Mapping[str, Any]] = [{"id": "reduce", "options": {"reducers": ["lastNotNull"]}}]
    if sort:
        transformations.append({"id": "sortBy", "options": {"sort": [{"desc": False, "field": "Field"}]}})
    return {
        **_panel("barchart", title, description, queries),
        "fieldConfig": {
            "defaults": {
                "color": {"mode": "thresholds"},
                "custom": {"fillOpacity": 80, "lineWidth": 1},
                "noValue": UNKNOWN,
                "thresholds": {"mode": "absolute", "steps": steps},
                **unit_properties(unit),
            },
            "overrides": [],
        },
        "options": {
            "barWidth": 0.9,
            "fullHighlight": False,
            "groupWidth": 0.7,
            "legend": {"calcs": [], "displayMode": "list", "placement": "bottom", "showLegend": False},
            "orientation": "auto",
            "showValue": "auto",
            "stacking": "none",
            "tooltip": {"mode": "single", "sort": "none"},
            "xField": "Field",
            "xTickLabelMaxLength": 0,
            "xTickLabelRotation": 0,
            "xTickLabelSpacing": 100,
        },
        "transformations": transformations,
    }


def heatmap(title: str, description: str, answer: Query, unit: str) -> Panel:
    """Return a row of coloured cells over time per result."""
    return {
        **_panel("heatmap", title, description, [answer]),
        "fieldConfig": {"defaults": {"noValue": UNKNOWN, **unit_properties(unit)}, "overrides": []},
        "interval": "5m",
        "options": {
            "calculate": False,
            "cellGap": 0,
            "cellValues": {"unit": unit},
            "color": {
                "exponent": 0.5,
                "fill": "dark-orange",
                "mode": "scheme",
                "reverse": False,
                "scheme": "Oranges",
                "steps": 64,
            },
            "exemplars": {"color": "rgba(255,0,255,0.7)"},
            "filterValues": {"le": -1},
            "legend": {"show": True},
            "rowsFrame": {"layout": "auto"},
            "showValue": "never",
            "tooltip": {"mode": "single", "showColorScale": False, "yHistogram": False},
            "yAxis": {"axisPlacement": "left", "reverse": True, "unit": "none"},
        },
    }


def timeline(
    title: str,
    description: str,
    queries: Sequence[Query],
    mappings: Sequence[Mapping[str, Any]],
    links: Sequence[Link] = (),
) -> Panel:
    """Return a band over time per result, whose states have the words and colours of the mappings."""
    return {
        **_panel("state-timeline", title, description, queries),
        "fieldConfig": {
            "defaults": {
                "color": {"mode": "thresholds"},
                "custom": {"fillOpacity": 80, "lineWidth": 0},
                "links": list(links),
                "mappings": list(mappings),
                "noValue": UNKNOWN,
                "thresholds": {"mode": "absolute", "steps": [{"color": GREY, "value": None}]},
                "unit": "none",
            },
            "overrides": [],
        },
        "interval": "1m",
        "options": {
            "alignValue": "left",
            "legend": {"calcs": [], "displayMode": "list", "placement": "bottom", "showLegend": False},
            "mergeValues": True,
            "perPage": 20,
            "rowHeight": 0.8,
            "showValue": "auto",
            "tooltip": {"mode": "single", "sort": "none"},
        },
    }


def table(
    title: str,
    description: str,
    queries: Sequence[Query],
    columns: Mapping[str, str],
    *,
    overrides: Sequence[Override] = (),
    sort: str = "",
) -> Panel:
    """Return the rows of all queries, joined by their labels; `columns` maps the visible ones to their headings."""
    order = {column: place for place, column in enumerate(columns)}
    transformations: list[Mapping[str, Any]] = [{"id": "merge", "options": {}}] if len(queries) > 1 else []
    visible = {"include": {"names": list(columns)}}
    transformations.append({"id": "filterFieldsByName", "options": visible})
    transformations.append({"id": "organize", "options": {"indexByName": order, "renameByName": dict(columns)}})
    return {
        **_panel("table", title, description, queries),
        "fieldConfig": {
            "defaults": {"mappings": [no_number_mapping(UNKNOWN)], "noValue": UNKNOWN, "unit": "none"},
            "overrides": list(overrides),
        },
        "options": {
            "cellHeight": "sm",
            "showHeader": True,
            **({"sortBy": [{"desc": True, "displayName": sort}]} if sort else {}),
        },
        "transformations": transformations,
    }


def text(title: str, description: str, markdown: str) -> Panel:
    """Return a fixed text in Markdown."""
    return {
        "description": description,
        "options": {"content": markdown, "mode": "markdown"},
        "title": title,
        "type": "text",
    }


def _panel(kind: str, title: str, description: str, queries: Sequence[Query]) -> Panel:
    return {
        "datasource": DATASOURCE,
        "description": description,
        "targets": list(queries),
        "title": title,
        "type": kind,
    }
