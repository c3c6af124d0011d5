"""Amounts of a catalogue in another currency than the company's: where they stand, and the lines that replace them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from exporter.catalogue.reading.inheritance import MergedCatalogue
from exporter.catalogue.reading.problems import Place, dotted
from exporter.mistakes import Keys
from exporter.quantities import currencies

_PLAIN_KEY = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")


@dataclass(frozen=True)
class ForeignAmount:
    """A text with an amount in another currency: its path, the text, the currency, where it stands, and a sentence.

    `replacement` is the value at `replaced`, which is the path or the list that it is in, without signs of currencies.
    """

    path: Keys
    text: str
    currency: str
    place: Place
    message: str
    replaced: Keys
    replacement: object

    @property
    def where(self) -> str:
        """The file, line and column, for people."""
        return f"{self.place.file.name}:{self.place.line + 1}:{self.place.column + 1}"

    def __str__(self) -> str:
        return f"{self.where} {dotted(self.path)}: {self.text} ({self.currency})"


def foreign_amounts(merged: MergedCatalogue, *, named: bool) -> tuple[ForeignAmount, ...]:
    """Return the amounts that name another currency, or those that have that of the file which they stand in."""
    return tuple(
        ForeignAmount(
            path,
            str(_at(merged.value, path)),
            error.currency,
            merged.place(path),
            str(error),
            *_replaced(merged, path),
        )
        for path, error in merged.foreign.items()
        if error.named is named
    )


def lines_to_paste(amounts: Sequence[ForeignAmount]) -> str:
    """Return YAML that writes the same numbers without a currency, each with a comment about what it was."""
    tree: dict[Any, Any] = {}
    for amount in {amount.replaced: amount for amount in amounts}.values():
        node = tree
        for key in amount.replaced[:-1]:
            node = node.setdefault(key, {})
        node[amount.replaced[-1]] = amount
    return "\n".join(_lines(tree, ""))


def _lines(tree: Mapping[Any, Any], indent: str) -> Iterator[str]:
    for key, value in tree.items():
        written = str(key) if _PLAIN_KEY.fullmatch(str(key)) else json.dumps(str(key), ensure_ascii=False)
        if isinstance(value, ForeignAmount):
            number = json.dumps(value.replacement, ensure_ascii=False, default=str)
            yield f"{indent}{written}: {number}   # in {value.currency} it was {value.text}"
        else:
            yield f"{indent}{written}:"
            yield from _lines(value, indent + "  ")


def _replaced(merged: MergedCatalogue, path: Keys) -> tuple[Keys, object]:
    """Return the path and the value to write: a list is replaced as a whole, for files do not merge lists."""
    end = next((index for index, key in enumerate(path) if isinstance(key, int)), len(path))
    return path[:end], _without_signs(_at(merged.value, path[:end]))


def _without_signs(value: object) -> object:
    if isinstance(value, list):
        return [_without_signs(each) for each in value]
    if isinstance(value, dict):
        return {key: _without_signs(each) if key == "target" else each for key, each in value.items()}
    return currencies.without_signs(str(value))


def _at(value: Any, path: Keys) -> Any:
    for key in path:
        value = value[key]
    return value
