"""the ledger of a million customers, against DuckDB sorting and summing the same rows once."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.bench.result import NotMeasured, Result
from tests.measures.population import stored

CUSTOMERS = 1_000_000
THREADS = 2


def measure() -> Iterator[Result]:
    """Measure each step as the fastest of a few runs, in a process that does nothing else."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "records.duckdb"
        rows, changes = stored(path, CUSTOMERS)
        yield Result("customers", CUSTOMERS, "")
        yield Result("subscription items", rows, "")
        yield Result("changes: their beginnings and ends", changes, "")
        seconds = _stored(path)
    yield Result("floor: sorting and window-summing the changes once, into the file", seconds["floor"], "s")
    yield Result("full rebuild of the ledger", seconds["rebuild"], "s", at_most=10)
    yield Result("full rebuild / floor", seconds["rebuild"] / seconds["floor"], "", at_most=3)
    yield Result("bare floor: list prices whatever their currency, in memory", seconds["bare_floor"], "s")
    yield Result("full rebuild / bare floor", seconds["rebuild"] / seconds["bare_floor"], "")
    yield Result("10,000 changes: the poll that brings them", seconds["poll"], "s")
    yield Result("10,000 changes: the ledger brought up to them", seconds["renew"], "s")
    yield Result("10,000 changes / full rebuild", seconds["renew"] / seconds["rebuild"], "", at_most=0.1)
    yield Result("resident memory of the process at most", seconds["memory"] / 1e6, "MB", at_most=2000)


def _stored(path: Path) -> dict[str, float]:
    command = [sys.executable, "-m", "tests.bench.keep_ledger", str(path), str(THREADS)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise NotMeasured(f"the process failed: {done.stderr.strip().splitlines()[-1:]}")
    seconds: dict[str, float] = json.loads(done.stdout)
    return seconds
