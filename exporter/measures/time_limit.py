"""Ends a measure that computes for too long, and lets it rest before it is tried again."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Condition, Thread
from weakref import WeakKeyDictionary

from exporter.measures.engine import MeasureFailed
from exporter.measures.model import Measure
from exporter.records.store import Store

SECONDS = 5.0
"""How long a measure may compute for the few periods of one reading; a tenth more for each unit of their size."""

RESTS = 20
"""A measure that took too long is tried again after so many times as long: it costs a twentieth of the time at most."""


class TimeLimits:
    """The limits of all measures over one store. All methods may be called from any thread."""

    def __init__(self, seconds: float = SECONDS, clock: Callable[[], float] = time.monotonic) -> None:
        self.is_stopping = False
        """Whether everything is to end."""
        self._seconds = seconds
        self._clock = clock
        self._resting_until: dict[tuple[str, str], float] = {}

    def stop(self) -> None:
        """End what is being computed, and let nothing more be computed: the store is about to be closed."""
        self.is_stopping = True

    @contextmanager
    def watched(self, company: str, interrupt: Callable[[], None], size: int) -> Iterator[Watch]:
        """Watch the statements of one reader of a company until the end of the block.

        Args:
            company: Whose measures they are.
            interrupt: Ends the statement under way from another thread.
            size: For how many periods each measure computes, and one more for each 100,000 subscription items.
        """
        watch = Watch(self, company, interrupt, self._seconds * (1 + size / 10))
        watch.start()
        try:
            yield watch
        finally:
            watch.end()

    def refusal(self, key: tuple[str, str]) -> str | None:
        """Return why a measure is not computed now, if it is not."""
        if ending := self.ending():
            return ending
        rests = self._resting_until.get(key, 0.0) - self._clock()
        return f"took too long, and is tried again in {rests:.0f} seconds" if rests > 0 else None

    def ending(self) -> str | None:
        """Return why nothing is computed any more, if that is so."""
        return "is not computed, as the exporter ends" if self.is_stopping else None

    def rest(self, key: tuple[str, str], seconds: float) -> None:
        """Let a measure rest that took so many seconds without an end."""
        self._resting_until[key] = self._clock() + RESTS * seconds


class Watch:
    """A thread that looks after the statements of one reader, one at a time."""

    LOOK_EVERY = 0.25
    """Seconds between two looks at the clock."""

    def __init__(self, limits: TimeLimits, company: str, interrupt: Callable[[], None], seconds: float) -> None:
        self._limits = limits
        self._company = company
        self._interrupt = interrupt
        self._seconds = seconds
        self._changed = Condition()
        self._began: float | None = None
        self._is_late = False
        self._is_over = False
        self._thread = Thread(target=self._look, name="time limits", daemon=True)

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def end(self) -> None:
        """End the thread."""
        with self._changed:
            self._is_over = True
            self._changed.notify()
        self._thread.join()

    @contextmanager
    def limited(self, measure: Measure) -> Iterator[None]:
        """Interrupt the block when it takes too long; raise `MeasureFailed` then, or if the measure has to rest."""
        key = self._company, measure.sql or measure.name
        if why := self._limits.refusal(key):
            raise MeasureFailed(f"the measure {measure.name} {why}")
        with self._changed:
            self._began, self._is_late = time.monotonic(), False
        try:
            yield
        except Exception:
            if not self._is_late:
                raise
            self._limits.rest(key, self._seconds)
            why = self._limits.ending() or f"computes for more than {self._seconds:g} seconds; let its SQL do less"
            raise MeasureFailed(f"the measure {measure.name} {why}") from None
        finally:
            with self._changed:  # from here on no interruption can meet another statement
                self._began = None

    def _look(self) -> None:
        with self._changed:
            while not self._changed.wait_for(lambda: self._is_over, self.LOOK_EVERY):
                began = self._began
                if began is not None and (self._limits.is_stopping or time.monotonic() - began > self._seconds):
                    self._is_late = True
                    self._interrupt()


_limits: WeakKeyDictionary[Store, TimeLimits] = WeakKeyDictionary()


def limits_of(store: Store) -> TimeLimits:
    """Return the limits of the measures over a store."""
    return _limits.setdefault(store, TimeLimits())
