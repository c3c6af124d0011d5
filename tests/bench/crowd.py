"""a scrape of the demonstration while 200 clients are slow and 60 backtests are requested, against one in quiet."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from http.client import HTTPConnection
from pathlib import Path
from subprocess import DEVNULL, PIPE, Popen
from tempfile import TemporaryDirectory
from threading import Event
from time import perf_counter

import requests

from tests.bench.result import NotMeasured, Result
from tests.bench.serving import get
from tests.servers.process import free_port, wait_until

PROGRAM = Path(sys.executable).with_name("kpi-exporter")
SCRAPES = 300
PAUSE = 0.05
LIMIT_MS = 50.0


def measure() -> Iterator[Result]:
    with demonstration() as port:
        connection = HTTPConnection("127.0.0.1", port, timeout=30)
        quiet = scrapes(connection)
        yield Result("99 of 100 scrapes in quiet", percentile(quiet, 0.99) * 1000, "ms")
        with crowd(port) as answers:
            crowded = scrapes(connection)
        yield Result("backtests that were answered meanwhile", answers[200], "")
        yield Result("backtests that were told to come again", answers[503], "")
    yield Result("half of the scrapes", percentile(crowded, 0.5) * 1000, "ms")
    yield Result("99 of 100 scrapes", percentile(crowded, 0.99) * 1000, "ms", at_most=LIMIT_MS)
    yield Result("99 of 100 scrapes / in quiet", percentile(crowded, 0.99) / percentile(quiet, 0.99), "")


def scrapes(connection: HTTPConnection) -> Sequence[float]:
    """Return how long each took, the shortest first; between two is a pause, as there is between real ones."""
    taken = []
    for _ in range(SCRAPES):
        start = perf_counter()
        get(connection, "/metrics")
        taken.append(perf_counter() - start)
        Event().wait(PAUSE)
    return sorted(taken)


def percentile(taken: Sequence[float], share: float) -> float:
    return taken[round(share * (len(taken) - 1))]


@contextmanager
def demonstration() -> Iterator[int]:
    """Yield the port of the four simulated companies, once each source was polled."""
    port = free_port()
    command = [str(PROGRAM), "demo", "--listen", f"127.0.0.1:{port}"]

    def ready() -> bool:
        if process.poll() is not None:
            raise NotMeasured(f"`kpi-exporter demo` ended with status {process.returncode}")
        with suppress(requests.RequestException):
            return requests.get(f"http://127.0.0.1:{port}/-/ready", timeout=5).ok
        return False

    with TemporaryDirectory() as folder, Popen(command, cwd=folder, stdout=DEVNULL, stderr=DEVNULL) as process:
        try:
            wait_until(ready, "the demonstration", timeout=300)
            yield port
        finally:
            process.terminate()


@contextmanager
def crowd(port: int) -> Iterator[Counter[int]]:
    """Yield the number of answers by status, which are counted when the crowd has left."""
    answers = Counter[int]()
    with Popen([sys.executable, "-m", "tests.bench.make_crowd", str(port)], stdin=PIPE, stdout=PIPE, text=True) as made:
        assert made.stdout
        made.stdout.readline()
        yield answers
        ended, _ = made.communicate("leave\n", timeout=120)
    answers.update(map(int, ended.split()))
