"""A Prometheus with a past: three years of the demonstration, which it scrapes and whose rules it evaluates."""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from exporter.conventions import JOB
from tests.integration.exporter_process import COMMAND, Exporter
from tests.servers.process import wait_until
from tests.servers.prometheus import Prometheus

INSTANCE = "kpi.example.com:9847"
YEARS = timedelta(days=3 * 365)
RULES = Path(__file__).parents[2] / "rules"

CONFIG = """
global: {{{{scrape_interval: 5s, evaluation_interval: 5s}}}}
rule_files: ["{rules}/*.rules.yml"]
scrape_configs:
  - job_name: {job}
    static_configs:
      - targets: ["{target}"]
        labels: {{{{instance: "{instance}"}}}}
"""


@dataclass(frozen=True)
class Backfilled:
    """What runs; the past begins at `since`."""

    prometheus: Prometheus
    demo: Exporter
    since: datetime


@contextmanager
def backfilled(demo: Exporter, folder: Path, shared: Path) -> Iterator[Backfilled]:
    """Start it in `folder`; the blocks are made once for all who name the same `shared` folder.

    A worker that finds them made by another's demonstration scrapes its own: the same seed tells of the same past.
    """
    since = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0) - YEARS
    shutil.copytree(_blocks(demo, since, shared), folder / "data")
    config = CONFIG.format(rules=RULES, job=JOB, target=demo.address, instance=INSTANCE)
    with Prometheus(folder, config) as prometheus:
        wait_until(lambda: prometheus.query(f'up{{job="{JOB}"}} == 1') != [], "the first scrape")
        yield Backfilled(prometheus, demo, since)


def _blocks(demo: Exporter, since: datetime, shared: Path) -> Path:
    out = shared / "backfill"
    with (shared / "backfill.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (out / "blocks").exists():
            unfinished = shared / f"backfill.{os.getpid()}"
            subprocess.run(
                [
                    *(*COMMAND, "backfill", "--listen", demo.address, "--instance", INSTANCE),
                    *("--since", f"{since:%Y-%m-%d}", "--out", str(unfinished)),
                ],
                check=True,
                timeout=900,
            )
            shutil.rmtree(unfinished / "openmetrics")
            unfinished.rename(out)
    return out / "blocks"
