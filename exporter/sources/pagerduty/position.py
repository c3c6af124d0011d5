"""How far an account was read, as the cursor of a source keeps it."""

from __future__ import annotations

import json
from collections.abc import Mapping, MutableMapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from exporter.sources.interface import Context
from exporter.sources.pagerduty.api import Document
from exporter.sources.pagerduty.rows import state, text

_KEY = "incidents"

OVERLAP = timedelta(minutes=5)
"""What was read at the last poll and is read again, as clocks differ and log entries may be late."""

LOOK_BACK = timedelta(days=7)
"""How far back incidents are read again once a day."""

_LOOK_BACK_EVERY = timedelta(days=1)


@dataclass
class Position:
    """Everything of before `at` was read, and at `read_at` or later.

    `began` is where the history begins, `open` are the incidents that were not resolved when they were read, each with
    what may change about it. Once a day a week is read again: people correct the priority of what is over.
    """

    fingerprint: str
    began: datetime
    at: datetime
    read_at: datetime
    looked_back: datetime
    open: dict[str, str] = field(default_factory=dict)

    @classmethod
    def stored(cls, context: Context, fingerprint: str, history: timedelta) -> Position:
        """Return the position of the last poll; the beginning, if there is none or the options are others now."""
        stored = json.loads(context.cursor.get(_KEY, "{}"))
        if stored.get("fingerprint") != fingerprint:
            began = context.now - history
            return cls(fingerprint, began, began, context.now, context.now)
        times = {name: datetime.fromisoformat(stored[name]) for name in ("began", "at", "read_at", "looked_back")}
        position = cls(fingerprint, open=stored["open"], **times)
        position.at = max(position.began, min(position.at, context.now) - OVERLAP)
        return position

    def store(self, cursor: MutableMapping[str, str]) -> None:
        """Put the position into the cursor of a poll."""
        times = {name: getattr(self, name).isoformat() for name in ("began", "at", "read_at", "looked_back")}
        cursor[_KEY] = json.dumps({"fingerprint": self.fingerprint, **times, "open": self.open})

    def share(self, now: datetime) -> float:
        """Return how much of the time from the beginning until now was read, from 0 to 1."""
        whole = (now - self.began).total_seconds()
        return min(1.0, max(0.0, (self.at - self.began).total_seconds() / whole)) if whole > 0 else 1.0

    def note(self, incident: Document) -> None:
        """Remember an incident that is open, and what may change about it; forget one that is over."""
        id_ = text(incident, "id")
        if incident.get("status") == "resolved":
            self.open.pop(id_, None)
        else:
            self.open[id_] = state(incident)

    def differences(self, present: Mapping[str, str]) -> list[str]:
        """Return the incidents that are open now and not as they were read, and those that are open no longer."""
        changed = [id_ for id_, now in present.items() if self.open.get(id_) != now]
        return [*changed, *(id_ for id_ in self.open if id_ not in present)]

    def is_read(self, now: datetime) -> None:
        """Note that everything until now was read; once a day, go back a week for the next poll."""
        self.read_at = now
        if now - self.looked_back >= _LOOK_BACK_EVERY:
            self.looked_back = now
            self.at = max(self.began, now - LOOK_BACK)
