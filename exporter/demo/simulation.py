"""The demo company in a folder: files of its systems, and the company file that reads them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path
from string import Template

from exporter.demo.files import Rows, write_rows
from exporter.demo.model import simulate_company
from exporter.demo.months import Months
from exporter.demo.systems import Exports

COMPANY_FILE = "company.yaml"


def simulate(now: datetime, seed: int = 1) -> Mapping[str, Rows]:
    """The rows of each system's export at `now`, an instant with an offset, by path such as `crm/deals.jsonl`.

    The company was launched on the first day of the month 36 months before the one that holds `now`. The same
    arguments give the same rows; a later `now` within the month only adds to what happened.
    """
    if now.tzinfo is None:
        raise ValueError("now needs an offset; write datetime.now(UTC)")
    now = now.astimezone(UTC)
    return Exports(simulate_company(Months.until(now), seed), now).tables()


def write(folder: Path, now: datetime, seed: int = 1) -> Path:
    """Write all files below `folder`, which is made if needed, over those of an earlier run.

    Returns the path of the company file. Safe while an exporter reads the folder.
    """
    for path, rows in simulate(now, seed).items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        write_rows(folder / path, rows)
    launch = Months.until(now).launch
    template = Template((files("exporter.demo") / "company.yaml.template").read_text(encoding="utf-8"))
    company = folder / COMPANY_FILE
    unfinished = company.with_name(f".{COMPANY_FILE}.part")
    unfinished.write_text(template.substitute(launch=launch, month=launch.month), encoding="utf-8")
    return unfinished.replace(company)
