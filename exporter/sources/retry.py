"""Trying again after a failure that may pass: exponential backoff with jitter, within the poll's deadline."""

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
    passing: type[SourceFailed] = TransientFailure,
) -> T:
    """What `attempt` returns, called again while it raises a failure that is `passing`.

    Raises the last failure after `ATTEMPTS`, or at once when the next wait would end after the deadline.
    """

    retrying = Retrying(
        retry=retry_if_exception_type(passing),
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
    asked = failure.after if isinstance(failure, TransientFailure) else 0.0
    return max(asked, _BACKOFF(state))
