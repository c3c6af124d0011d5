"""One simulated company: its tables at an instant, and these as files in a folder."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from exporter.demo.kit.cutoff import Cutoff
from exporter.demo.kit.files import write_company
from exporter.demo.kit.months import Months
from exporter.demo.kit.rng import Rng
from exporter.demo.kit.rows import Rows


@dataclass(frozen=True)
class Simulation:
    """Simulates a company from its launch, the first day of the month that many complete months before now.

    `package` holds the template of the company file. `tables` returns the rows of each system's export by path, such
    as `billing/charges.csv`.
    """

    package: str
    complete: int
    zone: ZoneInfo
    tables: Callable[[Months, Cutoff, Rng], Mapping[str, Rows]]

    def simulate(self, now: datetime, seed: int = 1) -> Mapping[str, Rows]:
        """Return the rows of each export at `now`, by path.

        The same arguments give the same rows; a later `now` within the month only adds to what happened.

        Raises:
            ValueError: If `now` has no offset.
        """
        months = self._months(now)
        return self.tables(months, Cutoff(months, now.astimezone(UTC)), Rng(seed))

    def write(self, folder: Path, now: datetime, seed: int = 1) -> Path:
        """Write all files below `folder`, which is made if needed, over those of an earlier run.

        Returns the path of the company file. Safe while an exporter reads the folder.
        """
        launch = self._months(now).launch
        return write_company(folder, self.simulate(now, seed), self.package, launch=launch, month=launch.month)

    def _months(self, now: datetime) -> Months:
        return Months.until(now, self.complete, self.zone)
