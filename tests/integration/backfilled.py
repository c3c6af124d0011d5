"""A Prometheus with a past of the demonstration, which it scrapes and whose rules it evaluates."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from exporter.conventions import JOB
from tests.servers.exporter_process import COMMAND, Exporter
from tests.servers.process import wait_until
from tests.servers.prometheus import Prometheus

INSTANCE = "kpi.example.com:9847"
QUARTER = timedelta(days=100)
"""What the boards of areas show, and some days."""
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

    @property
    def days(self) -> int:
        """Whole days between then and now."""
        return (datetime.now(UTC) - self.since).days


@contextmanager
def backfilled(demo: Exporter, folder: Path, past: timedelta) -> Iterator[Backfilled]:
    """Start it in `folder`, with that much past."""
    since = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0) - past
    out = folder / "backfill"
    subprocess.run(
        [
            *(*COMMAND, "backfill", "--listen", demo.address, "--instance", INSTANCE),
            *("--since", f"{since:%Y-%m-%d}", "--out", str(out)),
        ],
        check=True,
        timeout=900,
    )
    (out / "blocks").rename(folder / "data")
    shutil.rmtree(out)
    config = CONFIG.format(rules=RULES, job=JOB, target=demo.address, instance=INSTANCE)
    with Prometheus(folder, config) as prometheus:
        wait_until(lambda: prometheus.query(f'up{{job="{JOB}"}} == 1') != [], "the first scrape")
        yield Backfilled(prometheus, demo, since)
