"""scraping 10,000 series over a kept connection, against a file of the same bytes and the client library."""

from __future__ import annotations

import json
from collections.abc import Iterator
from statistics import median
from time import perf_counter

from tests.bench.result import Result
from tests.bench.serving import get, serving

SCRAPES = 300
GENERATE_EVERY = 10
"""One slow request among so many quick ones."""


def measure() -> Iterator[Result]:
    """Let the requests take turns, so that other work of the machine slows all alike."""
    with serving("serve_series") as connection:
        body = get(connection, "/metrics")
        yield Result("series", sum(not line.startswith(b"#") for line in body.splitlines()), "")
        yield Result("size of the text, uncompressed", len(body) / 1024, "KiB")
        seconds: dict[str, list[float]] = {"/metrics": [], "/file": [], "/generate": []}
        for turn in range(SCRAPES):
            for path, taken in seconds.items():
                if path != "/generate" or turn % GENERATE_EVERY == 0:
                    start = perf_counter()
                    get(connection, path)
                    taken.append(perf_counter() - start)
        seen = {path: median(taken) * 1000 for path, taken in seconds.items()}
        served = {path: median(taken) * 1000 for path, taken in json.loads(get(connection, "/timings")).items()}
    yield Result("seen by the client: /metrics, median", seen["/metrics"], "ms")
    yield Result("seen by the client: the same bytes as a static file, median", seen["/file"], "ms")
    yield Result("seen by the client: rendered by the client library per request, median", seen["/generate"], "ms")
    yield Result("time of /metrics / time of a static file, by client", seen["/metrics"] / seen["/file"], "", 1.5)
    yield Result("in the server: /metrics, from request to last byte handed over, median", served["/metrics"], "ms")
    yield Result("in the server: rendered by the client library per request, median", served["/generate"], "ms")
    ratio = served["/generate"] / served["/metrics"]
    yield Result("time of the client library / time of /metrics, in the server", ratio, "", at_least=20)
    ratio = seen["/generate"] / seen["/metrics"]
    yield Result("time of the client library / time of /metrics, by client", ratio, "", at_least=20)
