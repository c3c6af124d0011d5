"""JSON with numbers as they are written: no digit is lost, and none of them is too long to be read."""

from __future__ import annotations

import json
from decimal import Decimal, InvalidOperation


def exact(text: str) -> object:
    """The document: whole numbers are int, others Decimal, also NaN and the infinities. `ValueError` if it is none."""
    return json.loads(text, parse_int=_whole, parse_float=_decimal, parse_constant=Decimal)


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
