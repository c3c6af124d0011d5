"""Runs a call that cannot be interrupted, and waits for it no longer than a poll may take."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from concurrent.futures import TimeoutError as NotInTime
from threading import Thread
from typing import TypeVar

from exporter.sources.interface import Deadline

T = TypeVar("T")


def within(deadline: Deadline, call: Callable[[], T]) -> T:
    """Return what a call returns; after the deadline it is left alone, to end by its own limits.

    Raises:
        SourceFailed: If the time is up before the call is over.
    """
    deadline.check()
    future: Future[T] = Future()

    def run() -> None:
        try:
            future.set_result(call())
        except BaseException as error:  # raised again in the thread that waits
            future.set_exception(error)

    Thread(target=run, daemon=True).start()
    try:
        return future.result(deadline.remaining())
    except NotInTime:
        deadline.check()
        raise
