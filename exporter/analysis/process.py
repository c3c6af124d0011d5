"""Analyses that take long, each in a process of its own: none holds the interpreter for which a scrape waits."""

from __future__ import annotations

import pickle
import signal
import sys
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import datetime
from subprocess import PIPE, Popen
from threading import Lock
from typing import Any, TypeVar

from exporter.analysis.analyses import LocalAnalyses, only
from exporter.analysis.definition import Analysis, Content
from exporter.analysis.parameters import RequestContext, RequestRefused, Texts
from exporter.analysis.process_main import END, Job, main
from exporter.catalogue.model import Company
from exporter.records.health import StoreFailed
from exporter.records.store import Store
from exporter.records.store_copy import StoreCopy

R = TypeVar("R")
A = TypeVar("A")

_NICENESS = 10
"""How far an analysis gives way to polls and scrapes where processors are few, from its first import on."""

_SCRIPT = f"import os; os.nice({_NICENESS}); from {main.__module__} import {main.__name__} as main; main()"
_COMMAND = (sys.executable, "-P", "-c", _SCRIPT)


class Processes:
    """The processes that run. All methods may be called from any thread."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._running: set[Popen[bytes]] = set()
        self.is_stopping = False
        """Whether everything is to end."""

    @contextmanager
    def started(self) -> Iterator[Popen[bytes]]:
        """Start a process, which is ended with the block.

        Raises:
            StoreFailed: The exporter ends, or the system starts no more processes.
        """
        with self._lock:
            if self.is_stopping:
                raise StoreFailed("the exporter ends")
            try:
                process = Popen(_COMMAND, stdin=PIPE, stdout=PIPE)  # noqa: S603 - a constant: nothing of a request is in it
            except OSError as error:
                reason = (error.strerror or str(error)).lower()
                raise StoreFailed(f"the analysis cannot be started: {reason}") from None
            self._running.add(process)
        try:
            yield process
        finally:
            process.kill()
            with self._lock:
                self._running.discard(process)
            with suppress(BrokenPipeError), process:  # of what it was not told any more
                pass

    def stop(self) -> None:
        """End those that run, and start no more."""
        with self._lock:
            self.is_stopping = True
            for each in self._running:
                each.kill()


class ProcessAnalyses:
    """Computes costly analyses from copies of a store in processes of their own, and the others here."""

    def __init__(
        self,
        store: Store,
        companies: Callable[[], Mapping[str, Company]],
        clock: Callable[[], datetime],
        processes: Processes | None = None,
    ) -> None:
        self._store = store
        self._companies = companies
        self._clock = clock
        self._here = LocalAnalyses(store, companies, clock)
        self._processes = processes or Processes()

    def answer(self, analysis: Analysis[R, A], texts: Texts) -> Content:
        """Read the request, compute the answer and write it.

        Raises:
            StoreFailed: The store cannot be read or copied now, or the exporter ends.
        """
        if not analysis.costly:
            return self._here.answer(analysis, texts)
        companies, now = self._companies(), self._clock()
        analysis.read(texts, RequestContext(companies, now))  # what cannot be read needs no process
        pieces = self._pieces(analysis, texts, companies, now)
        content: Content = next(pieces)
        return replace(content, body=pieces if analysis.streamed else b"".join(pieces))

    def compute(self, analysis: Analysis[R, A], request: R) -> A:
        """Compute the answer as of now, in this process."""
        return self._here.compute(analysis, request)

    def limited_to(self, names: Collection[str]) -> ProcessAnalyses:
        """Return analyses to which the other companies do not exist."""
        return ProcessAnalyses(self._store, lambda: only(self._companies(), names), self._clock, self._processes)

    def stop(self) -> None:
        """End what is computed in other processes."""
        self._processes.stop()

    def _pieces(
        self, analysis: Analysis[R, A], texts: Texts, companies: Mapping[str, Company], now: datetime
    ) -> Iterator[Any]:
        """Yield the content without its body, then the pieces of that."""
        with self._store.folder() as folder, self._processes.started() as process:
            self._write(process, analysis, Job(analysis.name, texts, companies, now, analysis.timeout))
            self._read(process, analysis)
            with self._store.hold_commits():
                self._write(process, analysis, StoreCopy.of(self._store, folder))
                self._read(process, analysis)
            while (item := self._read(process, analysis)) != END:
                yield item

    def _write(self, process: Popen[bytes], analysis: Analysis[R, A], item: object) -> None:
        assert process.stdin
        try:
            pickle.dump(item, process.stdin)
            process.stdin.flush()
        except BrokenPipeError:
            raise self._ended(process, analysis) from None

    def _read(self, process: Popen[bytes], analysis: Analysis[R, A]) -> Any:
        """Return what a process writes next; raise what it says was wrong."""
        assert process.stdout
        try:
            item = pickle.load(process.stdout)  # noqa: S301 - written by `process_main`, which was started here
        except (EOFError, pickle.UnpicklingError):
            raise self._ended(process, analysis) from None
        if isinstance(item, Exception):
            raise item
        return item

    def _ended(self, process: Popen[bytes], analysis: Analysis[R, A]) -> Exception:
        """Return why a process ended before its answer was whole."""
        status = process.wait()
        if self._processes.is_stopping:
            return StoreFailed("the exporter ends")
        if status == -signal.SIGALRM:
            return RequestRefused(f"the {analysis.name} takes more than {analysis.timeout:g} seconds; ask for less")
        if status < 0:
            return RequestRefused(f"the {analysis.name} takes more memory than there is for it; ask for less")
        return RuntimeError(f"the process of a {analysis.name} ended with {status}; its error is in the log above")
