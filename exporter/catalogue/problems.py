"""Mistakes in a catalogue, all of them at once: file, line and column, the line with a caret, and what to write."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path

Keys = tuple[str | int, ...]
"""The way to a value in a file: keys and indexes; `()` is the file's whole content."""


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


class TextError(ValueError):
    """What is wrong with a text; `column` is the 0-based place in it, its outer spaces not counted."""

    def __init__(self, message: str, column: int = 0) -> None:
        super().__init__(message)
        self.column = column


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


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """`; did you mean `cash_runway`?` for a word close to a known one; else all there are, if they are few."""
    options = sorted(known)
    close = get_close_matches(word, options, n=1, cutoff=0.6)
    if close:
        return f"; did you mean `{close[0]}`?"
    return f"; there are: {', '.join(options)}" if 0 < len(options) <= 12 else ""
