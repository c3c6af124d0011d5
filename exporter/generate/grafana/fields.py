"""The data of panels: queries and their data source, and the properties of the fields that they return."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from exporter.generate.grafana.colours import GREY

Query = Mapping[str, Any]
Override = Mapping[str, Any]

DATASOURCE = {"type": "prometheus", "uid": "${datasource}"}
DATASOURCE_VARIABLE: Mapping[str, Any] = {
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

DASHED = {"dash": [8, 6], "fill": "dash"}
"""The line style of levels beside a value."""

UNKNOWN = "unknown"
"""The word in place of a missing number."""


def query(reference: str, expression: str, legend: str) -> Query:
    """Return a query over the board's time range."""
    return _query(reference, expression, legend, "time_series", at_end=False)


def instant_query(reference: str, expression: str, legend: str) -> Query:
    """Return a query at the end of the time range, which is now by default."""
    return _query(reference, expression, legend, "time_series", at_end=True)


def table_query(reference: str, expression: str) -> Query:
    """Return an instant query as rows of a table, with a column per label."""
    return _query(reference, expression, "", "table", at_end=True)


def _query(reference: str, expression: str, legend: str, form: str, *, at_end: bool) -> Query:
    return {
        "datasource": DATASOURCE,
        "editorMode": "code",
        "expr": expression,
        "format": form,
        "instant": at_end,
        "legendFormat": legend,
        "range": not at_end,
        "refId": reference,
    }


def override_by_name(display_name: str, **properties: Any) -> Override:
    """Return properties of the field with that name; two underscores in a property stand for a point."""
    return _override("byName", display_name, properties)


def override_by_regexp(pattern: str, **properties: Any) -> Override:
    """Return properties of the fields whose names match the regular expression."""
    return _override("byRegexp", f"/{pattern}/", properties)


def override_by_query(reference: str, **properties: Any) -> Override:
    """Return properties of the fields that a query returns."""
    return _override("byFrameRefID", reference, properties)


def _override(matcher: str, options: str, properties: Mapping[str, Any]) -> Override:
    listed = [{"id": name.replace("__", "."), "value": value} for name, value in properties.items()]
    return {"matcher": {"id": matcher, "options": options}, "properties": listed}


def unit_properties(unit: str) -> Mapping[str, Any]:
    """Return the unit as properties; percentages have two places, or 99.96% would appear as 100%."""
    return {"unit": unit, "decimals": 2} if unit == "percentunit" else {"unit": unit}


def fixed_colour(colour: str) -> Mapping[str, str]:
    """Return one colour for every value."""
    return {"fixedColor": colour, "mode": "fixed"}


def no_number_mapping(word: str) -> Mapping[str, Any]:
    """Return a mapping from a missing number to a word."""
    return {"options": {"match": "null+nan", "result": {"color": GREY, "index": 0, "text": word}}, "type": "special"}


def value_mapping(words: Mapping[str, tuple[str, str]]) -> Mapping[str, Any]:
    """Return a mapping from values to words and colours."""
    options = {
        value: {"color": colour, "index": place, "text": word}
        for place, (value, (word, colour)) in enumerate(words.items(), 1)
    }
    return {"options": options, "type": "value"}
