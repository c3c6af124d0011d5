"""What the words of a source mean in a record table: `Hosting` is a `direct_cost`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from exporter.mistakes import did_you_mean
from exporter.records.batch import Unreadable
from exporter.records.schema import Table

MAX_LISTED = 12
"""Words of the source that an error lists."""


class Words:
    """The meaning of a source's words in one column. Capitals and spaces around a word make no difference.

    In a column with a closed set of words, a word that is neither mapped nor of the set is `Unreadable`; in any other
    column it stays as it is.
    """

    def __init__(self, meanings: Mapping[str, str], table: Table, name: str) -> None:
        column = table.column(name)
        self._column = name
        self._own = {word.casefold(): word for word in column.one_of} if column else {}
        self._written = tuple(meanings)
        self._meanings = {_folded(word): meaning for word, meaning in meanings.items()}

    def read(self, value: object) -> object:
        """Return the table's word for a value; None stays None."""
        if value is None or isinstance(value, Unreadable):
            return value
        text = str(value)
        if (meaning := self._meanings.get(_folded(text))) is not None:
            return meaning
        if not self._own or _folded(text) in self._own or not text.strip():
            return value
        written = ", ".join(self._written[:MAX_LISTED]) + (", ..." if len(self._written) > MAX_LISTED else "")
        return Unreadable(
            f'"{text[:60]}" is no word under `values`, which has {written}; say there which it is: '
            f"{', '.join(self._own.values())}"
        )


def mistakes(values: Mapping[str, Mapping[str, str]], table: Table) -> Iterator[tuple[tuple[str, ...], str]]:
    """Yield what is wrong with maps of words: the path below `values`, and what to write instead."""
    for name, meanings in values.items():
        column = table.column(name)
        if column is None:
            yield (name,), f"{table.name} has no column {name!r}{did_you_mean(name, table.column_names)}"
            continue
        for word, meaning in meanings.items():
            if column.one_of and meaning not in column.one_of:
                yield (
                    (name, word),
                    f"{meaning!r} is no word of {name}{did_you_mean(meaning, column.one_of)}; "
                    f"it takes {', '.join(column.one_of)}",
                )


def _folded(word: str) -> str:
    return " ".join(word.casefold().split())
