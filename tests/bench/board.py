"""the board with 161 KPIs and three years of history, against a file of the same bytes."""

from __future__ import annotations

from collections.abc import Iterator
from http.client import HTTPConnection
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter

from tests.bench.result import Result
from tests.bench.serving import get, serving

REQUESTS = 200
RENDERED = 20


def measure() -> Iterator[Result]:
    """Let the requests take turns, so that other work of the machine slows all alike."""
    with TemporaryDirectory() as folder, serving("serve_board", folder) as connection:
        body = get(connection, "/")
        (Path(folder) / "board.html").write_bytes(body)
        yield Result("KPIs on the board", body.count(b'class="tile '), "", at_least=161)
        yield Result("size of the page, uncompressed", len(body) / 1024, "KiB")
        taken: dict[str, list[float]] = {"/": [], "/file": []}
        for _ in range(REQUESTS):
            for path, seconds in taken.items():
                seconds.append(_seconds(connection, path))
        anew = []
        for _ in range(RENDERED):
            get(connection, "/news")
            anew.append(_seconds(connection, "/"))
    board, file = (median(seconds) * 1000 for seconds in taken.values())
    yield Result("the board, as it is served between two evaluations, median", board, "ms", at_most=50)
    yield Result("the same bytes as a static file, median", file, "ms")
    yield Result("time of the board / time of a static file", board / file, "", at_most=2)
    yield Result("the board, rendered anew after an evaluation, median", median(anew) * 1000, "ms")


def _seconds(connection: HTTPConnection, path: str) -> float:
    start = perf_counter()
    get(connection, path)
    return perf_counter() - start
