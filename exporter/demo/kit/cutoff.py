"""What a system can export at an instant, of all that is simulated."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from exporter.demo.kit.months import Months
from exporter.demo.kit.rows import Row


@dataclass(frozen=True)
class Cutoff:
    """Cuts simulated rows to what has happened by `now`; a day has happened when it is over."""

    months: Months
    now: datetime

    @property
    def today(self) -> date:
        """The day that holds `now`, in the company's time zone."""
        return self.months.local_day(self.now)

    def __call__(self, rows: Iterable[Row], since: str) -> list[Row]:
        """Keep the rows whose column `since` is past, and empty their other columns that lie ahead."""
        return self.without_future(row for row in rows if not self._is_ahead(row[since]))

    def booked(self, rows: Iterable[Row], on: str) -> list[Row]:
        """Keep the rows whose day in the column `on` has begun, for a system that shows today's rows too."""
        return [row for row in rows if isinstance(day := row[on], date) and day <= self.today]

    def without_future(self, rows: Iterable[Row]) -> list[Row]:
        """Keep all rows, and empty the columns that lie ahead."""
        return [{name: None if self._is_ahead(value) else value for name, value in row.items()} for row in rows]

    def past(self, at: datetime | None) -> datetime | None:
        """Return an instant that is past, and None for one ahead."""
        return at if at is not None and at <= self.now else None

    def _is_ahead(self, value: object) -> bool:
        if isinstance(value, datetime):
            return value > self.now
        return isinstance(value, date) and self.months.midnight(value + timedelta(days=1)) > self.now
