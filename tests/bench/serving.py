"""A server to measure, in a process of its own that shares no interpreter with the client, and how it is asked."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from subprocess import Popen

from tests.servers.process import free_port, wait_until


@contextmanager
def serving(module: str, *arguments: str) -> Iterator[HTTPConnection]:
    """Yield a connection to the server that a module of `tests.bench` runs, with its address and these arguments."""
    port = free_port()
    process = Popen([sys.executable, "-m", f"tests.bench.{module}", f"127.0.0.1:{port}", *arguments])
    try:
        wait_until(lambda: _answers(port), "the server")
        connection = HTTPConnection("127.0.0.1", port, timeout=30)
        yield connection
        connection.close()
    finally:
        process.terminate()
        process.wait(30)


def get(connection: HTTPConnection, path: str) -> bytes:
    connection.request("GET", path)
    answer = connection.getresponse()
    body = answer.read()
    if answer.status != 200:
        raise RuntimeError(f"{path} answered {answer.status}")
    return body


def _answers(port: int) -> bool:
    try:
        get(HTTPConnection("127.0.0.1", port, timeout=5), "/-/healthy")
    except OSError:
        return False
    return True
