"""Mistakes in texts that people write: where one is, and what was probably meant."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

LONGEST_NAME = 100
"""Characters; a longer word is none of the names, and takes seconds to compare."""

Keys = tuple[str | int, ...]
"""The path of a value in a file: keys and indexes; `()` is the file's whole content."""


class TextError(ValueError):
    """Says what is wrong with a text; `column` is the 0-based place in it, without its outer spaces."""

    def __init__(self, message: str, column: int = 0) -> None:
        super().__init__(message)
        self.column = column


def did_you_mean(word: str, names: Iterable[str]) -> str:
    """Return `; did you mean `cash_runway`?` for a word close to one of the names; else all names, if they are few."""
    options = sorted(names)
    close = get_close_matches(word, options, n=1, cutoff=0.6) if len(word) <= LONGEST_NAME else []
    if close:
        return f"; did you mean `{close[0]}`?"
    return f"; there are: {', '.join(options)}" if 0 < len(options) <= 12 else ""
