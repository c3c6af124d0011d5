"""Mistakes in a catalogue, all of them at once: file, line and column, the line with a caret, and what to write."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from exporter.mistakes import Keys


@dataclass(frozen=True)
class Place:
    """A spot in a file; line and column count from 0. `shown` is its line without any secret."""

    file: Path
    line: int
    column: int
    shown: str = field(compare=False)


@dataclass(frozen=True)
class Problem:
    """One mistake: where it is, what it concerns (`kpis.uptime.critical`) and what is wrong."""

    place: Place
    subject: str
    message: str

    def __str__(self) -> str:
        place = self.place
        what = f"{self.subject}: {self.message}" if self.subject else self.message
        told = f"{place.file}:{place.line + 1}:{place.column + 1}: {what}"
        if not place.shown.strip():
            return told
        number = str(place.line + 1)
        # Tabs stay tabs, so that the caret is under its character however wide they are shown.
        before = re.sub(r"[^\t]", " ", place.shown[: place.column].ljust(place.column))
        return f"{told}\n  {number} | {place.shown}\n  {' ' * len(number)} | {before}^"


class CatalogueError(Exception):
    """A catalogue that cannot be used, with all its problems in the order of the files' lines."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems: Sequence[Problem] = sorted(
            set(problems), key=lambda found: (str(found.place.file), found.place.line, found.place.column, str(found))
        )
        super().__init__("\n".join(str(problem) for problem in self.problems))


def dotted(path: Keys, secret: Collection[Keys] = ()) -> str:
    """`kpis.uptime.critical` for a path, with `***` for keys that may be a secret."""
    return ".".join("***" if path[: end + 1] in secret else str(part) for end, part in enumerate(path))
