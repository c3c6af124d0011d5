"""Reads JSON with exact numbers, so that one unreadable value costs no other."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from decimal import Decimal, InvalidOperation

from exporter.records.batch import Unreadable

_MAX_DEPTH = 100
_DEEP = "\0too deep"
_TOKENS = re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+)*+"|[\[{,]|[\]}]', re.DOTALL)
MOST_VALUES = 1_000_000
"""Values of one document that are read, unless the catalogue allows more: some 100 MB, and half a second.

Python cannot be interrupted in that time, and three bytes can be a value that takes seventy.
"""
_MAX_PREVIEW = 60  # characters of a value in a message


class TooManyValues(ValueError):
    """A document has more values than may be read."""


def parse_json(text: str, most: int = MOST_VALUES) -> object:
    """Parse a document: whole numbers become int, others Decimal, NaN and the infinities too.

    In a document that is nested too deeply to be read, a value below a hundred others is `Unreadable`.

    Raises:
        TooManyValues: If there are more than `most` in it.
        ValueError: If the text is not JSON.
    """
    if _exceeds(text, most):
        raise TooManyValues
    try:
        return json.loads(text, parse_int=_whole, parse_float=_decimal, parse_constant=Decimal)
    except RecursionError:
        shallow = "".join(_shallow(text))
        return json.loads(
            shallow, parse_int=_whole, parse_float=_decimal, parse_constant=Decimal, object_pairs_hook=_object
        )


def _exceeds(text: str, most: int) -> bool:
    """Tell whether a text has more than `most` values, before any is made."""
    if sum(map(text.count, ",[{")) <= most:
        return False
    separators = 0
    for number, token in enumerate(_TOKENS.finditer(text)):  # those within texts do not count
        separators += token[0] in ",[{"
        if separators > most or number > 4 * most:
            return True
    return False


def depth(text: str) -> int:
    """Return how many lists and objects the innermost value of a JSON text is in."""
    current = deepest = 0
    for token in _TOKENS.finditer(text):
        current += (token[0] in "[{") - (token[0] in "]}")
        deepest = max(deepest, current)
    return deepest


def preview(value: object) -> str:
    """Print a value as JSON, cut to some 60 characters."""
    if isinstance(value, Unreadable):
        text = f"something that {value.reason}"
    elif isinstance(value, int | Decimal) and not isinstance(value, bool):
        text = str(Decimal(value))
    else:
        try:
            text = json.dumps(value, ensure_ascii=False, default=str)
        except RecursionError:
            text = "something nested too deeply"
    return text if len(text) <= _MAX_PREVIEW else f"{text[:_MAX_PREVIEW]}..."


def _whole(digits: str) -> int | Decimal:
    try:
        return int(digits)
    except ValueError:  # Python reads no more than 4300 of them
        return Decimal(digits)


def _decimal(text: str) -> Decimal | str:
    """Read a number; one whose exponent is beyond Decimal's stays a text, which no column of numbers takes."""
    try:
        return Decimal(text)
    except InvalidOperation:
        return text


def _shallow(text: str) -> Iterator[str]:
    """Yield the text in pieces, with a mark in the place of each value that is too deep in it."""
    current = copied = 0
    for token in _TOKENS.finditer(text):
        if token[0] in "[{":
            current += 1
            if current == _MAX_DEPTH:
                yield text[copied : token.start()] + json.dumps({_DEEP: None})
        elif token[0] in "]}":
            current -= 1
            if current == _MAX_DEPTH - 1:
                copied = token.end()
    if current >= _MAX_DEPTH:
        raise ValueError("it has no end")
    yield text[copied:]


def _object(pairs: list[tuple[str, object]]) -> object:
    return Unreadable("is nested too deeply") if pairs == [(_DEEP, None)] else dict(pairs)
