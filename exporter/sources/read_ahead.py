"""Reads what comes next in another thread, while the caller works with what came before."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from exporter.sources.ending import ending

T = TypeVar("T")


def read_ahead(items: Iterator[T]) -> Iterator[T]:
    """Yield the items, while the one behind is being read; closing it waits for that one."""
    end = object()
    with ending(items), ThreadPoolExecutor(1, "read ahead") as thread:
        under_way = thread.submit(next, items, end)
        while (item := under_way.result()) is not end:
            under_way = thread.submit(next, items, end)
            yield item  # type: ignore[misc] # it is not the end
