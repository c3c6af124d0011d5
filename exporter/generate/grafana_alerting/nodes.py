"""Nodes of a Grafana rule: queries that Prometheus answers, and expressions over their answers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Node = Mapping[str, Any]

CONDITION = "C"
"""The node that says for which labels the rule fires."""

_EXPRESSIONS = {"type": "__expr__", "uid": "__expr__"}
_SECONDS = 600
"""The range that Grafana wants with each query; an instant query reads its end alone."""


def query(name: str, expression: str, datasource: str) -> Node:
    """Return a query at the instant of the evaluation, which PromQL looks back from."""
    return {
        "refId": name,
        "relativeTimeRange": {"from": _SECONDS, "to": 0},
        "datasourceUid": datasource,
        "model": {
            "refId": name,
            "datasource": {"type": "prometheus", "uid": datasource},
            "expr": expression,
            "instant": True,
            "range": False,
            "editorMode": "code",
        },
    }


def above_zero(name: str) -> Node:
    """Return the condition that a node's value is above 0; without a value, Grafana has no data."""
    evaluator = {"type": "gt", "params": [0]}
    return _expression({"type": "threshold", "expression": name, "conditions": [{"evaluator": evaluator}]})


def present(name: str) -> Node:
    """Return the condition that a node has a value, whatever it is."""
    return _expression({"type": "math", "expression": f"is_number(${name})"})


def _expression(model: Mapping[str, Any]) -> Node:
    return {
        "refId": CONDITION,
        "relativeTimeRange": {"from": 0, "to": 0},
        "datasourceUid": "__expr__",
        "model": {"refId": CONDITION, "datasource": _EXPRESSIONS, **model},
    }
