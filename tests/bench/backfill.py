"""three years of daily values of the four simulated companies, from their store to blocks for Prometheus."""

from __future__ import annotations

import shutil
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from resource import RUSAGE_CHILDREN, getrusage
from subprocess import DEVNULL, run
from tempfile import TemporaryDirectory

from exporter.catalogue.loading import load
from exporter.demo.registry import write_companies
from exporter.records.store import Store
from exporter.sources.interface import Context, Deadline
from tests.bench.result import NotMeasured, Result

LIMIT = 60.0
PROGRAM = Path(sys.executable).with_name("kpi-exporter")


def measure() -> Iterator[Result]:
    """Measure evaluation, OpenMetrics and promtool's blocks, one after the other and beside each other."""
    if shutil.which("promtool") is None:
        raise NotMeasured("promtool is missing")
    now = datetime.now(UTC)
    with TemporaryDirectory() as folder:
        files = write_companies(Path(folder), now)
        read(files, Path(folder) / "kpi.duckdb", now)
        out = Path(folder) / "out"
        named = [argument for file in files for argument in ("--file", str(file))]
        since = f"{now - timedelta(days=3 * 365):%Y-%m-%d}"
        command = [str(PROGRAM), "backfill", "--since", since, "--out", str(out), "--store", f"{folder}/kpi.duckdb"]
        before, started = getrusage(RUSAGE_CHILDREN), time.perf_counter()
        run([*command, *named], check=True, stdout=DEVNULL)
        wall, used = time.perf_counter() - started, getrusage(RUSAGE_CHILDREN)
        processor = used.ru_utime + used.ru_stime - before.ru_utime - before.ru_stime
        lines = sum(text.count(b"\n") for text in (file.read_bytes() for file in (out / "openmetrics").iterdir()))
        yield Result("to blocks", wall, "s", at_most=LIMIT)
        yield Result("of the processor, promtool's included", processor, "s")
        yield Result("lines of OpenMetrics, values of 35 days every 5 minutes among them", lines / 1e6, "M")
        yield Result("resident at most", used.ru_maxrss * 1024 / 1e6, "MB")
        yield Result("blocks", sum(file.stat().st_size for file in out.glob("blocks/**/*")) / 1e6, "MB")


def read(files: list[Path], path: Path, now: datetime) -> None:
    """Poll every source once into a new store."""
    store = Store(path)
    for company in map(load, files):
        for name, options in company.sources.items():
            with store.intake(company.name, name, company.timezone, company.currency) as intake:
                for taken in options.build(name).poll(Context(Deadline(60), {}, now, company.timezone)):
                    intake.take(taken)
                intake.commit(now, {})
    store.close()
