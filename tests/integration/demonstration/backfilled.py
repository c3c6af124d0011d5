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
RULES = Path(__file__).parents[3] / "rules"

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
class Extent:
    """How far a past goes back, and how much of it has its values every 5 minutes: most of the samples."""

    past: timedelta
    recent: timedelta


WEEKS = Extent(timedelta(days=45), timedelta(days=3))
YEARS = Extent(timedelta(days=3 * 365), timedelta(days=35))


@dataclass(frozen=True)
class Backfilled:
    """What runs; the past begins at `since`."""

    prometheus: Prometheus
    demo: Exporter
    since: datetime
    extent: Extent

    @property
    def days(self) -> int:
        """Whole days between then and now."""
        return (datetime.now(UTC) - self.since).days


@contextmanager
def backfilled(demo: Exporter, folder: Path, extent: Extent) -> Iterator[Backfilled]:
    """Start it in `folder`, with that much past."""
    since = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0) - extent.past
    out = folder / "backfill"
    subprocess.run(
        [
            *(*COMMAND, "backfill", "--listen", demo.address, "--instance", INSTANCE),
            *("--since", f"{since:%Y-%m-%d}", "--recent", f"{extent.recent.days}d", "--out", str(out)),
        ],
        check=True,
        timeout=900,
    )
    (out / "blocks").rename(folder / "data")
    shutil.rmtree(out)
    config = CONFIG.format(rules=RULES, job=JOB, target=demo.address, instance=INSTANCE)
    with Prometheus(folder, config) as prometheus:
        wait_until(lambda: prometheus.query(f'up{{job="{JOB}"}} == 1') != [], "the first scrape")
        yield Backfilled(prometheus, demo, since, extent)
