"""Ends what yields rows together with what reads them, whether that fails or not.

Else the connection, file or share of memory that a generator holds is free only when the garbage collector finds it.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator
from contextlib import contextmanager
from typing import TypeVar

T = TypeVar("T")


@contextmanager
def ending(items: Iterable[T]) -> Iterator[Iterator[T]]:
    """Give an iterator over the items, and close the generator behind them after the block."""
    try:
        yield iter(items)
    finally:
        if isinstance(items, Generator):
            items.close()
