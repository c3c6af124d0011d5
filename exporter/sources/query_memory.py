"""One budget for the memory of all queries over files, whichever sources and companies they are of."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from threading import BoundedSemaphore

from exporter.records.batch import SourceFailed
from exporter.records.store_file import megabytes
from exporter.sources.interface import Deadline

SHARE = 64
"""Megabytes of the least that a query is given; what it needs beyond its share it keeps on disk."""

MOST_AT_ONCE = 4
"""Queries that run at the same time, where the memory is enough."""


class QueryMemory:
    """Megabytes that are divided among the queries that run at the same time; the others wait."""

    def __init__(self, megabytes: int) -> None:
        self._divide(megabytes)

    def allow(self, size: str) -> None:
        """Set the budget, such as `256MB` or `1GB`, before anything is polled."""
        self._divide(megabytes(size))

    @contextmanager
    def share(self, deadline: Deadline) -> Iterator[str]:
        """Take a share for the block, and give its size; raise `SourceFailed` if none is free by the deadline."""
        turns = self._turns
        if not turns.acquire(timeout=deadline.remaining()):
            raise SourceFailed(
                f"timed out after {deadline.seconds:g}s, in which other queries over files had all the memory; "
                "give more by `run --memory`, or poll at other times"
            )
        try:
            yield f"{self._share}MB"
        finally:
            turns.release()

    def _divide(self, megabytes: int) -> None:
        at_once = max(1, min(MOST_AT_ONCE, megabytes // SHARE))
        self._share = megabytes // at_once
        self._turns = BoundedSemaphore(at_once)


QUERY_MEMORY = QueryMemory(256)
"""The budget of this process."""
