"""Alertmanager's matchers as text: the labels that a route or an inhibition selects."""

from __future__ import annotations

import re


def matcher(label: str, *values: str) -> str:
    """Return a matcher of a label with one of these values; `""` matches a missing label."""
    if len(values) == 1:
        return f"{label}={quoted(values[0])}"
    return f"{label}=~{quoted(_alternatives(values))}"


def not_matcher(label: str, *values: str) -> str:
    """Return a matcher of a label with none of these values; `""` requires the label."""
    if len(values) == 1:
        return f"{label}!={quoted(values[0])}"
    return f"{label}!~{quoted(_alternatives(values))}"


def quoted(value: str) -> str:
    """Quote a value for a matcher, or for a label in amtool's arguments."""
    escaped = value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'


def _alternatives(values: tuple[str, ...]) -> str:
    return "|".join(map(re.escape, values))
