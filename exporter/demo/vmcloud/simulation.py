"""The demo company in a folder: files of its systems, and the company file that reads them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

from exporter.demo.files import Rows, write_company
from exporter.demo.months import Months
from exporter.demo.vmcloud.launch_plan import COMPLETE, ZONE
from exporter.demo.vmcloud.model import simulate_company
from exporter.demo.vmcloud.systems import Exports


def simulate(now: datetime, seed: int = 1) -> Mapping[str, Rows]:
    """The rows of each system's export at `now`, an instant with an offset, by path such as `product/trials.jsonl`.

    The company was launched on the first day of the month eight months before the one that holds `now`. The same
    arguments give the same rows; a later `now` within the month only adds to what happened.
    """
    return Exports(simulate_company(Months.until(now, COMPLETE, ZONE), seed), now.astimezone(UTC)).tables()


def write(folder: Path, now: datetime, seed: int = 1) -> Path:
    """Write all files below `folder`, which is made if needed, over those of an earlier run.

    Returns the path of the company file. Safe while an exporter reads the folder.
    """
    launch = Months.until(now, COMPLETE, ZONE).launch
    return write_company(folder, simulate(now, seed), __package__, launch=launch)
