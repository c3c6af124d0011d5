"""Stores how far a table was read: the last value of its cursor column, as text that keeps its type."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal

from exporter.records.batch import SourceFailed

_TYPES: Mapping[str, tuple[type, Callable[[str], object]]] = {
    "instant": (datetime, datetime.fromisoformat),
    "date": (date, date.fromisoformat),
    "integer": (int, int),
    "decimal": (Decimal, Decimal),
    "float": (float, float),
    "text": (str, str),
}


def encode(value: object, fingerprint: str) -> str:
    """Return a position as text.

    Raises:
        SourceFailed: If the value is of a type without an order, such as a boolean.
    """
    for name, (kind, _) in _TYPES.items():
        if type(value) is kind:
            text = value.isoformat() if isinstance(value, date) else str(value)
            return json.dumps({"options": fingerprint, "type": name, "value": text})
    raise SourceFailed(
        f"the `cursor` column holds a {type(value).__name__}; it has to hold times, dates, numbers or texts"
    )


def decode(stored: str | None, fingerprint: str, overlap: float) -> object | None:
    """Return the value to go on from, `overlap` seconds earlier if it is an instant; None to start from the beginning.

    A position that was stored under other options, or by a source of another type, is not used.
    """
    try:
        position = json.loads(stored or "")
        if position["options"] != fingerprint:
            return None
        value = _TYPES[position["type"]][1](position["value"])
    except (ValueError, KeyError, TypeError, ArithmeticError):
        return None
    return value - timedelta(seconds=overlap) if isinstance(value, datetime) else value
