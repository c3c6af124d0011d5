"""The process of one analysis: it reads a job, copies the store, and writes the answer piece by piece."""

from __future__ import annotations

import logging
import os
import pickle
import resource
import signal
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime

from exporter.analysis.analyses import LocalAnalyses
from exporter.analysis.parameters import RequestRefused, Texts
from exporter.analysis.registry import ANALYSES
from exporter.catalogue.model import Company
from exporter.catalogue.reading.problems import CatalogueError
from exporter.records.health import StoreFailed
from exporter.records.store_copy import StoreCopy
from exporter.records.store_file import megabytes

MEMORY = 3_000_000_000
"""Bytes that the process may take beside the database's, as the system counts them: a third of it stays unused."""

READY, COPIED, END = "ready", "copied", "end"
"""What is written beside the answer: once the job is read, once the store is copied, and after the last piece."""


@dataclass(frozen=True)
class Job:
    """One request for an analysis, with what it is answered from beside the store."""

    analysis: str
    texts: Texts
    companies: Mapping[str, Company]
    now: datetime
    seconds: float


def main() -> None:
    """Answer the job on standard input, after which comes the copy of the store that is to be made.

    To standard output goes the content without its body, then each piece. What cannot be answered is written as an
    exception. A piece that takes too long ends the process by `SIGALRM`.
    """
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    logging.basicConfig(format="%(asctime)s %(levelname)s %(name)s: %(message)s", level=logging.WARNING)
    with os.fdopen(os.dup(sys.stdout.fileno()), "wb") as output:
        os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # whatever is printed is no part of the answer

        def write(item: object) -> None:
            pickle.dump(item, output)
            output.flush()

        with suppress(EOFError, BrokenPipeError):  # the exporter ended, or its client left
            job: Job = pickle.load(sys.stdin.buffer)  # noqa: S301 - written by the exporter, which started this process
            write(READY)
            _run(job, pickle.load(sys.stdin.buffer), write)  # noqa: S301 - written by the exporter, which started this process


def _run(job: Job, copy: StoreCopy, write: Callable[[object], None]) -> None:
    most = MEMORY + 1_000_000 * megabytes(copy.memory)
    resource.setrlimit(resource.RLIMIT_AS, (most, most))
    try:
        copy.make()
        write(COPIED)
        for item in _limited(_answer(job, copy), job.seconds):
            write(item)
        write(END)
    except (StoreFailed, RequestRefused) as error:
        write(error)
    except (ValueError, CatalogueError) as error:
        write(RequestRefused(str(error)))
    except MemoryError:
        signal.raise_signal(signal.SIGKILL)  # which tells the exporter the same as the system's own


def _answer(job: Job, copy: StoreCopy) -> Iterator[object]:
    analysis = next(each for each in ANALYSES if each.name == job.analysis)
    analyses = LocalAnalyses(copy.open(), lambda: job.companies, lambda: job.now)
    content = analyses.answer(analysis, job.texts)
    yield replace(content, body=b"")
    yield from content.pieces


def _limited(items: Iterator[object], seconds: float) -> Iterator[object]:
    """Yield the items, and end this process where one takes longer; the time until it is taken does not count."""
    while True:
        signal.setitimer(signal.ITIMER_REAL, seconds)
        item = next(items, END)
        signal.setitimer(signal.ITIMER_REAL, 0)
        if item is END:
            return
        yield item
