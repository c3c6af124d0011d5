"""A reading and the moment at which it was taken, so that its ages stay true when the clock is set."""

from __future__ import annotations

from dataclasses import dataclass

from exporter.calendar.clock import Clock, Mark
from exporter.kpis.reading import CompanyReading


@dataclass(frozen=True)
class Taken:
    """A company's reading, and the moment at which it was taken."""

    reading: CompanyReading
    moment: Mark

    def adjusted_to(self, clock: Clock) -> Taken:
        """Return the reading by the clock as it is set now."""
        shift = clock.shift(self.moment)
        if not shift:
            return self
        return Taken(self.reading.moved(shift), Mark(self.moment.at + shift, self.moment.seconds))
