"""Rules files in tests: their rules in order, those on alerts apart."""

from __future__ import annotations

from typing import Any

from tests.support.yaml_text import read_yaml

Rule = dict[str, Any]


def rules(text: str) -> list[Rule]:
    """Return all rules of a file, in order."""
    return [rule for group in read_yaml(text)["groups"] for rule in group["rules"]]


def alerts(text: str) -> list[Rule]:
    """Return the alerting rules of a file, in order."""
    return [rule for rule in rules(text) if "alert" in rule]
