"""The thread that evaluates companies after their polls, and writes their history in between."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Collection, Iterable
from threading import Condition, Thread

from exporter.records.health import StoreFailed

EVALUATE_EVERY = 60.0
"""Seconds between evaluations when no source is polled."""

REST = 1.0
"""Seconds between the beginnings of two evaluations of a company: polls that end at about the same time share one."""

QUIET = 10.0
"""The same, where polls brought nothing but their dates."""

_log = logging.getLogger(__name__)


class EvaluationLoop:
    """Calls `evaluate` for the companies that are due, and `write_history` for one company after another.

    `names` returns all companies. `write_history` writes one batch and returns False when nothing waits to be written.
    """

    def __init__(
        self,
        names: Callable[[], Collection[str]],
        evaluate: Callable[[str], None],
        write_history: Callable[[str], bool],
    ) -> None:
        self._names = names
        self._evaluate = evaluate
        self._write_history = write_history
        self._due: dict[str, float] = {}
        self._evaluated_at: dict[str, float] = {}
        self._busy = False
        self._wake = Condition()
        self._stopping = False
        self._turn = 0
        self._thread = Thread(target=self._run, name="evaluation", daemon=True)

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def stop(self) -> None:
        """Stop the thread once what it is doing is done."""
        with self._wake:
            self._stopping = True
            self._wake.notify_all()
        self._thread.join()

    def request(self, names: Iterable[str], rest: float = REST) -> None:
        """Evaluate these companies soon; requests during an evaluation, or within `rest` after one, share the next."""
        with self._wake:
            for name in names:
                at = max(time.monotonic(), self._evaluated_at.get(name, -rest) + rest)
                self._due[name] = min(at, self._due.get(name, at))
            self._wake.notify_all()

    def request_now(self, names: Iterable[str]) -> None:
        """Evaluate these companies at once, however lately that was done."""
        with self._wake:
            self._due.update(dict.fromkeys(names, time.monotonic()))
            self._wake.notify_all()

    def wait(self, seconds: float) -> None:
        """Return when nothing is due any more, or after so many seconds; at once where the thread does not run."""
        with self._wake:
            if self._thread.is_alive():
                self._wake.wait_for(lambda: self._stopping or not (self._due or self._busy), seconds)

    def _run(self) -> None:
        """Evaluate what is due until stopped.

        Without any poll all companies are evaluated every `EVALUATE_EVERY` seconds: plans go on, and data grows too
        old. History takes at most a quarter of the time.
        """
        evaluate_at = history_at = time.monotonic()
        while True:
            with self._wake:
                while not self._stopping and (pause := min([evaluate_at, history_at, *self._due.values()])) > (
                    now := time.monotonic()
                ):
                    self._wake.wait(pause - now)
                if self._stopping:
                    return
                due = {name for name, at in self._due.items() if at <= time.monotonic()}
                self._due = {name: at for name, at in self._due.items() if name not in due}
                self._busy = bool(due)
            if not due and time.monotonic() >= evaluate_at:
                due = set(self._names())
            if due:
                self._evaluate_all(due)
                evaluate_at = time.monotonic() + EVALUATE_EVERY
            if time.monotonic() >= history_at:
                started = time.monotonic()
                wrote = self._write_batch()
                history_at = time.monotonic() + (3 * (time.monotonic() - started) if wrote else EVALUATE_EVERY)

    def _evaluate_all(self, names: Iterable[str]) -> None:
        for name in names:
            if self._stopping:
                break
            self._evaluated_at[name] = time.monotonic()
            try:
                self._evaluate(name)
            except StoreFailed:
                pass  # which its store tells
            except Exception:
                _log.exception("the company %s could not be evaluated", name)
        with self._wake:
            self._busy = False
            self._wake.notify_all()

    def _write_batch(self) -> bool:
        """Write a batch of the next company of which some history waits; return False when none waits."""
        names = list(self._names())
        for _ in names:
            self._turn += 1
            name = names[self._turn % len(names)]
            try:
                if self._write_history(name):
                    return True
            except StoreFailed:
                return False
            except Exception:
                _log.exception("the past of the company %s could not be computed", name)
        return False
