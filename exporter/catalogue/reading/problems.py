"""Mistakes in a catalogue, all of them at once: file, line and column, the line with a caret, and what to write."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from exporter.mistakes import Keys


@dataclass(frozen=True)
class Place:
    """A spot in a file; line and column count from 0. `visible` is its line without any secret."""

    file: Path
    line: int
    column: int
    visible: str = field(compare=False)


@dataclass(frozen=True)
class Problem:
    """One mistake: its place, its subject such as `kpis.uptime.critical`, and what is wrong.

    `details` are more lines, such as those to paste.
    """

    place: Place
    subject: str
    message: str
    details: str = ""

    def __str__(self) -> str:
        return "\n".join(filter(None, (self._headline(), self.details)))

    def _headline(self) -> str:
        place = self.place
        what = f"{self.subject}: {self.message}" if self.subject else self.message
        text = f"{place.file}:{place.line + 1}:{place.column + 1}: {what}"
        if not place.visible.strip():
            return text
        number = str(place.line + 1)
        # Tabs stay tabs, so that the caret is under its character however wide they are visible.
        before = re.sub(r"[^\t]", " ", place.visible[: place.column].ljust(place.column))
        return f"{text}\n  {number} | {place.visible}\n  {' ' * len(number)} | {before}^"


class CatalogueError(Exception):
    """A catalogue that cannot be used, with all its problems in the order of files and lines."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems: Sequence[Problem] = sorted(
            set(problems),
            key=lambda problem: (str(problem.place.file), problem.place.line, problem.place.column, str(problem)),
        )
        super().__init__("\n".join(str(problem) for problem in self.problems))


def dotted(path: Keys, secret: Collection[Keys] = ()) -> str:
    """Format a path as `kpis.uptime.critical`, with `***` for keys that may be a secret."""
    return ".".join("***" if path[: end + 1] in secret else str(part) for end, part in enumerate(path))
