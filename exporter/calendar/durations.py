"""Durations as people write them: `30s`, `5 min`, `4h`, `2 weeks`; a year is 365 days."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator

SECONDS = {
    "ms": 0.001,
    "s": 1.0,
    "sec": 1.0,
    "second": 1.0,
    "m": 60.0,
    "min": 60.0,
    "minute": 60.0,
    "h": 3600.0,
    "hour": 3600.0,
    "d": 86400.0,
    "day": 86400.0,
    "w": 604800.0,
    "week": 604800.0,
    "y": 31_536_000.0,
    "year": 31_536_000.0,
}
LONGEST = "100 years"
"""What a duration may be at most: no clock or calendar has to reckon beyond."""

_FORM = re.compile(r"(\d+(?:\.\d+)?)\s*([a-z]+)")


def seconds(text: str) -> float:
    """Convert a duration such as `90s`, `1.5h` or `4 weeks` to seconds; `ValueError` says what is wrong."""
    match = _FORM.fullmatch(text.strip())
    unit = match and (SECONDS.get(match[2]) or SECONDS.get(match[2].removesuffix("s")))
    if not match or not unit:
        raise ValueError(f"{text!r} is not a duration; write a number and a unit, such as 30s, 5m, 4h or 2 weeks")
    return float(match[1]) * unit


def _parse(value: object) -> object:
    return seconds(value) if isinstance(value, str) else seconds(f"{value}")


def at_most(longest: str) -> AfterValidator:
    """Return a validator of a `Duration` that refuses longer ones."""

    def check(length: float) -> float:
        if length > seconds(longest):
            raise ValueError(f"should be at most {longest}")
        return length

    return AfterValidator(check)


Duration = Annotated[float, BeforeValidator(_parse, json_schema_input_type=str), at_most(LONGEST)]
"""A field of a model: written as a duration, held in seconds."""
