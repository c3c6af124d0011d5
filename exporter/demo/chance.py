"""Chance, seeded: the draws of the simulation, the same on every machine and version of Python."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from random import Random
from typing import TypeVar

_T = TypeVar("_T")
_LETTERS = "0123456789abcdefghijklmnopqrstuvwxyz"


class Chance:
    def __init__(self, seed: int) -> None:
        self._random = Random(seed)  # noqa: S311 - a simulation, no secret

    def token(self, prefix: str) -> str:
        """An opaque id."""
        return prefix + "".join(self._random.choice(_LETTERS) for _ in range(12))

    def between(self, low: float, high: float) -> float:
        return self._random.uniform(low, high)

    def days(self, low: float, high: float) -> timedelta:
        """A span of whole seconds between so many days."""
        return timedelta(seconds=round(86400 * self.between(low, high)))

    def one(self, among: Sequence[_T]) -> _T:
        return self._random.choice(among)

    def happens(self, probability: float) -> bool:
        return self._random.random() < probability

    def mix(self, count: int, shares: Mapping[_T, float], rest: _T) -> list[_T]:
        """So many values in any order: of each its share, rounded down, and `rest` for what is left.

        The proportions hold exactly, so that a level that should show does so for every seed.
        """
        drawn = [value for value, share in shares.items() for _ in range(int(count * share))]
        drawn += [rest] * (count - len(drawn))
        self._random.shuffle(drawn)
        return drawn
