"""What goes wrong with a service, as an incident tracker and a status page tell it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class Incident:
    id: str
    priority: str
    started: datetime
    triggered: datetime
    acknowledged: datetime
    resolved: datetime


@dataclass(frozen=True)
class Outage:
    id: str
    kind: str
    starts: datetime
    ends: datetime
