"""The command `run`: what it may take, and how it ends while a source does not answer."""

from __future__ import annotations

import platform
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from exporter.records.store import Store
from tests.servers.exporter_process import COMMAND, Exporter
from tests.servers.process import wait_until

pytestmark = pytest.mark.integration

COMPANY = """
extends: managed-kubernetes
company: acme
title: Acme
launch: 2024-01-01
sources:
  inventory:
    type: files
    every: 1s
    tables:
      assets: {{path: assets.csv}}
  monitoring:
    type: prometheus
    url: http://127.0.0.1:{port}
    every: 1s
    timeout: 1h
    measures:
      deployment_success:
        query: deployments_ok
        unit: ratio
"""


@pytest.fixture
def silent() -> Iterator[int]:
    """Yield the port of a server that accepts a request and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener.getsockname()[1]


@pytest.fixture
def catalogue(tmp_path: Path, silent: int) -> Path:
    (tmp_path / "assets.csv").write_text("asset_id,kind,type,starts_at\nC1,cluster,staging,2024-02-01T00:00:00Z\n")
    file = tmp_path / "acme.yaml"
    file.write_text(COMPANY.format(port=silent))
    return file


def test_it_ends_at_once_and_says_no_more_than_that(catalogue: Path, tmp_path: Path) -> None:
    with Exporter(tmp_path, [catalogue]) as exporter:
        inventory = {"company": "acme", "source": "inventory"}
        wait_until(lambda: exporter.value("kpi_source_up", **inventory) == 1, "the first poll")
        for name in ("kpi.duckdb", "kpi.duckdb.wal", "kpi.duckdb.spool"):
            assert (tmp_path / name).stat().st_mode & 0o077 == 0, f"{name} is for nobody else"
        wait_until(
            lambda: bool(exporter.value("kpi_source_skipped_polls_total", company="acme", source="monitoring")),
            "a poll that could not begin because the one before it still waits",
        )
    log = exporter.log.read_text()
    assert [line.split(": ", 1)[1].rsplit(" ", 1)[0] for line in log.splitlines()] == ["listening on", "stopped"], log
    Store(exporter.store, read_only=True).close()


@pytest.mark.parametrize(
    ("size", "reason"),
    [
        ("lots", "'lots' is not a size; write for example 512MB or 2GB"),
        ("0GB", "'0GB' is not a size; write for example 512MB or 2GB"),
        ("512", "'512' is not a size; write for example 512MB or 2GB"),
        ("8MB", "the database needs 64MB at least"),
    ],
)
def test_a_size_that_cannot_be_is_refused_before_anything_is_made(
    catalogue: Path, tmp_path: Path, size: str, reason: str
) -> None:
    store = tmp_path / "kpi.duckdb"
    command = [*COMMAND, "run", str(catalogue), "--store", str(store), "--memory", size]
    refused = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert (refused.returncode, store.exists()) == (2, False)
    assert refused.stderr.endswith(f"Error: Invalid value for '--memory': {reason}\n")


HEAPS = """
import ctypes, threading
from exporter.cli.run import share_one_heap

share_one_heap()
here, kept = threading.Barrier(8), []
def work():
    kept.append([bytearray(2000) for _ in range(2000)])
    here.wait()
threads = [threading.Thread(target=work) for _ in range(8)]
for thread in threads: thread.start()
for thread in threads: thread.join()
c = ctypes.CDLL(None)
c.fdopen.restype = ctypes.c_void_p
c.malloc_info.argtypes, c.fclose.argtypes = (ctypes.c_int, ctypes.c_void_p), (ctypes.c_void_p,)
file = c.fdopen(1, b"w")
c.malloc_info(0, file)
c.fclose(file)
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="other C libraries have one heap")
def test_threads_share_one_heap() -> None:
    done = subprocess.run([sys.executable, "-c", HEAPS], capture_output=True, text=True, check=True)
    assert done.stdout.count("<heap ") == 1
