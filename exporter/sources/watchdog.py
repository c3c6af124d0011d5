"""Interrupts a call that blocks when the poll's time is up."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Timer

from exporter.sources.interface import Deadline


@contextmanager
def at_deadline(deadline: Deadline, interrupt: Callable[[], object]) -> Iterator[None]:
    """Call `interrupt` from another thread if the block still runs at the deadline."""
    timer = Timer(deadline.remaining(), interrupt)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
