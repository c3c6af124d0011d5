"""Extends the functions of JMESPath to exact numbers, and adds those that turn numbers since 1970 into instants."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation

from jmespath.functions import Functions, signature

from exporter.sources.exact_json import preview

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class _Unit:
    """The unit that a function counts in; its numbers are below `below`, which they reach in the year 5138."""

    name: str
    microseconds: Decimal
    below: Decimal


_UNITS: Mapping[str, _Unit] = {
    "from_epoch": _Unit("seconds", Decimal(10**6), Decimal(10**11)),
    "from_epoch_ms": _Unit("milliseconds", Decimal(10**3), Decimal(10**14)),
    "from_epoch_us": _Unit("microseconds", Decimal(1), Decimal(10**17)),
    "from_epoch_ns": _Unit("nanoseconds", Decimal("0.001"), Decimal(10**20)),
}
"""A number of milliseconds from before 1973 could be one of seconds, and is taken for one; and so on."""


class FunctionError(ValueError):
    """A value that a function cannot be applied to; the message is for people."""


class ExactFunctions(Functions):
    """The standard functions, which know only float and int, for Decimal too; and those from an epoch."""

    def _get_allowed_pytypes(self, types: list[str]) -> tuple[list[str], list[tuple[str, ...]]]:
        allowed, parts = super()._get_allowed_pytypes(types)  # type: ignore[misc] # not in its stubs
        return (
            [*allowed, "Decimal"] if "float" in allowed else allowed,
            [(*part, "Decimal") if "float" in part else part for part in parts],
        )

    def _convert_to_jmespath_type(self, name: str) -> str:
        type_: str = super()._convert_to_jmespath_type("float" if name == "Decimal" else name)  # type: ignore[misc] # not in its stubs
        return type_

    @signature({"types": ["array-number"]})
    def _func_avg(self, numbers: list[int | float | Decimal]) -> Decimal | None:
        return sum(Decimal(str(number)) for number in numbers) / Decimal(len(numbers)) if numbers else None

    @signature({"types": []})
    def _func_to_string(self, value: object) -> str:
        if isinstance(value, str | Decimal):
            return str(value)
        return json.dumps(value, separators=(",", ":"), default=str)

    @signature({"types": []})
    def _func_to_number(self, value: object) -> int | float | Decimal | None:
        if isinstance(value, str):
            try:
                return Decimal(value)
            except InvalidOperation:
                return None
        return value if isinstance(value, int | float | Decimal) and not isinstance(value, bool) else None

    @signature({"types": []})
    def _func_type(self, value: object) -> str:
        return self._convert_to_jmespath_type(type(value).__name__)

    @signature({"types": []})
    def _func_from_epoch(self, seconds: object) -> str | None:
        return _instant(seconds, "from_epoch")

    @signature({"types": []})
    def _func_from_epoch_ms(self, milliseconds: object) -> str | None:
        return _instant(milliseconds, "from_epoch_ms")

    @signature({"types": []})
    def _func_from_epoch_us(self, microseconds: object) -> str | None:
        return _instant(microseconds, "from_epoch_us")

    @signature({"types": []})
    def _func_from_epoch_ns(self, nanoseconds: object) -> str | None:
        return _instant(nanoseconds, "from_epoch_ns")


def _instant(since: object, function: str) -> str | None:
    """Return the instant so many units after 1970; None for nothing.

    Raises:
        FunctionError: If the value is no number, or one that counts another unit.
    """
    if since is None or since == "":
        return None
    number, unit = _number(since), _UNITS[function]
    if number is None:
        raise FunctionError(
            f"{preview(since)} is no number of {unit.name} since 1970; a time that is a text needs no `{function}`"
        )
    meant = next((name for name, other in _UNITS.items() if number.copy_abs() < other.below), None)
    if meant is None:
        raise FunctionError(f"{preview(since)} is no time: it is too large for one")
    if number and meant != function:
        raise FunctionError(
            f"{preview(since)} is not in {unit.name}; it is in {_UNITS[meant].name}: write {meant}(...)"
        )
    try:
        return (_EPOCH + timedelta(microseconds=int(number * unit.microseconds))).isoformat()
    except OverflowError:
        raise FunctionError(f"{preview(since)} is no time: it lies before the year 1") from None


def _number(since: object) -> Decimal | None:
    """Read a finite number, which may stand in quotes; None for anything else."""
    if isinstance(since, bool) or not isinstance(since, int | float | Decimal | str):
        return None
    try:
        number = Decimal(str(since) if isinstance(since, float) else since)
    except InvalidOperation:
        return None
    return number if number.is_finite() else None
