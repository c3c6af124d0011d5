"""Alertmanager's matcher, written as text: which labels a route or an inhibition is about."""

from __future__ import annotations

import re


def matcher(label: str, *values: str) -> str:
    """The label has one of these values; with `""` it is missing."""
    if len(values) == 1:
        return f"{label}={quoted(values[0])}"
    return f"{label}=~{quoted(_alternatives(values))}"


def not_matcher(label: str, *values: str) -> str:
    """The label has none of these values; with `""` it is there."""
    if len(values) == 1:
        return f"{label}!={quoted(values[0])}"
    return f"{label}!~{quoted(_alternatives(values))}"


def quoted(value: str) -> str:
    """A value as matcher, and the labels that amtool is asked about, are written."""
    escaped = value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'


def _alternatives(values: tuple[str, ...]) -> str:
    return "|".join(map(re.escape, values))
