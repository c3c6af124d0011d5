"""Repeats an attempt after a failure that may pass: exponential backoff with jitter, within the poll's deadline."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from tenacity import (
    RetryCallState,
    Retrying,
    retry_if_exception_type,
    stop_after_attempt,
    wait_exponential,
    wait_random,
)
from tenacity.stop import stop_base

from exporter.records.batch import SourceFailed
from exporter.sources.interface import Deadline

T = TypeVar("T")

ATTEMPTS = 5
_BACKOFF = wait_exponential(multiplier=0.5, max=10) + wait_random(0, 0.5)


class TransientFailure(SourceFailed):
    """A failure that another attempt may not have; `after` is how many seconds the server asked to wait."""

    def __init__(self, message: str, after: float = 0.0) -> None:
        super().__init__(message)
        self.after = after


def with_retries(
    attempt: Callable[[], T],
    deadline: Deadline,
    sleep: Callable[[float], None],
    transient: type[SourceFailed] = TransientFailure,
) -> T:
    """Return what `attempt` returns; it is called again while it raises a `transient` failure.

    Raises:
        SourceFailed: The last failure, after `ATTEMPTS` or when the next wait would end after the deadline.
    """
    retrying = Retrying(
        retry=retry_if_exception_type(transient),
        wait=_wait,
        stop=stop_after_attempt(ATTEMPTS) | _Late(deadline),
        sleep=sleep,
        reraise=True,
    )
    return retrying(attempt)


class _Late(stop_base):
    """Stops when the next wait would end after the deadline."""

    def __init__(self, deadline: Deadline) -> None:
        self._deadline = deadline

    def __call__(self, state: RetryCallState) -> bool:
        return state.upcoming_sleep >= self._deadline.remaining()


def _wait(state: RetryCallState) -> float:
    failure = state.outcome.exception() if state.outcome else None
    requested = failure.after if isinstance(failure, TransientFailure) else 0.0
    return max(requested, _BACKOFF(state))
