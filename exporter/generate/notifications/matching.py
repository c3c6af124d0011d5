"""Matchers of alerts: the labels that a route or an inhibition selects."""

from __future__ import annotations

import re
from typing import NamedTuple


class Matcher(NamedTuple):
    """Compares a label with a value: `=`, `!=`, or as a regular expression `=~` and `!~`."""

    label: str
    operator: str
    value: str

    @property
    def text(self) -> str:
        """The matcher as Alertmanager reads it."""
        return f"{self.label}{self.operator}{quoted(self.value)}"


def matcher(label: str, *values: str) -> Matcher:
    """Return a matcher of a label with one of these values; `""` matches a missing label."""
    return Matcher(label, "=", values[0]) if len(values) == 1 else Matcher(label, "=~", _alternatives(values))


def not_matcher(label: str, *values: str) -> Matcher:
    """Return a matcher of a label with none of these values; `""` requires the label."""
    return Matcher(label, "!=", values[0]) if len(values) == 1 else Matcher(label, "!~", _alternatives(values))


def quoted(value: str) -> str:
    """Quote a value for a matcher, or for a label in amtool's arguments."""
    escaped = value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'


def _alternatives(values: tuple[str, ...]) -> str:
    return "|".join(map(re.escape, values))
