"""The seeded random numbers of a simulation, the same on every machine and version of Python."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from decimal import Decimal
from random import Random
from typing import TypeVar

_T = TypeVar("_T")
_LETTERS = "0123456789abcdefghijklmnopqrstuvwxyz"


class Rng:
    """Draws ids, numbers, spans of time and choices; each call moves the sequence on."""

    def __init__(self, seed: int) -> None:
        self._random = Random(seed)  # noqa: S311 - a simulation, no secret

    def token(self, prefix: str) -> str:
        """Draw an opaque id."""
        return prefix + "".join(self._random.choice(_LETTERS) for _ in range(12))

    def between(self, low: float, high: float) -> float:
        """Draw a number between two limits."""
        return self._random.uniform(low, high)

    def factor(self, spread: float) -> Decimal:
        """Draw a factor around 1, with four decimals."""
        return Decimal(str(round(self.between(1 - spread, 1 + spread), 4)))

    def seconds(self, low: float, high: float) -> timedelta:
        """Draw a span of whole seconds between so many seconds."""
        return timedelta(seconds=round(self.between(low, high)))

    def hours(self, low: float, high: float) -> timedelta:
        """Draw a span of whole seconds between so many hours."""
        return timedelta(seconds=round(3600 * self.between(low, high)))

    def days(self, low: float, high: float) -> timedelta:
        """Draw a span of whole seconds between so many days."""
        return timedelta(seconds=round(86400 * self.between(low, high)))

    def one(self, among: Sequence[_T]) -> _T:
        """Draw one of several values."""
        return self._random.choice(among)

    def happens(self, probability: float) -> bool:
        """Draw whether something happens."""
        return self._random.random() < probability

    def mix(self, count: int, shares: Mapping[_T, float], rest: _T) -> list[_T]:
        """Shuffle so many values: of each its share, rounded down, and `rest` for what is left.

        The proportions hold exactly, so that a level that should show does so for every seed.
        """
        values = [value for value, share in shares.items() for _ in range(int(count * share))]
        values += [rest] * (count - len(values))
        self._random.shuffle(values)
        return values
