"""How far the past of a company has been computed, while it is for the first time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo


@dataclass(frozen=True)
class HistoryProgress:
    """How many moments are computed, of how many in all; the oldest of those computed is `reached`."""

    done: int
    total: int
    reached: datetime

    def text(self, zone: ZoneInfo) -> str:
        """Return this as a sentence for people."""
        share = 100 * self.done // self.total
        return f"The past is being computed: {share}% is there, back to {self.reached.astimezone(zone):%-d %B %Y}."
