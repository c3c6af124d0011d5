"""A row of a file, with its place in it; or why it cannot be read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple


class FileRow(NamedTuple):
    """The values of a row of a file, and its place: `items.csv, line 7`."""

    place: str
    values: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class UnreadableRow:
    """A row that cannot be read, with its place and the reason: `items.csv, line 7 has ...`."""

    text: str
