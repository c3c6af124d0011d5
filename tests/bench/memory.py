"""resident memory of the demonstration, once every source was polled three times."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path
from subprocess import DEVNULL, Popen
from tempfile import TemporaryDirectory

import requests

from exporter.conventions import SOURCE_POLLS
from tests.bench.result import NotMeasured, Result
from tests.servers.process import free_port, wait_until

LIMIT = 250.0
POLLS = 3
PROGRAM = Path(sys.executable).with_name("kpi-exporter")


def measure() -> Iterator[Result]:
    port = free_port()
    with TemporaryDirectory() as folder:
        command = [str(PROGRAM), "demo", "--listen", f"127.0.0.1:{port}"]
        with Popen(command, cwd=folder, stdout=DEVNULL, stderr=DEVNULL) as process:
            try:
                wait_until(lambda: _polled(process, port), "three polls of every source", timeout=300)
                for name, what in (("VmRSS", "resident now"), ("VmHWM", "resident at most")):
                    yield Result(what, _kibibytes(process.pid, name) * 1024 / 1e6, "MB", at_most=LIMIT)
            finally:
                process.terminate()


def _polled(process: Popen[bytes], port: int) -> bool:
    if process.poll() is not None:
        raise NotMeasured(f"`kpi-exporter demo` ended with status {process.returncode}")
    try:
        text = requests.get(f"http://127.0.0.1:{port}/metrics", timeout=5).text
    except requests.RequestException:
        return False
    polls = [float(line.split()[-1]) for line in text.splitlines() if line.startswith(SOURCE_POLLS)]
    return bool(polls) and min(polls) >= POLLS


def _kibibytes(pid: int, name: str) -> int:
    match = re.search(rf"^{name}:\s+(\d+) kB$", Path(f"/proc/{pid}/status").read_text(), re.MULTILINE)
    assert match
    return int(match[1])
