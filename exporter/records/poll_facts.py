"""What an evaluation reads about polls, kept until a poll brings something."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from threading import Lock
from typing import TypeVar

_T = TypeVar("_T")


class PollFacts:
    """Holds by company and kind what was read last. All methods may be called from any thread."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._facts: dict[str, dict[str, object]] = {}
        self._changes: Counter[str] = Counter()

    def get(self, company: str, kind: str, read: Callable[[], _T]) -> _T:
        """Return what is held; read it where nothing is, and hold it unless it was dropped meanwhile."""
        with self._lock:
            facts = self._facts.setdefault(company, {})
            if kind in facts:
                return facts[kind]  # type: ignore[return-value]  # what `read` returned before
        value = read()
        with self._lock:
            if self._facts.get(company) is facts:
                facts[kind] = value
        return value

    def replace(self, company: str, kind: str, change: Callable[[_T], _T]) -> None:
        """Put in the place of what is held what follows from it; what is being read meanwhile is not held."""
        with self._lock:
            facts = self._facts.get(company, {})
            self._facts[company] = {**facts, kind: change(facts[kind])} if kind in facts else {**facts}  # type: ignore[arg-type]

    def drop(self, company: str) -> None:
        """Forget what is held of a company."""
        with self._lock:
            self._facts.pop(company, None)
            self._changes[company] += 1

    def changes(self, company: str) -> int:
        """Return how often what was held of a company was forgotten."""
        with self._lock:
            return self._changes[company]
