"""JSON with numbers as they are written, in which no value that cannot be read takes another along."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from decimal import Decimal, InvalidOperation

from exporter.records.batch import Unreadable

_DEEPEST = 100
_DEEP = "\0too deep"
_TOKENS = re.compile(r'"(?:[^"\\]|\\.)*"|[\[{]|[\]}]', re.DOTALL)
_SHOWN = 60  # characters of a value in a message


def exact(text: str) -> object:
    """The document: whole numbers are int, others Decimal, also NaN and the infinities. `ValueError` if it is none.

    Where it is nested too deeply to be read, what is in more than a hundred others is `Unreadable`.
    """
    try:
        return json.loads(text, parse_int=_whole, parse_float=_decimal, parse_constant=Decimal)
    except RecursionError:
        shallow = "".join(_shallow(text))
        return json.loads(
            shallow, parse_int=_whole, parse_float=_decimal, parse_constant=Decimal, object_pairs_hook=_object
        )


def depth(text: str) -> int:
    """In how many lists and objects the innermost value of a JSON text is."""
    now = deepest = 0
    for token in _TOKENS.finditer(text):
        now += (token[0] in "[{") - (token[0] in "]}")
        deepest = max(deepest, now)
    return deepest


def shown(value: object) -> str:
    """A value as JSON writes it, cut short."""
    if isinstance(value, Unreadable):
        text = f"something that {value.reason}"
    elif isinstance(value, int | Decimal) and not isinstance(value, bool):
        text = str(Decimal(value))
    else:
        try:
            text = json.dumps(value, ensure_ascii=False, default=str)
        except RecursionError:
            text = "something nested too deeply"
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}..."


def _whole(digits: str) -> int | Decimal:
    try:
        return int(digits)
    except ValueError:  # Python reads no more than 4300 of them
        return Decimal(digits)


def _decimal(text: str) -> Decimal | str:
    """A text where its exponent is beyond those of Decimal: no column takes it, and no other value is lost by it."""
    try:
        return Decimal(text)
    except InvalidOperation:
        return text


def _shallow(text: str) -> Iterator[str]:
    """The text in pieces, with a mark in the place of what is too deep in it."""
    now = copied = 0
    for token in _TOKENS.finditer(text):
        if token[0] in "[{":
            now += 1
            if now == _DEEPEST:
                yield text[copied : token.start()] + json.dumps({_DEEP: None})
        elif token[0] in "]}":
            now -= 1
            if now == _DEEPEST - 1:
                copied = token.end()
    if now >= _DEEPEST:
        raise ValueError("it has no end")
    yield text[copied:]


def _object(pairs: list[tuple[str, object]]) -> object:
    return Unreadable("is nested too deeply") if pairs == [(_DEEP, None)] else dict(pairs)
