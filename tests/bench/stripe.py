"""accounts of Stripe: the first poll, a poll without changes, and resident memory; each server is on this machine."""

from __future__ import annotations

import re
import sys
import time
from collections.abc import Iterator
from http.client import HTTPConnection
from os import sysconf
from pathlib import Path
from subprocess import DEVNULL, Popen
from tempfile import TemporaryDirectory

import requests

from exporter.conventions import SOURCE_DURATION, SOURCE_ESTIMATED, SOURCE_FIRST_RUN
from tests.bench.result import NotMeasured, Result
from tests.bench.serving import get, serving
from tests.servers.process import free_port, wait_until
from tests.vendors.stripe.server import KEY

PROGRAM = Path(sys.executable).with_name("kpi-exporter")
EVERY = 20
"""Seconds between two polls."""
LONG_AGO = 365 * 86400
"""Seconds before which payments are exact once all of the past is read."""
PAYMENTS = 'table="payments"'
MONTHS = 6
"""Invoices of each subscription."""
CATALOGUE = """
extends: managed-kubernetes
company: acme
sources:
  billing: {{type: stripe, key: {key}, url: "http://{address}", every: {every}s}}
"""


def measure() -> Iterator[Result]:
    for count, first, memory in ((20_000, 30.0, 300.0), (150_000, None, None)):
        with serving("serve_stripe", str(count), str(MONTHS)) as server, TemporaryDirectory() as folder:
            yield from _measured(count, server, Path(folder), first, memory)


def _measured(
    count: int, server: HTTPConnection, folder: Path, first: float | None, memory: float | None
) -> Iterator[Result]:
    port, catalogue = free_port(), folder / "acme.yaml"
    catalogue.write_text(CATALOGUE.format(key=KEY, address=f"{server.host}:{server.port}", every=EVERY))
    command = [str(PROGRAM), "run", str(catalogue), "--listen", f"127.0.0.1:{port}", "--store", "kpi.duckdb"]
    began, what = time.monotonic(), f"of {count:,} subscriptions"
    with Popen(command, cwd=folder, stdout=DEVNULL, stderr=DEVNULL) as process:
        try:
            wait_until(lambda: _series(process, port, SOURCE_FIRST_RUN) == 1, "the first poll", timeout=1800)
            yield Result(f"first poll {what}", time.monotonic() - began, "s", at_most=first)
            yield Result(f"requests of the first poll {what}", _requests(server), "")
            yield Result(f"processor of the exporter until then {what}", _processor(process.pid), "s")
            wait_until(lambda: _series(process, port, "kpi_mrr_eur") > 0, "the first MRR", timeout=600)
            yield Result(f"until MRR {what}", time.monotonic() - began, "s")
            peak = _kibibytes(process.pid, "VmHWM") * 1024 / 1e6
            yield Result(f"resident at most until then {what}", peak, "MB", at_most=memory)
            if first is not None:
                requests_made = _idle(server, process, port)
                yield Result(f"until all of the past is read {what}", time.monotonic() - began, "s")
                yield Result(f"requests of a poll without changes {what}", requests_made, "", at_most=3)
                yield Result(f"a poll without changes {what}", _series(process, port, SOURCE_DURATION), "s", at_most=1)
            for name, text in (("VmRSS", "resident now"), ("VmHWM", "resident at most")):
                yield Result(f"{text} {what}", _kibibytes(process.pid, name) * 1024 / 1e6, "MB", at_most=memory)
        finally:
            process.terminate()


def _idle(server: HTTPConnection, process: Popen[bytes], port: int) -> float:
    """Wait until all of the past is read, and return the requests of the poll after that."""
    all_read = time.time() - LONG_AGO
    wait_until(lambda: 0 < _series(process, port, SOURCE_ESTIMATED, PAYMENTS) < all_read, "the past", timeout=1800)
    time.sleep(EVERY)
    before = _requests(server)
    time.sleep(EVERY)
    return _requests(server) - before


def _processor(pid: int) -> float:
    """Return the seconds of the processor that a process has taken."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / sysconf("SC_CLK_TCK")


def _requests(server: HTTPConnection) -> float:
    return float(get(server, "/requests"))


def _series(process: Popen[bytes], port: int, name: str, label: str = "") -> float:
    """Return the value of the first series of a name, and with a label if one is given; -1 while there is none."""
    if process.poll() is not None:
        raise NotMeasured(f"the exporter ended with status {process.returncode}")
    try:
        text = requests.get(f"http://127.0.0.1:{port}/metrics", timeout=10).text
    except requests.RequestException:
        return -1
    values = [float(line.split()[-1]) for line in text.splitlines() if line.startswith(f"{name}{{") and label in line]
    return values[0] if values else -1


def _kibibytes(pid: int, name: str) -> int:
    match = re.search(rf"^{name}:\s+(\d+) kB$", Path(f"/proc/{pid}/status").read_text(), re.MULTILINE)
    assert match
    return int(match[1])
