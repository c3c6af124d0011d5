"""Shares as people write them: `1%`, `0.5 %`, `100%`; held in percent, exactly."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Annotated

from pydantic import BeforeValidator

_FORM = re.compile(r"(\d{1,3}(?:\.\d+)?)\s*%")


def percent(text: str) -> Decimal:
    """Parse a share such as `20%` into a percentage; `ValueError` says what is wrong."""
    match = _FORM.fullmatch(text.strip())
    if not match or Decimal(match[1]) > 100:
        raise ValueError(f"{text!r} is not a share; write a percentage from 0% to 100%, such as 20%")
    return Decimal(match[1])


def _parse(value: object) -> object:
    return value if isinstance(value, Decimal) else percent(f"{value}")


Percent = Annotated[Decimal, BeforeValidator(_parse, json_schema_input_type=str)]
"""A field of a model: written as a percentage, held as the number before the sign."""
