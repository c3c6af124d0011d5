"""What a benchmark found, and whether that is within its limit."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True)
class Result:
    """One figure. `at_most` and `at_least` are its limits; a figure without either is only for information."""

    what: str
    value: float
    unit: str
    at_most: float | None = None
    at_least: float | None = None

    @property
    def passed(self) -> bool:
        above = self.at_most is not None and self.value > self.at_most
        below = self.at_least is not None and self.value < self.at_least
        return not above and not below

    def __str__(self) -> str:
        limits = [
            f"{word} {limit:g}"
            for word, limit in (("at most", self.at_most), ("at least", self.at_least))
            if limit is not None
        ]
        verdict = "    " if not limits else "PASS" if self.passed else "FAIL"
        figure = f"{self.value:,.2f}".rstrip("0").rstrip(".")
        wanted = f"  ({', '.join(limits)})" if limits else ""
        return f"{verdict}  {figure:>10} {self.unit:<6} {self.what}{wanted}"


class NotMeasured(Exception):
    """A benchmark that cannot run here; the message says why."""


class Benchmark(Protocol):
    """A module of this package."""

    __name__: str
    __doc__: str | None

    def measure(self) -> Iterator[Result]:
        """Yield the figures one by one. Raises `NotMeasured`."""
